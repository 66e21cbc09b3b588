import EventIO
import Glibc

/// A program of the embedded network that can be taken down, halted, and started again at its address.
///
/// Only what the supervisor started is signalled, with all that is below it: the server with its ssh clients,
/// sshd with its sessions, as when their machine goes down.
actor EmbeddedProgram {
  /// Starts it under a name of its own at the address that it had, and returns when it answers.
  typealias Launch = @Sendable (_ name: String) async throws -> Void

  private let base: String
  private let processes: SupervisedProcesses
  private let launch: Launch

  /// The name that its present process was started under.
  private var name: String
  private var starts = 1

  /// How often a start is tried: another process may have the port for a moment.
  private static let tries = 5

  /// Takes charge of a program that runs under a name.
  init(_ name: String, _ processes: SupervisedProcesses, launch: @escaping Launch) {
    (base, self.name) = (name, name)
    self.processes = processes
    self.launch = launch
  }

  /// Kills it; it is gone when this returns.
  func kill() async throws { try await processes.signal(name, SIGKILL) }

  /// Stops it in the midst of what it does.
  func freeze() async throws { try await processes.signal(name, SIGSTOP) }

  /// Lets it go on.
  func thaw() async throws { try await processes.signal(name, SIGCONT) }

  /// Starts it again after it was killed; it answers when this returns.
  ///
  /// Throws what it said last if it does not.
  func restart() async throws {
    var failure: any Error = NetworkError("\(base) was not started again")
    for attempt in 0..<Self.tries {
      if attempt > 0 { try await Task.sleep(for: .milliseconds(100)) }
      starts += 1
      name = "\(base)-start-\(starts)"
      do {
        return try await launch(name)
      } catch {
        failure = error
        // One that runs and does not answer has had its time.
        if try await processes.end(of: name) == nil { break }
      }
    }
    throw failure
  }
}
