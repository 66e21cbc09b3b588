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
    if status == 429 { return Classification(refusal ?? .rateLimited, text ?? "HTTP 429") }
    var verdict = Classification(
      refusal ?? .httpError,
      text.map { "HTTP \(status): \($0)" } ?? "HTTP \(status)"
    )
    // 404 is what the protocol says, other servers say it in words; a page of an error 500 is no server's word.
    verdict.losesSession =
      verdict.outcome == .httpError
      && (status == 404 || (failure != nil || (400..<500).contains(status)) && losesSession)
    return verdict
  }

  /// The verdict on a message that reports a failure: a refusal, or another one, with its words or the given
  /// ones.
  func classification(or outcome: Outcome, _ words: String) -> Classification {
    var verdict = Classification(refusal ?? outcome, text ?? words)
    verdict.losesSession = verdict.outcome == outcome && losesSession
    return verdict
  }

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

  /// Its words, one line of at most 200 bytes; nil if it has none.
  var text: String? { words.flatMap { ServerWords.shown($0, hiding: secrets) } }

  /// Whether the words say that the session is gone in which the request was made.
  var losesSession: Bool {
    guard let words = words?.lowercased() else { return false }
    return Self.has(profile.sessionLostTexts, words)
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
