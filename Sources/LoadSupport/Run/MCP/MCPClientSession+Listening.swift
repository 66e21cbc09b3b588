import EventIO

/// The stream that a server sends messages by which belong to no call: GET in the legacy era (MCP 2025-11-25, Listening
/// for Messages from the Server), `subscriptions/listen` in the modern one.
extension MCPClientSession {
  /// Opens such a stream over a connection of its own, and hangs up after some time; without one as soon as it begins,
  /// by RST.
  ///
  /// It is a success where the server refused nothing: it may end an idle stream by itself, and it need not say anything
  /// before it has something to say.
  func listen(for hold: Duration?, plannedAt planned: Int64) async -> Attempt {
    attemptsMade += 1
    let span = span
    var timeouts = timeouts
    timeouts.wholeRequest = max(timeouts.wholeRequest, hold ?? .zero)
    timeouts.firstByte = timeouts.wholeRequest
    let lane = MCPLane(over: endpoint.transport(on: loop, timeouts: timeouts))
    defer { lane.transport.close() }
    // What the server sends there is an answer to nobody.
    var id: Int64 = 0
    if era == .modern {
      let call = listening
      id = takeID(for: call)
      lane.write(call, id: id, span: span, [], head: head)
    } else {
      lane.message =
        encodedHead(method: "GET", fields: traceFields(span)) + Array("\r\n".utf8)
    }
    if hold == nil { lane.transport.parting = .reset }
    var attempt = await exchange(
      over: lane,
      plannedAt: planned,
      streamedID: id,
      within: hold ?? Self.patience,
      reading: hold == nil ? .nothing : .stream
    )
    if attempt.outcome == .timeout, attempt.sent != nil {
      (attempt.outcome, attempt.error) = (.success, nil)
      attempt.httpStatus = attempt.firstByte.map { _ in lane.transport.head.status }
    }
    if hold == nil { attempt.httpStatus = nil }
    attempt.note(span, if: profile.form.trace != nil)
    return attempt
  }

  /// How long the beginning of a stream is waited for that is only opened to be broken: some servers say nothing
  /// before their first event.
  private static let patience = Duration.milliseconds(500)

  private var listening: CallTemplate {
    CallTemplate(
      "subscriptions/listen",
      parameters: ["notifications": ["toolsListChanged": true]],
      in: profile.form
    )
  }
}
