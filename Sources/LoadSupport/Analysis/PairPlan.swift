/// Which pairs of a comparison count, and whether more are to be run.
///
/// Pairs are chosen by what happened to their machine, never by what they measured. A pair that
/// something disturbed is set aside, and another is run: such runs differ by the disturbance. A head
/// that disturbs the machine itself leaves no other pairs, so the budget ends this: three times the
/// pairs of the first look. If not even that look could be taken by then, all valid pairs count.
package struct PairPlan: Sendable, Equatable {
  /// What happened to a pair's machine while it ran.
  package enum Condition: Sendable {
    case undisturbed
    case disturbed
    case invalid
  }

  /// What to do once the pairs so far have run.
  package enum Step: Sendable {
    /// Run another pair.
    case run

    /// Judge the pairs that count, and run another unless the verdict stands.
    case look

    /// Judge them for the last time.
    case end
  }

  /// The pairs of the first look; the second takes twice as many.
  package let firstLook: Int

  /// The pairs so far.
  package let pairs: [Condition]

  /// The indices of the pairs that count.
  package let counting: [Int]

  /// Plans a comparison, of which some pairs may have run.
  package init(firstLook: Int, _ pairs: [Condition] = []) {
    self.firstLook = firstLook
    self.pairs = pairs
    let undisturbed = pairs.indices.filter { pairs[$0] == .undisturbed }
    let valid = pairs.indices.filter { pairs[$0] != .invalid }
    counting = undisturbed.count >= firstLook ? undisturbed : valid
  }

  /// Whether as many pairs were invalid as the first look takes.
  package var isSpent: Bool { pairs.count { $0 == .invalid } >= firstLook }

  /// What to do now.
  package var step: Step {
    let undisturbed = pairs.count { $0 == .undisturbed }
    let valid = pairs.count { $0 != .invalid }
    if isSpent || undisturbed >= 2 * firstLook || valid >= 3 * firstLook { return .end }
    return undisturbed == firstLook && pairs.last == .undisturbed ? .look : .run
  }
}
