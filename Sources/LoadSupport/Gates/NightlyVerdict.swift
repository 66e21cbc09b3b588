/// What the latest nights say of one metric of a scenario, against nights before them.
///
/// Nights of one machine scatter by some per cent, are alike when they follow each other, and now and
/// then one is bad for no reason of the server's. So a change must show in three nights in a row,
/// by their exact rank probability against the baseline and by a median more than 5 % off, and one
/// night alone speaks only when it is 20 % off. The baseline is the nights just before, or anchored
/// ones of long ago: a creep moves along with the former and is seen against the latter.
///
/// Worse by a share s is a ratio of 1 + s where lower is better and of 1 ÷ (1 + s) where higher is, as
/// in `PairedVerdict`; an improvement is the mirror image. So a throughput that fell by 20 % is worse
/// by 25 %.
///
/// In simulation, with nights that scatter by 2 %, an autocorrelation of 0.3 and 4 % of nights 5 to
/// 12 % slower: 0.08 false alerts in 100 nights. A throughput 10 % lower is seen within three nights
/// in 92 %, one 20 % lower the same night in 97 %; a latency 20 % higher lies on the limit and is in
/// half. With bad nights of 10 to 15 % it is 0.2 false alerts, and 76 % within three nights: two
/// nights of a baseline that are worse than the change hide it. A creep of 0.5 % a week is seen against
/// anchored nights after 8 weeks in half of all cases and after 16 in 93 %; against the nights just
/// before one night in 200 alerts.
struct NightlyVerdict: Sendable, Equatable {
  /// The answer.
  let outcome: GateOutcome

  /// Why, as a sentence.
  let reason: String

  /// What the answer rests on, as a ratio to the baseline's median; nil without either.
  ///
  /// It is that of tonight where one night alone decided, else of the median of the recent nights.
  let ratio: Double?

  /// The exact one-sided probability that chance ranks the recent nights so far to the side on which
  /// their median lies; nil without a ratio.
  let probability: Double?

  /// The recent nights that had a figure.
  let recentCount: Int

  /// The nights of the baseline that had a figure.
  let baselineCount: Int

  /// The nights in a row that make an alert together.
  static let recentNights = 3

  /// The nights of a baseline below which only one far-off night can alert.
  ///
  /// Below it not even three nights that are worse than all others reach `greatestProbability`.
  static let leastBaseline = 15

  /// The rank probability from which on chance is ruled out: U ≤ 3 for 3 nights against 30.
  static let greatestProbability = 0.0013

  /// The share by which the median of the recent nights must differ.
  static let leastChange = 0.05

  /// The share from which on one night alerts alone.
  static let leastChangeOfOneNight = 0.2

  /// The noise floor of a baseline: the share by which the median of as many nights in a row as are judged
  /// is off the whole median without a change, but for the one in twenty that is off most; nil below
  /// `leastBaseline`.
  static func noise(of baseline: [Double]) -> Double? {
    guard baseline.count >= leastBaseline, let level = baseline.median, level > 0 else {
      return nil
    }
    let off = (0...baseline.count - recentNights).compactMap { first in
      Array(baseline[first..<first + recentNights]).median.map { max($0 / level, level / $0) - 1 }
    }.sorted()
    return off[(off.count * 19 - 1) / 20]
  }

  /// Judges tonight; what is not positive and finite is no figure.
  ///
  /// - Parameters:
  ///   - recent: The latest nights, three at most, oldest first and tonight last.
  ///   - baseline: The nights to compare with, none of the recent ones among them: up to 30 before
  ///     them, or the anchored ones.
  ///   - isHigherBetter: Whether a higher figure is a better one.
  init(recent: [Double], baseline: [Double], isHigherBetter: Bool) {
    func isFigure(_ value: Double) -> Bool { value > 0 && value.isFinite }
    let recentFigures = recent.filter(isFigure)
    let baselineFigures = baseline.filter(isFigure)
    recentCount = recentFigures.count
    baselineCount = baselineFigures.count
    guard let tonight = recent.last, isFigure(tonight), let level = baselineFigures.median,
      let median = recentFigures.median
    else {
      outcome = .inconclusive
      reason =
        baselineFigures.isEmpty
        ? "There is no earlier night to compare with." : "Tonight has no figure."
      ratio = nil
      probability = nil
      return
    }
    let isRise = median > level
    let sign = isRise ? 1.0 : -1
    let rank = RankSum(recentFigures.map { sign * $0 }, above: baselineFigures.map { sign * $0 })
    let chance = rank?.probability ?? 1
    probability = chance

    let before =
      "times the median of \(baselineCount) earlier night\(baselineCount == 1 ? "" : "s")"
    let alone = tonight / level
    let together = median / level
    let aloneText =
      "Tonight is \(NumberText.twoDecimals(alone)) \(before); a single night counts from "
      + Self.limit(alone, Self.leastChangeOfOneNight) + " on"
    let changeOfOneNight = Self.change(alone, Self.leastChangeOfOneNight, >=, isHigherBetter)
    if changeOfOneNight != .noChange {
      (outcome, ratio, reason) = (changeOfOneNight, alone, aloneText + ".")
    } else if recentCount < Self.recentNights || baselineCount < Self.leastBaseline {
      outcome = .inconclusive
      ratio = together
      reason =
        "\(aloneText), and smaller changes need \(Self.recentNights) nights against "
        + "\(Self.leastBaseline) or more: there are \(recentCount) against \(baselineCount)."
    } else {
      outcome =
        chance <= Self.greatestProbability
        ? Self.change(together, Self.leastChange, >, isHigherBetter) : .noChange
      ratio = together
      reason =
        "The median of the last \(recentCount) nights is \(NumberText.twoDecimals(together)) \(before) "
        + "(rank test, p = \(NumberText.plain(chance))); the alert is at over "
        + "\(NumberText.plain(Self.leastChange * 100)) % worse and p ≤ "
        + "\(NumberText.plain(Self.greatestProbability))."
    }
  }
  /// What a ratio to the baseline comes to if it is beyond 1 + `share` or 1 ÷ (1 + `share`).
  private static func change(
    _ ratio: Double,
    _ share: Double,
    _ isBeyond: (Double, Double) -> Bool,
    _ isHigherBetter: Bool
  ) -> GateOutcome {
    guard isBeyond(max(ratio, 1 / ratio), 1 + share) else { return .noChange }
    return (ratio > 1) == isHigherBetter ? .improvement : .regression
  }

  private static func limit(_ ratio: Double, _ share: Double) -> String {
    NumberText.twoDecimals(ratio > 1 ? 1 + share : 1 / (1 + share))
  }
}
