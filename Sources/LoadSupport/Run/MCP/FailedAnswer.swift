import EventIO

/// An answer that tells of a failure, by its status or its message: whose fault it was, and its words.
///
/// Not for what comes once a request: it decodes the whole answer.
struct FailedAnswer {
  /// The message in the body, or why there is none.
  let reply: Result<RPCReply, JSONError>

  /// The body.
  let body: UnsafeRawBufferPointer

  /// The words by which the server tells what kind of failure it is.
  let profile: ToolProfile

  /// What must not be shown of its words.
  let secrets: [Secret]

  /// Its words, where they are known already.
  var told: String?

  /// The verdict on an HTTP status that is no success.
  ///
  /// Status 429 is for asking too often (RFC 6585 §4), and is also what servers send whose pool is
  /// full: the words decide.
  func classification(ofStatus status: Int) -> Classification {
    if status == 429 {
      var verdict = Classification(refusal ?? .rateLimited, text ?? "HTTP 429")
      verdict.rpcCode = code
      return verdict
    }
    var verdict = Classification(
      refusal ?? .httpError,
      (text(ofStatus: status).map { "HTTP \(status): \($0)" } ?? "HTTP \(status)") + missingSession
    )
    verdict.rpcCode = code
    verdict.deniesFields = deniesFields
    verdict.findsSession = findsSession
    // 404 is what the protocol of sessions says, unless it is for a method; other servers say it in words. A page
    // of an error 500 is no server's word.
    let isMissing = status == 404 && profile.form.era == .legacy && code != -32601
    verdict.losesSession =
      verdict.outcome == .httpError
      && (isMissing || (failure != nil || (400..<500).contains(status)) && losesSession)
    return verdict
  }

  /// The verdict on a message that reports a failure: a refusal, or another one, with its words or the given
  /// ones.
  func classification(or outcome: Outcome, _ words: String) -> Classification {
    var verdict = Classification(refusal ?? outcome, text ?? words)
    verdict.losesSession = verdict.outcome == outcome && losesSession
    verdict.losesSSHSession = verdict.outcome == outcome && losesSSHSession
    verdict.rpcCode = code
    verdict.deniesFields = deniesFields
    verdict.findsSession = findsSession
    return verdict
  }

  /// What it means in the modern era to be asked for a session of the protocol; nothing where the server asks for
  /// none.
  private var missingSession: String {
    guard profile.form.era == .modern, let code, [-32600, -32000, -32001].contains(code),
      words?.asciiLowercased().containsBytes("session") == true
    else { return "" }
    return " (so answer servers up to MCP 2025-11-25: is there one behind the same address?)"
  }

  /// HeaderMismatch (MCP 2026-07-28, Streamable HTTP).
  private var deniesFields: Bool { code == -32020 && profile.form.era == .modern }

  /// Whether the failure is a refusal for load: by its code, else by its text; nil for any other.
  var refusal: Outcome? {
    let failure = failure
    let codes = [
      failure?["structuredContent"]?["code"], failure?["structuredContent"]?["error"]?["code"],
      failure?["data"]?["code"], failure?["code"],
    ]
    for code in codes {
      guard let name = code?.string ?? code?.integer.map(String.init) else { continue }
      // A status in the place of a code says no more than the status.
      if profile.rateLimitedCodes.contains(name), name != "429" { return .rateLimited }
      if profile.rejectedCodes.contains(name) { return .rejected }
    }
    let isCode429 = codes.contains { $0?.integer == 429 || $0?.string == "429" }
    let words = words?.lowercased() ?? ""
    // The name of a limit says more than that there were too many requests.
    if Self.has(profile.rejectedTexts, words) { return .rejected }
    if isCode429 && profile.rateLimitedCodes.contains("429") { return .rateLimited }
    return Self.has(profile.rateLimitedTexts, words) ? .rateLimited : nil
  }

  /// Its words, one line of at most 200 bytes, behind what its code means; nil if it has neither.
  var text: String? { text(ofStatus: 200) }

  private func text(ofStatus status: Int) -> String? {
    let words = words.flatMap { ServerWords.shown($0, hiding: secrets) }
    let parts = [meaning(ofStatus: status), words].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }

  /// The code of a JSON-RPC error; nil where it is none.
  var code: Int? {
    guard case .success(let message) = reply, message.error != nil else { return nil }
    return failure?["code"]?.integer
  }

