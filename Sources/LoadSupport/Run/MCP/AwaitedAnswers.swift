import Synchronization

/// How many answers sessions wait for at the moment, on any loop.
final class AwaitedAnswers: Sendable {
  private let number = Atomic(0)

  var count: Int { number.load(ordering: .relaxed) }

  func add(_ change: Int) { number.wrappingAdd(change, ordering: .relaxed) }
}
