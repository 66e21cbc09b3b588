import EventIO

/// What there was on the target before the first session of a load was opened, and after the last was closed.
package struct RecordedTarget: Sendable, Equatable, Codable {
  /// Logins, or what the user's command printed.
  var loginsBefore: Int
  var loginsAfter: Int?

  /// Processes that a login began and that are below none any more; nil where only a command counted.
  var straysBefore: Int?
  var straysAfter: Int?

  /// What the first of them are called.
  var strayNames: [String]?

  /// The most SSH sessions that the load may have had open at once.
  var sessions: Int

  /// Why it could not be counted after the load; nil where it was.
  var failure: String?

  private enum CodingKeys: String, CodingKey {
    case loginsBefore = "logins_before"
    case loginsAfter = "logins_after"
    case straysBefore = "strays_before"
    case straysAfter = "strays_after"
    case strayNames = "stray_names"
    case sessions
    case failure
  }

  /// Whether all numbers are such as a target can have.
  var isPossible: Bool {
    [loginsBefore, loginsAfter, straysBefore, straysAfter, sessions]
      .allSatisfy { RecordedNumber.count.contains($0 ?? 0) }
  }
}
