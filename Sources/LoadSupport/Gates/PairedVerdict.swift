/// What pairs of runs say of a new build of a server, by up to four metrics at once.
///
/// A metric regressed when its ratio is worse than 1 + δ beyond chance, it improved when it is better
/// by as much, and it did not change when the interval of the ratio ends before 1 + δ on the worse
/// side; so a gain that is not shown counts as no change. Worse by δ is a ratio of 1 + δ where lower is
/// better and of 1 ÷ (1 + δ) where higher is. Everything else is inconclusive. Metrics share the error
/// of a look (`Holm`), or each further one would be another chance to cry wolf. No change needs no such
/// share: it must be shown of every metric.
///
/// In simulation, with runs that scatter by 3 %, an autocorrelation of 0.3 and 4 % of runs 10 to 15 %
/// slower, and looks at 8 and 16 pairs with a δ of 5 %: none of 12,000 identical builds was called a
/// regression, and 7 to 28 % were inconclusive. A build that does a tenth less was found in 91 % or
/// more, whether one metric shows it or all. A latency that is a tenth higher is nearer to δ: one
/// alone was found in 80 %. Where bad runs are up to 30 % slower, 75 and 65 % are found, and the false
/// alarms stay as few.
struct PairedVerdict: Sendable, Equatable {
  /// What the pairs say of one metric.
  struct Finding: Sendable, Equatable {
    /// The metric.
    let metric: GateMetric

    /// The answer.
    let outcome: GateOutcome

    /// The figures that it rests on.
    let ratios: PairedRatios
  }

  /// The figures of the two runs of a pair; those that a run does not tell are absent.
  typealias Pair = (base: [GateMetric: Double], head: [GateMetric: Double])

  /// The one-sided error of a look, of all metrics together.
  ///
  /// Two looks share 5 % (Bonferroni), so the second is judged like the first.
  static let alphaPerLook = 0.025

  /// Each metric that any run tells, in the order of their declaration.
  let findings: [Finding]

  /// The least change that matters, as a share: 0.05 for five per cent.
  let delta: Double

  /// The answer for all metrics: regression if one regressed, else inconclusive if one is, else
  /// improvement if one improved, else no change.
  ///
  /// A regression is one whatever the others do. What is not known of one metric may be a regression
  /// too, so no improvement of another hides it. Without any metric it is inconclusive.
  let outcome: GateOutcome

  /// Whether the answer stands; if not, as many pairs again may tell, once.
  var stands: Bool { outcome != .inconclusive }

  /// Judges all pairs measured so far, the first ones included; `delta` must be positive.
  init(_ pairs: [Pair], delta: Double = 0.05) {
    self.delta = delta
    let limit = 1 + delta
    let told = GateMetric.allCases.filter { metric in
      pairs.contains { $0.base[metric] != nil || $0.head[metric] != nil }
    }
    let ratios = told.map { metric in
      PairedRatios(pairs.map { (base: $0.base[metric], head: $0.head[metric]) })
    }
    // Fewer than two pairs show nothing, which is the p-value of 1.
    let above = ratios.map { $0.pValue(above: limit) ?? 1 }
    let below = ratios.map { $0.pValue(below: 1 / limit) ?? 1 }
    let worse = Holm.adjusted(told.indices.map { told[$0].isHigherBetter ? below[$0] : above[$0] })
    let better = Holm.adjusted(told.indices.map { told[$0].isHigherBetter ? above[$0] : below[$0] })
    findings = told.indices.map { index in
      let outcome: GateOutcome =
        if worse[index] <= Self.alphaPerLook {
          .regression
        } else if better[index] <= Self.alphaPerLook {
          .improvement
        } else if let interval = ratios[index].interval,
          told[index].isHigherBetter
            ? interval.lowerBound > 1 / limit : interval.upperBound < limit
        {
          .noChange
        } else {
          .inconclusive
        }
      return Finding(metric: told[index], outcome: outcome, ratios: ratios[index])
    }
    let outcomes = Set(findings.map(\.outcome))
    let order: [GateOutcome] = [.regression, .inconclusive, .improvement, .noChange]
    outcome = order.first(where: outcomes.contains) ?? .inconclusive
  }
}
