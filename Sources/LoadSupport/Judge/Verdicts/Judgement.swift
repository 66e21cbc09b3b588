/// How verdicts are reached from counts, with the confidence that the counts allow.
///
/// A share of n requests beyond a limit is compared with the share that the limit allows by the
/// exact binomial distribution: FAIL when so many would be seen in less than 1 % of runs of a
/// server that just meets the limit, PASS when so few would be seen in less than 5 %
/// (Hahn and Meeker, Statistical Intervals, ch. 5 and 6).
enum Judgement {
  /// Judges that at most a share `allowed` of `n` is bad.
  ///
  /// With `overdispersion` D (see `Dispersion`), the counts are worth ⌊n ÷ D⌋ and ⌈bad ÷ D⌉;
  /// that rounding alone never makes a FAIL of a share within the limit. D is best taken from the
  /// counts of the bad requests themselves: above the run's own percentile there are as many in a
  /// bad run as in a good one, and D is too small in just the runs that had many stalls. When a run
  /// is judged in several `windows`, each has its part of the 1 % (Bonferroni), so that more windows
  /// do not make more false alarms; the 5 % of a PASS stay.
  static func share(
    bad: Int,
    of n: Int,
    allowed: Double,
    overdispersion: Double = 1,
    windows: Int = 1
  ) -> Verdict.Outcome {
    guard n > 0 else { return .inconclusive }
    // Where none or all may be bad, nothing is left to chance.
    guard allowed > 0 else { return bad == 0 ? .pass : .fail }
    guard allowed < 1 else { return .pass }
    let worth = Dispersion.worth(of: n, overdispersion: overdispersion)
    guard worth > 0 else { return .inconclusive }
    let worthBad = Dispersion.worth(of: bad, overdispersion: overdispersion, rounded: .up)
    let distribution = Binomial(n: worth, p: allowed)
    let alpha = 0.01 / Double(max(windows, 1))
    if Double(bad) > allowed * Double(n), distribution.probability(atLeast: worthBad) < alpha {
      return .fail
    }
    return distribution.probability(atMost: worthBad) < 0.05 ? .pass : .inconclusive
  }

  /// Judges a plain value, which has no distribution here.
  static func value(_ value: Double, limit: Double, isFloor: Bool) -> Verdict.Outcome {
    (isFloor ? value >= limit : value <= limit) ? .pass : .fail
  }

  /// The number of requests that could pass even if none were bad, to be named when there are
  /// too few: more by the factor `overdispersion` when they are not independent.
  static func samplesNeeded(allowed: Double, overdispersion: Double = 1) -> Int {
    let independent = Binomial.minimumSamples(forQuantile: 1 - allowed)
    guard overdispersion > 1 else { return independent }
    let needed = (Double(independent) * overdispersion).rounded(.up)
    return Int(exactly: needed) ?? .max
  }
}
