/// The names by which the samples of scenarios with several steps are told apart.
///
/// They are part of the recording: the half that loads writes them, the half that judges looks for
/// them.
enum StepName {
  /// A step of the connection rate test.
  static func connecting(workers: Int, pooled: Bool) -> String {
    "\(pooled ? "pooled" : "cold") workers=\(workers)"
  }

  /// A link of the latency test, by its port.
  static func link(_ port: UInt16) -> String { "port=\(port)" }

  /// A load without streams, and the same beside those that are held.
  static let withoutStreams = "without streams"
  static let besideStreams = "beside streams"

  /// Streams are held.
  static let holding = "holding"

  /// Streams are opened and broken, in several stretches of equal numbers.
  static let breaking = "breaking"

  /// A call of so many seconds, with progress told or without.
  static func longCall(seconds: Int, tellsProgress: Bool) -> String {
    "\(seconds) s" + (tellsProgress ? ", progress" : "")
  }

  /// Some calls are cancelled.
  static let cancelling = "cancelling"

  /// What is left on the target of calls that were not cut off, or were.
  static let afterCalls = "after the calls"

  /// The same of those that were cancelled.
  static let afterCancelling = "after cancelling"

  /// Sessions before any is counted: a server is another after its first ones.
  static let warming = "warming"

  /// Sessions that are ended by DELETE, in several stretches of equal numbers.
  static let deleting = "deleting"

  /// Sessions of a wave, 1 or 2, that are left in some other manner.
  static func leaving(_ manner: Workload.Leaving, _ wave: Int) -> String {
    "\(manner.rawValue) \(wave)"
  }

  /// Nobody asks for anything: after the first sessions, after those that were deleted, and after each wave
  /// of those that were left, from 0.
  static func rest(_ number: Int) -> String { "rest \(number)" }

  /// Asking for the server's health, all the time.
  static let health = "health"

  /// More requests than the rate limit allows.
  static let flood = "flood"

  /// Requests after the time that the server asked to wait.
  static let recovered = "recovered"

  /// More workers than the pool has connections ask for a session each.
  static let applying = "applying"

  /// Those with a session work, nobody asks for another.
  static let alone = "alone"

  /// Those with a session work while others keep asking.
  static let crowded = "crowded"

  /// The asking of those without a session.
  static let refused = "refused"

  /// One session is given back.
  static let freeing = "freeing"

  /// The next who asks after that.
  static let next = "next"

  /// Nothing is done to the system under test.
  static let calm = "calm"

  /// The server is killed and started again.
  static let serverRestart = "server restart"

  /// The target's sshd is, with all its sessions.
  static let targetRestart = "target restart"

  /// The server is stopped for a while, and goes on.
  static let freeze = "freeze"
}
