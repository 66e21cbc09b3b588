import EventIO

/// The verdict on one answer, with what a reader of the recording should know.
package struct Classification: Equatable, Sendable {
  /// What the attempt came to.
  package var outcome: Outcome

  /// What the server said about it; nil for success.
  package var error: String?

  /// A verdict with its reason.
  package init(_ outcome: Outcome, _ error: String? = nil) {
    self.outcome = outcome
    self.error = error
  }

  /// An exchange that gave no answer.
  package init(_ error: HTTPError) {
    switch error {
    case .transport, .endOfStream: self.init(.transportError, "\(error)")
    case .violation: self.init(.protocolError, "\(error)")
    case .timeout: self.init(.timeout, "\(error)")
    case .interrupted: self.init(.interrupted, "\(error)")
    }
  }

  /// Judges an HTTP status and the JSON-RPC message in its body.
  ///
  /// The status alone proves nothing: a refused command is HTTP 200 with `isError: true`.
  package init(
    status: Int,
    body: UnsafeRawBufferPointer,
    expecting id: Int64,
    profile: ToolProfile,
    hiding secrets: [Secret] = []
  ) {
    let reply: Result<RPCReply, JSONError>
    do throws(JSONError) {
      let message = try RPCReply(parsing: body, expecting: id)
      if status == 200, message.isPlainSuccess {
        self.init(.success)
        return
      }
      reply = .success(message)
    } catch {
      reply = .failure(error)
    }
    if status == 429 {
      self.init(.rateLimited, Self.text(reply, body, secrets) ?? "HTTP 429")
      return
    }
    if !(200..<300).contains(status) {
      let text = Self.text(reply, body, secrets)
      self.init(
        Self.refusal(reply, body, profile) ?? .httpError,
        text.map { "HTTP \(status): \($0)" } ?? "HTTP \(status)"
      )
      return
    }
    switch reply {
    case .failure(let error):
      self.init(.protocolError, body.isEmpty ? "the answer has no body" : "\(error)")
    case .success(let message):
      if message.isResponse, message.identity == .foreign {
        self.init(.protocolError, "the answer carries another request's id")
      } else if message.error != nil {
        self.init(
          Self.refusal(reply, body, profile) ?? .rpcError,
          Self.text(reply, body, secrets) ?? "an error"
        )
      } else if message.result == nil {
        self.init(.protocolError, "the answer has neither result nor error")
      } else if message.identity != .matching {
        self.init(.protocolError, "the answer carries no id")
      } else if message.isToolError {
        self.init(
          Self.refusal(reply, body, profile) ?? .toolError,
          Self.text(reply, body, secrets) ?? "isError"
        )
      } else {
        self.init(.success)
      }
    }
  }

  /// Whether a failure is a refusal for load: by its code, else by its text.
  private static func refusal(
    _ reply: Result<RPCReply, JSONError>,
    _ body: UnsafeRawBufferPointer,
    _ profile: ToolProfile
  ) -> Outcome? {
    guard case .success(let message) = reply else { return nil }
    let failure = value(message, body)
    let codes = [
      failure?["structuredContent"]?["code"], failure?["structuredContent"]?["error"]?["code"],
      failure?["data"]?["code"], failure?["code"],
    ]
    for code in codes {
      guard let name = code?.string ?? code?.integer.map(String.init) else { continue }
      if profile.rateLimitedCodes.contains(name) { return .rateLimited }
      if profile.rejectedCodes.contains(name) { return .rejected }
    }
    guard let text = text(reply, body)?.lowercased() else { return nil }
    if profile.rateLimitedTexts.contains(where: { text.containsBytes($0) }) { return .rateLimited }
    if profile.rejectedTexts.contains(where: { text.containsBytes($0) }) { return .rejected }
    return nil
  }

  private static func value(_ reply: RPCReply, _ body: UnsafeRawBufferPointer) -> JSONValue? {
    guard let range = reply.error ?? reply.result else { return nil }
    return try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: body[range]))
  }

  /// The words of a failure, one line of at most 200 characters.
  private static func text(
    _ reply: Result<RPCReply, JSONError>,
    _ body: UnsafeRawBufferPointer,
    _ secrets: [Secret] = []
  ) -> String? {
    let words: String?
    switch reply {
    case .success(let message):
      let failure = value(message, body)
      words = failure?["message"]?.string ?? failure.flatMap(contentText)
    case .failure:
      words = String(decoding: body.prefix(4096), as: UTF8.self)
    }
    guard let words else { return nil }
    // Before anything is cut or joined: servers repeat what they were sent.
    let safe = secrets.reduce(words) { $1.redacted(from: $0) }
    // Scalars, for one Character may have any number of them.
    let parts = safe.unicodeScalars.split { $0.properties.isWhitespace }
    let line = parts.map { String($0) }.joined(separator: " ")
    return line.isEmpty ? nil : String(String.UnicodeScalarView(line.unicodeScalars.prefix(200)))
  }

  /// The first text of a tool's result; `content` is an array of parts, or a bare string in the
  /// field.
  package static func contentText(_ result: JSONValue) -> String? {
    guard let content = result["content"] else { return result.string }
    return content.string
      ?? content.array?.lazy.compactMap { $0["text"]?.string ?? $0.string }.first
  }
}
