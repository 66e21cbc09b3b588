import EventIO

/// Answers whose stream the server ends before they are there, to be asked for the rest (MCP 2025-11-25,
/// Streamable HTTP): a long call then costs no open connection.
extension MCPClientSession {
  /// Goes on with a call until its answer is there, the server knows no more of it, or its time is over; what
  /// needs no going on is given back as it is.
  func resume(
    _ cut: Attempt,
    of call: CallTemplate,
    id: Int64,
    span: UInt64,
    over lane: MCPLane,
    within limit: Duration? = nil
  ) async -> Attempt {
    guard era == .legacy, !call.isNotification, let sent = cut.sent else { return cut }
    let end = sent + (limit ?? timeouts.wholeRequest).nanoseconds
    var attempt = cut
    var lastEventID: [UInt8]?
    while attempt.mayGoOn {
      guard lane.transport.isCutStream,
        let eventID = lane.transport.lastEventID ?? lastEventID
      else { return attempt }
      lastEventID = eventID
      let due = attempt.done + lane.transport.reconnectPause.nanoseconds
      let pause = await loop.sleep(until: MonotonicInstant(nanoseconds: min(due, end)))
      guard pause != .interrupted, due < end else {
        let verdict = Classification(pause == .interrupted ? .interrupted : .timeout(.wholeRequest))
        (attempt.outcome, attempt.error) = (verdict.outcome, verdict.error)
        attempt.done = MonotonicInstant.now().nanoseconds
        return attempt
      }
      let field = "Last-Event-ID: \(String(decoding: eventID, as: UTF8.self))"
      lane.message =
        encodedHead(method: "GET", fields: [field] + traceFields(span)) + Array("\r\n".utf8)
      var more = await exchange(
        over: lane,
        plannedAt: cut.planned,
        streamedID: id,
        within: .nanoseconds(end - MonotonicInstant.now().nanoseconds),
        reading: .message(call, id: id)
      )
      if more.outcome == .httpError {
        more.error = "going on with the answer's stream: \(more.error ?? "")"
      }
      more.continue(from: attempt)
      more.firstByte = cut.firstByte
      attempt = more
    }
    return attempt
  }
}

extension Attempt {
  /// Whether its answer may have been cut off, so that it is worth a look whether the rest can be had.
  var mayGoOn: Bool { outcome == .protocolError || outcome == .transportError }
}
