import EventIO
import Glibc

/// The one event loop on which the whole server runs.
///
/// As a global actor it lets the compiler check that connections, sessions, pool and counters are
/// touched from the loop's thread only, so none of them needs a lock.
@globalActor
actor ServerLoop: LoopBound {
  static let shared = ServerLoop()

  nonisolated let loop: EventLoop

  private init() {
    do throws(Errno) {
      loop = try EventLoop(name: "mcp-ssh-server")
    } catch {
      // Without a loop there is nothing that could serve, log or answer.
      StandardStream.error.write("mcp-ssh-server: cannot start: \(error)\n")
      exit(1)
    }
  }
}

extension ServerLoop {
  /// Starts a task that stays on the loop's thread.
  ///
  /// A continuation resumes a task on its preferred executor first. Without one that is the global
  /// pool, and every wait would visit another thread before the actor gets the task back.
  static func start(_ operation: @escaping @ServerLoop () async -> Void) {
    Task(executorPreference: EventLoop.server.actorTasks, operation: operation)
  }
}

extension EventLoop {
  /// The loop of `ServerLoop`.
  static var server: EventLoop { ServerLoop.shared.loop }
}
