import Synchronization

/// A job and the role in which the loop got it.
struct LoopJob {
  enum Role {
    case actor
    case actorTask
  }

  let job: UnownedJob
  let role: Role
}

/// An event loop as the preferred executor of tasks.
///
/// A type of its own, because the runtime does not tell an executor in which role it is asked.
package final class LoopTaskExecutor: TaskExecutor {
  /// The loop until it stops: the two know each other.
  let loop = Mutex<EventLoop?>(nil)

  package func enqueue(_ job: consuming ExecutorJob) {
    guard let loop = loop.withLock({ $0 }) else {
      preconditionFailure("a task was handed to an event loop that has stopped")
    }
    loop.enqueue(LoopJob(job: UnownedJob(job), role: .actorTask))
  }
}
