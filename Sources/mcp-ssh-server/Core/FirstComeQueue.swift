/// Lets one task at a time go on, first come first served.
@ServerLoop
final class FirstComeQueue {
  /// Whether some task has its turn.
  private(set) var isTaken = false

  private var waiters: [UnsafeContinuation<Void, Never>] = []

  /// Waits for the turn.
  func take() async {
    guard isTaken else {
      isTaken = true
      return
    }
    await withUnsafeContinuation { waiters.append($0) }
  }

  /// Hands the turn on.
  func give() {
    if waiters.isEmpty {
      isTaken = false
    } else {
      waiters.removeFirst().resume()
    }
  }
}
