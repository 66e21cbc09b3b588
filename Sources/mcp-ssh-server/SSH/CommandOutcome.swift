/// What a command that ran to its end left behind.
struct CommandOutcome: Sendable {
  /// The bytes that it wrote to standard output, up to the limit.
  var standardOutput: [UInt8]

  /// The bytes that it wrote to standard error, up to the limit.
  var standardError: [UInt8]

  /// Its exit status; 128 and a signal's number if a signal ended it.
  var exitStatus: Int

  /// Whether some output was dropped for its size.
  var isTruncated: Bool

  /// Whether it was ended because its output had no end.
  var wasStopped = false

  /// How long it took, the way there and back included.
  var duration: Duration

  /// What a command that was stopped reports: the status of a program that SIGTERM ended.
  static let stoppedStatus = 128 + 15
}

/// Why a command has no outcome.
enum CommandFailure: Error, Equatable, Sendable {
  /// The deadline came first.
  case timedOut

  /// The connection ended; what ssh said about it.
  case connectionLost(String)

  /// The client asked for its end.
  case cancelled
}
