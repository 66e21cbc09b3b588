import Synchronization

/// What is done to the system under test while a step's load goes on, and put right again.
///
/// The step is over when every worker has been served again, and at its planned end in any case.
package struct StepFault: Sendable {
  /// When it is done, from the step's beginning.
  let after: Duration

  /// How long it lasts beside what it takes to put it right.
  var lasting = Duration.zero

  /// How long clients are waited for that are not served again.
  let patience: Duration

  /// How long the load goes on once every worker has been served again.
  let settling: Duration

  /// The longest that its step may take.
  var longest: Duration { after + lasting + patience + settling }

  /// Takes something away.
  let begin: @Sendable () async throws -> Void

  /// Brings it back, and returns when it is there; what is to be told of that, if anything.
  let end: @Sendable () async throws -> String?
}

/// Whether a step is over before its planned end, for all workers that take part in it.
final class EarlyStepEnd: Sendable {
  private let isReached = Atomic(false)

  var isOver: Bool { isReached.load(ordering: .relaxed) }

  func reach() { isReached.store(true, ordering: .relaxed) }
}
