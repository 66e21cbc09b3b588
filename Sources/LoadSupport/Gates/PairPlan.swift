/// Which pairs of a comparison count, and whether more are to be run.
///
/// Pairs are chosen by what happened to their machine, never by what they measured. A pair that
/// something disturbed is set aside, and another is run: such runs differ by the disturbance. A head
/// that disturbs the machine itself leaves no other pairs, so the budget ends this: three times the
/// pairs of the first look. If not even that look could be taken by then, as many pairs as it takes count
/// of those that were disturbed least.
struct PairPlan: Sendable, Equatable {
  /// What to do once the pairs so far have run.
  enum Step: Sendable {
    /// Run another pair.
    case run

    /// Judge the pairs that count, and run another unless the verdict stands.
    case look

    /// Judge them for the last time.
    case end
  }

  /// The pairs of the first look; the second takes twice as many.
  let firstLook: Int

  /// How much the machine was disturbed while each pair so far ran: 0 if by nothing; nil if the pair is
  /// invalid.
  let pairs: [Double?]

  /// The indices of the pairs that count.
  let counting: [Int]

  /// Plans a comparison, of which some pairs may have run.
  init(firstLook: Int, _ pairs: [Double?] = []) {
    self.firstLook = firstLook
    self.pairs = pairs
    let valid = pairs.indices.compactMap { index in
      pairs[index].map { (disturbance: $0, index: index) }
    }
    let undisturbed = valid.filter { $0.disturbance == 0 }
    counting =
      undisturbed.count >= firstLook
      ? undisturbed.map(\.index)
      : valid.sorted(by: <).prefix(firstLook).map(\.index).sorted()
  }

  /// Whether as many pairs were invalid as the first look takes.
  var isSpent: Bool { pairs.count { $0 == nil } >= firstLook }

  /// How many pairs there are to be, if nothing disturbs those to come.
  var planned: Int {
    let undisturbed = pairs.count { $0 == 0 }
    return pairs.count - undisturbed + firstLook * (undisturbed < firstLook ? 1 : 2)
  }

  /// What to do now.
  var step: Step {
    let undisturbed = pairs.count { $0 == 0 }
    let valid = pairs.count { $0 != nil }
    if isSpent || undisturbed >= 2 * firstLook || valid >= 3 * firstLook { return .end }
    return undisturbed == firstLook && pairs.last == 0 ? .look : .run
  }
}
