/// The steps of the overlapping calls test.
extension StepName {
  /// New sessions that each send their first request at the same instant.
  static let firstRequest = "first request"

  /// The same with their first call of a tool.
  static let firstCall = "first call"

  /// SSH sessions are opened in the session that calls overlap in.
  static let opening = "opening"

  /// So many calls in flight in one MCP session, over one SSH session in it or over several.
  static func overlapping(_ calls: Int, overSeveral: Bool) -> String {
    "calls=\(calls) over \(overSeveral ? "several" : "one")"
  }

  /// Quick calls at some place, beside a slow one or while there is none.
  static func quick(_ place: QuickCallPlace, besideSlow: Bool) -> String {
    "\(besideSlow ? "beside" : "without"): \(place.rawValue)"
  }

  /// The slow call.
  static let slow = "slow call"
}

/// Where quick calls are made, as seen from the slow call beside them.
enum QuickCallPlace: String, CaseIterable {
  /// A persistent shell does one command after the other: these wait by design.
  case sameSSHSession = "same SSH session"

  /// In another SSH session of the MCP session, or just in the MCP session where there are no SSH sessions.
  case sameSession = "same MCP session"

  case otherSession = "other MCP sessions"

  /// Questions for the server's health.
  case health
}
