/// What a loop is to do at an instant; cancelling costs nothing but the place until that instant.
package final class LoopTimer {
  let deadline: MonotonicInstant
  var action: (() -> Void)?

  init(deadline: MonotonicInstant, action: @escaping () -> Void) {
    self.deadline = deadline
    self.action = action
  }

  /// Makes sure that the action does not run any more.
  package func cancel() {
    action = nil
  }
}

/// Timers by deadline, the earliest first: a binary heap.
struct TimerQueue {
  private var heap: [LoopTimer] = []

  var earliest: MonotonicInstant? { heap.first?.deadline }

  mutating func insert(_ timer: LoopTimer) {
    heap.append(timer)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].deadline <= heap[child].deadline { break }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  /// Takes the earliest timer out if its deadline has come.
  mutating func popDue(at now: MonotonicInstant) -> LoopTimer? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      siftDown()
    }
    return first
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < heap.count else { return }
      let right = left + 1
      let earlier = right < heap.count && heap[right].deadline < heap[left].deadline ? right : left
      if heap[parent].deadline <= heap[earlier].deadline { return }
      heap.swapAt(parent, earlier)
      parent = earlier
    }
  }
}
