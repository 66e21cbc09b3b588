/// The search for the highest rate of arrivals that holds an objective: a state machine that is told
/// what each trial came to and says which rate to try next.
///
/// Rates double until one does not hold; then the gap between the highest that held and the lowest
/// that did not is halved on a logarithmic scale, until it is narrow. A rate is the answer only when
/// it held in several trials, for one may be luck, and is given up only when it broke in two, for one
/// may be a moment of the machine's.
package struct CapacitySearch: Sendable, Equatable {
  /// What a trial came to.
  package enum Result: String, Sendable, Codable, CaseIterable {
    /// The objective held, with the confidence that the samples allow.
    case holds

    /// It did not, or the rate was not reached.
    case breaks

    /// The samples do not tell.
    case unclear

    /// The run was invalid.
    case invalid
  }

  /// How it ended.
  enum Ending: Sendable, Equatable {
    /// The highest rate that was seen to hold; the lowest that was not, for it broke or no trial of it
    /// was valid, nil where the search came to its highest rate.
    case found(holds: Double, breaks: Double?)

    /// Not even the lowest rate holds.
    case nothingHolds(atRate: Double)

    /// Trials were invalid again and again, or one was in a way that no other would mend.
    case noValidTrial
  }

  /// The rate to try next; nil when the search is over.
  package private(set) var next: Double?

  /// How it ended; nil while it goes on.
  private(set) var ending: Ending?

  private let lowest: Double
  private let highest: Double
  private let precision: Double
  private let confirmations: Int
  private var holds: Double?
  private var breaks: Double?
  private var held = 0
  private var broke = 0
  private var unclear = 0
  private var invalid = 0
  private var invalidInARow = 0

  /// Trials of one rate that must break for it to be given up.
  private static let breaksNeeded = 2

  /// Trials of one rate that may be unclear.
  private static let patience = 3

  /// Trials of one rate that may be invalid, eight times as many in a row at any: a busy machine comes
  /// to rest, or does not.
  private static let patienceWithTheMachine = 3

  /// A search between two rates, until they are less than `precision` apart (0.05: five per cent),
  /// with so many trials for the answer.
  init(
    from lowest: Double,
    to highest: Double,
    precision: Double = 0.05,
    confirmations: Int = 3
  ) {
    self.lowest = lowest
    self.highest = max(lowest, highest)
    self.precision = precision
    self.confirmations = max(1, confirmations)
    next = lowest
  }

  /// Takes what the trial at `next` came to.
  package mutating func note(_ result: Result) {
    guard let rate = next else { return }
    if result != .invalid { invalidInARow = 0 }
    switch result {
    case .invalid:
      invalid += 1
      invalidInARow += 1
      guard invalid >= Self.patienceWithTheMachine else { return }
      // A slower rate leaves the generator more of the machine.
      if rate > lowest, invalidInARow < 8 * Self.patienceWithTheMachine {
        fail(rate)
      } else {
        end(.noValidTrial)
      }
    case .unclear:
      unclear += 1
      // What so many trials leave open is not held with any confidence.
      if unclear >= Self.patience { fail(rate) }
    case .breaks:
      broke += 1
      if broke >= Self.breaksNeeded { fail(rate) }
    case .holds:
      held += 1
      (unclear, invalid) = (0, 0)
      // While the gap is wide one trial is enough to go on.
      if held >= (isLast(rate) ? confirmations : 1) { succeed(rate) }
    }
  }

  /// Ends the search without an answer: no other trial would be valid.
  mutating func giveUp() { end(.noValidTrial) }

  /// Whether a rate would be the answer, if it holds.
  private func isLast(_ rate: Double) -> Bool {
    rate >= highest || breaks.map { $0 / rate <= 1 + precision } ?? false
  }

  private mutating func succeed(_ rate: Double) {
    holds = rate
    guard !isLast(rate) else { return end(.found(holds: rate, breaks: breaks)) }
    turn(to: breaks.map { (rate * $0).squareRoot() } ?? min(2 * rate, highest))
  }

  private mutating func fail(_ rate: Double) {
    breaks = rate
    guard rate > lowest else { return end(.nothingHolds(atRate: rate)) }
    // What held once is not known to hold yet.
    let base = holds.flatMap { $0 < rate ? $0 : nil } ?? lowest
    turn(to: rate / base <= 1 + precision ? base : (base * rate).squareRoot())
  }

  private mutating func turn(to rate: Double) {
    next = rate
    (held, broke, unclear, invalid) = (0, 0, 0, 0)
  }

  private mutating func end(_ ending: Ending) {
    self.ending = ending
    next = nil
  }
}
