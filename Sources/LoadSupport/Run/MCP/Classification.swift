import EventIO

/// The verdict on one answer, with what a reader of the recording should know.
package struct Classification: Equatable, Sendable {
  /// What the attempt came to.
  package var outcome: Outcome

  /// What the server said about it; nil for success.
  package var error: String?

  /// The number of the system's error, where that kept the answer away.
  var systemError: Int?

  /// The code of the JSON-RPC error that it is; nil where it is none.
  var rpcCode: Int?

  /// Whether the server says that the session is gone in which the request was made.
  var losesSession = false

  /// Whether it says that of the SSH session that the request names.
  var losesSSHSession = false

  /// Whether it says either.
  var deniesSession: Bool { losesSession || losesSSHSession }

  /// Whether the server says that header fields do not agree with the request: they may have to repeat arguments
  /// that it has not told of before.
  var deniesFields = false

  /// Whether the server says that a session is there already that was to be opened.
  var findsSession = false

  /// Whether it is about an answer to another request.
  var isOfAnotherRequest = false

  /// A verdict with its reason.
  package init(_ outcome: Outcome, _ error: String? = nil) {
    self.outcome = outcome
    self.error = error
  }

  /// An exchange that gave no answer.
  package init(_ error: HTTPError) {
    switch error {
    case .transport(let errno):
      self.init(errno.isOwnShortage ? .ownShortage : .transportError, "\(error)")
      systemError = Int(errno.code)
    case .endOfStream, .serverEnded: self.init(.transportError, "\(error)")
    case .violation, .endlessLine: self.init(.protocolError, "\(error)")
    case .timeout: self.init(.timeout, "\(error)")
    case .interrupted: self.init(.interrupted, "\(error)")
    }
  }

  /// Judges an HTTP status by itself: 2xx is good, and so is one that is accepted here.
  init(status: Int, accepting accepted: Int? = nil) {
    let isGood = (200..<300).contains(status) || status == accepted
    self = isGood ? Self(.success) : Self(.httpError, "HTTP \(status)")
  }

  /// Judges an HTTP status and the JSON-RPC message in its body, and leaves in `captures` what the
  /// reader's plan takes of it.
  ///
  /// The status alone proves nothing: a refused command is HTTP 200 with `isError: true`.
  init(
    status: Int,
    body: UnsafeRawBufferPointer,
    expecting id: Int64,
    demanding demand: AnswerDemand = .result,
    reader: AnswerReader,
    into captures: inout AnswerCaptures,
    hiding secrets: [Secret] = []
  ) {
    // RFC 8259 §8.1: JSON between systems is UTF-8; nearly all of it is ASCII.
    if (200..<300).contains(status), !body.allSatisfy({ $0 < 0x80 }),
      String(validating: body, as: UTF8.self) == nil
    {
      let shown = ServerWords.beginning(of: body, hiding: secrets)
      self.init(.protocolError, "the answer is not UTF-8" + (shown.map { ": \($0)" } ?? ""))
      return
    }
    let reply: Result<RPCReply, JSONError>
    do throws(JSONError) {
      let message = try RPCReply(
        parsing: body,
        expecting: id,
        plan: reader.plan,
        into: &captures
      )
      if status == 200, message.isPlainSuccess, message.otherResultType == nil {
        self = Self.judge(message, captures, body, demand, reader, secrets)
        return
      }
      reply = .success(message)
    } catch {
      reply = .failure(error)
    }
    let answer = FailedAnswer(reply: reply, body: body, profile: reader.profile, secrets: secrets)
    if !(200..<300).contains(status) {
      self = answer.classification(ofStatus: status)
      return
    }
    switch reply {
    case .failure(let error):
      // What it is instead, a page or an event stream, shows in its first words.
      let shown = ServerWords.beginning(of: body, hiding: secrets)?.cut(toBytes: 60)
      self.init(
        .protocolError,
        body.isEmpty
          ? "the answer has no body"
          : "\(error)" + (shown.map { "; the answer begins with \"\($0)\"" } ?? "")
      )
    case .success(let message):
      self =
        Self.failure(of: message, answer) ?? answer.unfinished(message)
        ?? Self.judge(message, captures, body, demand, reader, secrets)
    }
  }

  /// What keeps a message from being a result of the request; nil where it is one.
  private static func failure(of message: RPCReply, _ answer: FailedAnswer) -> Classification? {
    if message.isResponse, message.identity == .foreign {
      var verdict = Classification(.protocolError, "the answer carries another request's id")
      verdict.isOfAnotherRequest = true
      return verdict
    }
    if message.error != nil { return answer.classification(or: .rpcError, "an error") }
    if message.result == nil {
      return Classification(.protocolError, "the answer has neither result nor error")
    }
    if message.identity != .matching {
      return Classification(.protocolError, "the answer carries no id")
    }
    return message.isToolError ? answer.classification(or: .toolError, "isError") : nil
  }

  /// Holds an answer that reports no failure to what was demanded.
  private static func judge(
    _ message: RPCReply,
    _ captures: AnswerCaptures,
    _ body: UnsafeRawBufferPointer,
    _ demand: AnswerDemand,
    _ reader: AnswerReader,
    _ secrets: [Secret]
  ) -> Classification {
    var fault = reader.fault(of: captures, in: body, demanding: demand)
    if fault == nil, let expectation = reader.expectation {
      fault = expectation.fault(of: captures, in: body, hiding: secrets).map { .shown($0) }
    }
    guard let fault else { return Classification(.success) }
    let secrets = secrets + captures.secrets(of: reader.expectation, in: body)
    // Programs complain on another channel than they answer on: all texts are shown, each once.
    var words: [String] = []
    for slot in [AnswerPlan.Slot.error, .text] {
      for capture in captures.values(of: slot) {
        let text = captures.value(of: capture, in: body)?.string ?? ""
        if !words.contains(where: { $0.containsBytes(text) }) { words.append(text) }
      }
    }
    let all = words.joined(separator: " ")
    let text = ServerWords.shown(all, hiding: secrets)
    let answer = FailedAnswer(
      reply: .success(message),
      body: body,
      profile: reader.profile,
      secrets: secrets,
      told: all
    )
    if fault.isTold, let refusal = answer.refusal {
      return Classification(refusal, text ?? fault.text)
    }
    var verdict = Classification(.wrongAnswer, fault.text + (text.map { ": \($0)" } ?? ""))
    verdict.losesSession = fault.isTold && answer.losesSession
    verdict.losesSSHSession = fault.isTold && answer.losesSSHSession
    return verdict
  }

  /// The first text of a tool's result; `content` is an array of parts, or a bare string in the
  /// field.
  static func contentText(_ result: JSONValue) -> String? {
    guard let content = result["content"] else { return result.string }
    return content.string
      ?? content.array?.lazy.compactMap { $0["text"]?.string ?? $0.string }.first
  }
}
