import EventIO

/// What a server told of its tools only when it refused a call.
struct LateFields: Equatable, Sendable {
  /// Whether the tools may be listed again: once a session, for a server that refuses everything would have
  /// each call made three times.
  var mayAsk = true

  /// When they were listed again first, in nanoseconds of the monotonic clock; nil if they were not.
  fileprivate(set) var asked: Int64?

  /// What header fields repeat since then, by the names of the tools.
  fileprivate(set) var arguments: [String: [MirroredArgument]] = [:]

  /// The names of those fields, in order.
  var names: [String] { Set(arguments.values.joined().map(\.field)).sorted() }
}

/// The tools of a server, and which arguments of theirs header fields repeat.
extension MCPClientSession {
  /// What a server lists by one method, in pages.
  struct Listing: Sendable {
    var entries: [JSONValue] = []

    /// Why there may be more; nil where that is all.
    var fault: String?
  }

  /// A list may come in so many pages, and be so long; one without an end is worth no more of them.
  private static let mostPages = 50
  private static let mostEntries = 2_000
  private static let mostBytes = 32 << 20

  /// Asks for a list, page by page, as long as that works and `note`, which gets each attempt, agrees.
  func list(
    _ method: String,
    _ key: String,
    over lane: MCPLane? = nil,
    isPart: Bool = false,
    note: (Attempt) -> Bool
  ) async -> Listing {
    let lane = lane ?? self.lane
    var listing = Listing()
    var cursors: [String] = []
    var bytes = 0
    for _ in 0..<Self.mostPages {
      let page = CallTemplate(
        method,
        parameters: cursors.last.map { ["cursor": .string($0)] },
        in: profile.form
      )
      let attempt = await perform(
        page,
        plannedAt: MonotonicInstant.now().nanoseconds,
        over: lane,
        isPart: isPart
      )
      guard note(attempt), attempt.outcome == .success, let result = lane.result else {
        listing.fault = attempt.reason(for: method)
        return listing
      }
      guard let entries = result[key]?.array else {
        listing.fault = "the answer to \(method) has no array \"\(key)\""
        return listing
      }
      listing.entries += entries
      bytes += lane.answer.count
      guard let cursor = result["nextCursor"]?.string else { return listing }
      if cursors.contains(where: { $0.hasSameBytes(as: cursor) }) {
        listing.fault = "\(method) gives a cursor again that it gave before"
        return listing
      }
      cursors.append(cursor)
      if listing.entries.count > Self.mostEntries || bytes > Self.mostBytes { break }
    }
    listing.fault =
      "\(method) has more than \(listing.entries.count) entries, and no end was waited for"
    return listing
  }

  /// Lists the tools again after a call was refused for header fields that do not agree with it (-32020), as
  /// clients should (MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters).
  ///
  /// Gives the refused call together with that, to be gone on with; nil where nothing is to be sent otherwise
  /// than before, and then the refused one says so.
  func learnFields(after refused: inout Attempt, over lane: MCPLane) async -> Attempt? {
    lateFields.mayAsk = false
    if lateFields.asked == nil { lateFields.asked = refused.done }
    var all = refused
    var failure: String?
    let listing = await list("tools/list", "tools", over: lane, isPart: true) { page in
      var page = page
      if page.outcome != .success { failure = page.reason(for: "tools/list") }
      page.continue(from: all)
      all = page
      return true
    }
    var late: [String: [MirroredArgument]] = [:]
    for tool in listing.entries {
      guard let name = tool["name"]?.string, let schema = tool["inputSchema"] else { continue }
      let known = profile.form.mirrored[name] ?? []
      // Calls have those that were known before the load in them.
      let new = (MirroredArgument.all(of: schema) ?? []).filter { !known.contains($0) }
      if !new.isEmpty { late[name] = new }
    }
    guard !late.isEmpty, late != lateFields.arguments else {
      refused.error? +=
        failure.map { "; the tools could not be listed again: \($0)" }
        ?? "; the tools were listed again, and no other header fields are asked for"
      return nil
    }
    lateFields.arguments = late
    return all
  }
}
