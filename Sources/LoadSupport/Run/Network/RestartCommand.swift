import EventIO
import Foundation
import Glibc

/// A command of the user's that restarts a server which we did not start.
///
/// A shell runs it, and it has a minute. It must not end before the old server is gone, or what its clients
/// lose then is taken for a fault. It gets our environment without what is meant for the server alone.
actor RestartCommand: LoopBound {
  nonisolated let loop: EventLoop
  private let command: Secret
  private let environment: [String: String]

  /// How it failed last; nil where it never did.
  private(set) var failure: NetworkError?

  private static let patience = Duration.seconds(60)

  /// What is read of the end of its output.
  private static let mostBytes = 4_096

  init(_ command: Secret, environment: [String: String]) throws {
    self.command = command
    self.environment = ChildEnvironment.of(environment)
    loop = try EventLoop(name: "restart")
  }

  deinit { loop.stop() }

  /// Runs it and tells how it ended and what it said last.
  ///
  /// Throws the same where it failed, or what kept it from being run.
  func run() async throws -> String {
    // A file, since what it starts may keep a pipe open; without a name, since it may say secrets. The X's are those
    // that mkstemp(3) fills in.
    var template = Array(
      "\(FileManager.default.temporaryDirectory.path)/restart-XXXXXX".utf8CString
    )
    let raw = try systemCall("mkstemp") { mkstemp(&template) }
    let output = Descriptor(owning: raw)
    unlink(template)
    _ = try systemCall("fcntl") { fcntl(output.rawValue, F_SETFD, FD_CLOEXEC) }
    let child = try ChildProcess.spawn(
      ProcessSpecification(
        "/bin/sh",
        ["-c", command.value],
        environment: environment,
        startsSession: true
      ),
      standardOutput: output.rawValue,
      standardError: output.rawValue
    )
    var status = try await child.waitForExit(on: loop, until: .now() + Self.patience)
    let isLate = status == nil
    if isLate {
      // It leads a session, and keeps its id until it is waited for.
      kill(-child.processID, SIGKILL)
      status = try await child.waitForExit(on: loop)
    }
    let ending =
      isLate ? "took longer than \(Self.patience)" : "ended with \(status.map { "\($0)" } ?? "?")"
    let words = "the restart command \(ending) and said last: \(Self.lastLine(of: output))"
    guard status == .exited(0) else {
      let error = NetworkError(words)
      failure = error
      throw error
    }
    return words
  }

  private static func lastLine(of output: borrowing Descriptor) -> String {
    let size = lseek(output.rawValue, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: mostBytes)
    let count = pread(output.rawValue, &bytes, bytes.count, max(0, size - off_t(bytes.count)))
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).lastLineShown ?? "nothing"
  }
}
