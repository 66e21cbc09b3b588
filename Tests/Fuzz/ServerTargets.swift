import EventIO

@testable import mcp_ssh_server

/// Requests of a connection are the same however its bytes are cut, and so is whether they end in
/// an error.
func fuzzRequest(_ input: [UInt8]) {
  func parse(_ pieces: [ArraySlice<UInt8>]) -> (requests: [HTTPRequest], fails: Bool) {
    var limits = HTTPRequestParser.Limits()
    limits.headBytes = 256
    limits.bodyBytes = 256
    var parser = HTTPRequestParser(limits: limits)
    var requests: [HTTPRequest] = []
    for piece in pieces {
      piece.withUnsafeBytes { parser.append($0) }
      do throws(HTTPRequestError) {
        while true {
          let event = try parser.next()
          if event == .needsMore { break }
          if case .request(let request) = event { requests.append(request) }
        }
      } catch {
        return (requests, true)
      }
    }
    return (requests, false)
  }
  let results = pieces(of: input).map(parse)
  for result in results.dropFirst() {
    require(result == results[0], "\(result) is not \(results[0])")
  }
}

/// The tree and the scanner take the same texts, and what is written is read as the same.
func fuzzJSON(_ input: [UInt8]) {
  let value = try? JSONValue(parsing: input)
  let isSkipped = input.withUnsafeBytes { raw in
    var scanner = JSONScanner(raw)
    return (try? scanner.skipValue()) != nil && (try? scanner.expectEnd()) != nil
  }
  require((value != nil) == isSkipped, "tree and scanner disagree")
  guard let value else { return }
  _ = (value.integer, value.double, value.bool, value.array, value["a"]?["b"], value.string)
  let encoded = value.encoded
  guard let again = try? JSONValue(parsing: encoded) else {
    fatalError("cannot read what it wrote")
  }
  require(again.encoded == encoded, "writes something else after reading it")
}

/// A message is read or refused, and its answer is JSON with its id.
func fuzzMessage(_ input: [UInt8]) {
  guard let value = try? JSONValue(parsing: input) else { return }
  do throws(JSONRPCError) {
    guard case .request(let request) = try JSONRPCMessage(value) else { return }
    let answer = try? JSONValue(parsing: value.asResult(of: request.id).encoded)
    require(answer?["id"]?.encoded == request.id.encoded, "another id")
  } catch {
    let answer = try? JSONValue(parsing: error.response(to: value["id"]).encoded)
    require(answer?["error"]?["code"]?.integer == error.code, "another code")
  }
}

/// Rules mean the same with either line end and behind a comment.
///
/// One more rule that denies everything refuses everything. Rules and command are separated by NUL.
func fuzzRules(_ input: [UInt8]) {
  let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    .map { String(decoding: $0, as: UTF8.self) }
  guard parts.count == 2 else { return }
  func check(_ text: String) -> CommandPolicy.Permit? {
    guard let policy = try? CommandPolicy(file: text) else { return nil }
    return try? policy.check(parts[1])
  }
  let permit = check(parts[0])
  require(check("# é\u{301}\r\n\(parts[0])") == permit, "a comment changes an answer")
  if !parts[0].utf8.contains(0x0D) {
    let lines = parts[0].replacing(byte: 0x0A, with: "\r\n")
    require(check(lines) == permit, "line ends change an answer")
  }
  require(check("\(parts[0])\ndeny *") == nil, "a rule that denies does not")
  if let permit { requireWords(permit) }
}

/// What the standard rules let pass is nothing but words to a shell, and the same when it comes again;
/// words that are written anew are the same words.
func fuzzShellWords(_ input: [UInt8]) {
  let command = String(decoding: input, as: UTF8.self)
  if let words = try? ShellWords.split(command) {
    let text = words.map { String(decoding: $0.shellText, as: UTF8.self) }.joined(separator: " ")
    let again = try? ShellWords.split(text)
    require(again?.map(\.text) == words.map(\.text), "\(text) are other words")
  }
  if let permit = try? CommandPolicy.standard.check(command) {
    requireWords(permit)
    let again = try? CommandPolicy.standard.check(permit.command)
    require(again == permit, "\(permit.command) is not let pass again")
  }
}

private func requireWords(_ permit: CommandPolicy.Permit) {
  require(isSimple(permit.command.utf8), "a shell sees more than words in \(permit.command)")
}

/// A second opinion, in bytes: whether a text is nothing but words to every POSIX shell.
private func isSimple(_ text: some Sequence<UInt8>) -> Bool {
  var quote: UInt8?
  var isEscaped = false
  for byte in text {
    if isEscaped {
      if byte < 0x20 { return false }
      isEscaped = false
    } else if quote == UInt8(ascii: "'") {
      if byte == quote { quote = nil }
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if quote != nil {
      if byte == quote { quote = nil }
      if byte == UInt8(ascii: "$") || byte == UInt8(ascii: "`") { return false }
    } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
      quote = byte
    } else if byte < 0x20 || byte > 0x7E || ";&|<>()$`{}!".utf8.contains(byte) {
      return false
    }
  }
  return quote == nil && !isEscaped
}

/// The loop in the shell, which counts lines, gets the text and the parameters back as they were.
///
/// They are separated by NUL.
func fuzzCommandFrame(_ input: [UInt8]) {
  let texts = input.split(separator: 0, omittingEmptySubsequences: false)
    .map { String(decoding: $0, as: UTF8.self) }
  let command = RemoteCommand(texts[0], arguments: Array(texts.dropFirst()))
  let frame = CommandFrame(command, nonce: "nonce", number: 7)
  var lines = frame.text.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
  require(lines.popLast()?.isEmpty == true, "a line without its end")
  require(lines.popLast().map { $0.elementsEqual("nonce:7".utf8) } == true, "another mark")
  func take() -> (words: [ArraySlice<UInt8>], text: [UInt8]) {
    let words = lines.popFirst()?.split(separator: 0x20, maxSplits: 1) ?? []
    let count = words.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
    defer { lines = lines.dropFirst(count) }
    return (words, Array(lines.prefix(count).joined(separator: [0x0A])))
  }
  let (words, script) = take()
  if command.isPlainProgram {
    require(words.last.map { $0.elementsEqual(command.script.utf8) } == true, "another program")
  } else {
    require(script == Array(command.script.utf8), "another script")
    require(
      words.count == 2 && words[1].elementsEqual("\(command.arguments.count)".utf8),
      "a count"
    )
    for argument in command.arguments {
      require(take().text == Array(argument.utf8), "another parameter")
    }
  }
  require(lines.isEmpty, "lines are left over")
}