  /// What a code means to which the protocol gives a meaning (JSON-RPC 2.0 §5.1; MCP 2026-07-28, Base protocol,
  /// Error Codes), some of them with a status.
  private func meaning(ofStatus status: Int) -> String? {
    let data = failure?["data"]
    switch code {
    case -32020: return "header fields do not agree with the request (-32020)"
    case -32021:
      let wanted = data?["requiredCapabilities"].map { String(decoding: $0.encoded, as: UTF8.self) }
      let names = wanted.flatMap { ServerWords.shown($0, hiding: secrets) }
      return "the server needs a client that can do more (-32021)" + (names.map { " \($0)" } ?? "")
    case -32022:
      let supported = data?["supported"]?.array?.compactMap(\.string).joined(separator: ", ")
      let names = supported.flatMap { ServerWords.shown($0, hiding: secrets) }
      return "the server does not speak this revision (-32022)"
        + (names.map { ", but \($0)" } ?? "")
    case -32700: return "the server could not read the request as JSON (-32700)"
    case -32600: return "the server takes the request for an invalid one (-32600)"
    case -32601: return "the server does not know the method (-32601)"
    case -32602 where status == 400 && profile.form.era == .modern:
      return "a key of _meta is missing, or the server does not accept the parameters (-32602)"
    case -32602: return "the server does not accept the parameters (-32602)"
    case -32603: return "the server failed by an internal error (-32603)"
    case .some(-32099 ... -32000): return "a server error (\(code ?? 0))"
    default: return nil
    }
  }

  /// What a result is that is not complete; nil where it is, or a session's server uses the word for something
  /// of its own.
  func unfinished(_ message: RPCReply) -> Classification? {
    guard profile.form.era == .modern, let range = message.otherResultType, let result = failure
    else { return nil }
    let type = result["resultType"]?.string
    guard type?.hasSameBytes(as: "input_required") == true else {
      let text = String(decoding: body[range], as: UTF8.self)
      let shown = ServerWords.shown(text, hiding: secrets) ?? ""
      return Classification(.protocolError, "the answer's resultType is unknown: \(shown)")
    }
    var methods: [String] = []
    if case .object(let requests)? = result["inputRequests"] {
      methods = requests.compactMap { $0.value["method"]?.string }
    }
    let shown = ServerWords.shown(methods.joined(separator: ", "), hiding: secrets)
    return Classification(
      .toolError,
      "the server asks for input, which a load cannot give (input_required): \(shown ?? "nothing more is known")"
    )
  }

  /// Whether the words say that the session is gone in which the request was made.
  var losesSession: Bool {
    guard let words = words?.lowercased() else { return false }
    return Self.has(profile.sessionLostTexts, words)
  }

  /// The same of an SSH session in particular, which is no reason to give up an MCP session.
  var losesSSHSession: Bool {
    guard let words = words?.lowercased() else { return false }
    return Self.has(["no ssh session of", "no such ssh session", "unknown ssh session"], words)
  }

  /// Whether the words say that a session is there already that was to be opened.
  private var findsSession: Bool {
    guard let words = words?.lowercased() else { return false }
    return Self.has(
      ["already initialized", "already been initialized", "already initialised"],
      words
    )
  }

  private static func has(_ parts: [String], _ words: String) -> Bool {
    parts.contains { words.containsBytes($0) }
  }

  private var failure: JSONValue? {
    guard case .success(let message) = reply, let range = message.error ?? message.result else {
      return nil
    }
    return try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: body[range]))
  }

  /// The beginning of what it says: searching megabytes for what it means would hold up the event loop.
  private var words: String? {
    if let told { return String(told.cut(toBytes: Self.wordsLimit)) }
    if let failure {
      let whole = failure["message"]?.string ?? Classification.contentText(failure)
      return whole.map { String($0.cut(toBytes: Self.wordsLimit)) }
    }
    return body.isEmpty ? nil : String(decoding: body.prefix(Self.wordsLimit), as: UTF8.self)
  }

  private static let wordsLimit = 8192
}

/// What a server said, made fit for a line of a recording or a report.
enum ServerWords {
  /// The most bytes of it that are shown.
  static let limit = 200

  /// How far it is read for them; a secret that was cut off at the end of what came lies beyond.
  private static let searchLimit = 4096

  /// How an answer begins, whatever it is, as `shown` shows it.
  static func beginning(of body: UnsafeRawBufferPointer, hiding secrets: [Secret]) -> String? {
    shown(String(decoding: body.prefix(searchLimit), as: UTF8.self), hiding: secrets)
  }

  /// One line of at most 200 bytes, without secrets, and without what a terminal takes for commands;
  /// nil if nothing is left.
  static func shown(_ words: String, hiding secrets: [Secret]) -> String? {
    // Before anything is cut or joined: servers repeat what they were sent.
    let safe = secrets.reduce(words) { $1.redacted(from: $0) }.cut(toBytes: searchLimit)
    let parts = safe.unicodeScalars.split { $0.properties.isWhitespace }
    let line = parts.map { String($0) }.joined(separator: " ").shown
    return line.isEmpty ? nil : String(line.cut(toBytes: limit))
  }
}
