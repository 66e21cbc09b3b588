import EventIO

/// Ways to leave a session that not every server is used to.
extension MCPClientSession {
  /// Leaves the session with a last request, a DELETE where there is none; nil where there is nothing to end.
  ///
  /// A server that closes the connection of a client who is going has done nothing wrong.
  func leave(
    _ manner: Workload.Leaving,
    asking call: CallTemplate?,
    plannedAt planned: Int64
  ) async -> Attempt? {
    guard let call else {
      let attempt = await end(plannedAt: planned)
      await forget()
      return attempt
    }
    let lane = lane
    attemptsMade += 1
    let span = span
    let id = takeID(for: call)
    lane.write(call, id: id, span: span, [], head: head)
    lane.transport.parting = manner
    var attempt = await exchange(
      over: lane,
      plannedAt: planned,
      streamedID: id,
      within: manner == .abandon ? nil : Self.farewell,
      reading: manner == .reset ? .nothing : .message(call, id: id)
    )
    lane.transport.parting = nil
    attempt.note(span, if: call.isTraced)
    if manner == .reset { attempt.httpStatus = nil }
    if attempt.outcome == .transportError, manner != .abandon, attempt.sent != nil {
      (attempt.outcome, attempt.error, attempt.systemError) = (.success, nil, nil)
    }
    await forget()
    return attempt
  }
}
