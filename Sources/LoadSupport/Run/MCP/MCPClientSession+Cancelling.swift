import EventIO

/// Calls with terms of their own: longer than others, or cancelled.
extension MCPClientSession {
  /// Makes a call, and cancels it where its terms say so.
  ///
  /// In the legacy era a client says so, for hanging up is no cancellation (MCP 2025-11-25, Cancellation; Streamable
  /// HTTP); in the modern one it hangs up. What was under way until then is a success, however it ended.
  func perform(
    _ call: CallTemplate,
    with values: [SlotValue] = [],
    plannedAt planned: Int64,
    on terms: CallTerms,
    over lane: MCPLane? = nil
  ) async -> Attempt {
    guard let after = terms.cancelAfter else {
      return await perform(
        call,
        with: values,
        plannedAt: planned,
        over: lane,
        within: terms.timeout
      )
    }
    let id = takeID(for: call)
    let body = Array(
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#.utf8
    )
    let due = MonotonicInstant.now() + after
    let speaksFirst = stdio == nil && era == .legacy
    if speaksFirst { send(aside: body, at: due) }
    var attempt = await perform(
      call,
      with: values,
      plannedAt: planned,
      over: lane,
      // The server may yet say something, and the cancellation is there before a closed connection.
      within: speaksFirst ? after + .seconds(1) : after,
      id: id
    )
    if let stdio { stdio.post(body) }
    guard attempt.sent != nil, attempt.outcome != .interrupted else { return attempt }
    if attempt.done >= due.nanoseconds {
      (attempt.outcome, attempt.error) = (.success, nil)
    } else if attempt.outcome == .success {
      attempt.outcome = .wrongAnswer
      attempt.error = "the call was over before it was cancelled"
    }
    return attempt
  }
}
