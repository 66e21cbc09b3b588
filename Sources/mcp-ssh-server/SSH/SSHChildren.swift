import EventIO
import Glibc

/// The ssh processes that were started and are not yet waited for, so that none stays behind.
@ServerLoop
enum SSHChildren {
  private static var running: Set<pid_t> = []
  private static var waiters: [UnsafeContinuation<Void, Never>] = []

  /// The process ids of those that may still run.
  static var processIDs: Set<pid_t> { running }

  /// Starts a child, which must be handed to `reap` in the end.
  static func spawn(
    _ specification: ProcessSpecification,
    standardInput: Int32 = -1,
    standardOutput: Int32 = -1,
    standardError: Int32 = -1
  ) throws(Errno) -> ChildProcess {
    let process = try ChildProcess.spawn(
      specification,
      standardInput: standardInput,
      standardOutput: standardOutput,
      standardError: standardError
    )
    running.insert(process.processID)
    return process
  }

  /// Waits for a child without making anybody wait; one that outlives the deadline is killed.
  static func reap(
    _ process: ChildProcess,
    killingAt deadline: MonotonicInstant? = nil,
    keepingAlive prompt: PasswordPrompt? = nil
  ) {
    ServerLoop.start {
      defer { withExtendedLifetime(prompt) {} }
      do throws(Errno) {
        if try await process.waitForExit(on: .server, until: deadline) == nil {
          process.signal(SIGKILL)
          _ = try await process.waitForExit(on: .server)
        }
      } catch {
        // Out of descriptors: a killed child ends soon, so that blocking is short.
        process.signal(SIGKILL)
        _ = try? process.wait()
      }
      running.remove(process.processID)
      if running.isEmpty {
        for waiter in waiters { waiter.resume() }
        waiters = []
      }
    }
  }

  /// Waits until no child is left.
  static func waitForAll() async {
    guard !running.isEmpty else { return }
    await withUnsafeContinuation { waiters.append($0) }
  }
}
