import EventIO

/// Requests that wait for a connection, first come first served.
@ServerLoop
final class PoolQueue {
  private struct Waiter {
    let number: Int
    let key: PoolKey
    let isReusing: Bool
    let continuation: UnsafeContinuation<PoolLedger<PoolKey>.Decision, Never>
    let timer: LoopTimer
  }

  private var waiters: [Waiter] = []
  private var latest = 0

  /// Whether nobody waits.
  var isEmpty: Bool { waiters.isEmpty }

  /// Waits until `serve` decides, or answers `.full` at the deadline.
  func wait(
    for key: PoolKey,
    reusing: Bool,
    until deadline: MonotonicInstant
  ) async -> PoolLedger<PoolKey>.Decision {
    latest += 1
    let number = latest
    return await withUnsafeContinuation { continuation in
      let timer = EventLoop.server.schedule(at: deadline) { [weak self] in
        self?.giveUp(number)
      }
      waiters.append(
        Waiter(
          number: number,
          key: key,
          isReusing: reusing,
          continuation: continuation,
          timer: timer
        )
      )
    }
  }

  /// Serves from the front as long as the pool has something for it.
  func serve(_ decide: (PoolKey, Bool) -> PoolLedger<PoolKey>.Decision) {
    while let first = waiters.first {
      let decision = decide(first.key, first.isReusing)
      if decision == .full { return }
      waiters.removeFirst()
      first.timer.cancel()
      first.continuation.resume(returning: decision)
    }
  }

  /// Ends all waits.
  func refuseAll() {
    for waiter in waiters {
      waiter.timer.cancel()
      waiter.continuation.resume(returning: .full)
    }
    waiters = []
  }

  private func giveUp(_ number: Int) {
    guard let index = waiters.firstIndex(where: { $0.number == number }) else { return }
    waiters.remove(at: index).continuation.resume(returning: .full)
  }
}
