/// How verdicts are reached from counts, with the confidence that the counts allow.
///
/// A share of n requests beyond a limit is compared with the share that the limit allows by the
/// exact binomial distribution: FAIL when so many would be seen in less than 1 % of runs of a
/// server that just meets the limit, PASS when so few would be seen in less than 5 %
/// (Hahn and Meeker, Statistical Intervals, ch. 5 and 6).
package enum Judgement {
  /// Judges that at most a share `allowed` of `n` is bad.
  package static func share(
    bad: Int,
    of n: Int,
    allowed: Double
  ) -> Verdict.Outcome {
    guard n > 0 else { return .inconclusive }
    // Where none or all may be bad, nothing is left to chance.
    guard allowed > 0 else { return bad == 0 ? .pass : .fail }
    guard allowed < 1 else { return .pass }
    let distribution = Binomial(n: n, p: allowed)
    if distribution.probability(atLeast: bad) < 0.01 { return .fail }
    return distribution.probability(atMost: bad) < 0.05 ? .pass : .inconclusive
  }

  /// Judges a plain value, which has no distribution here.
  package static func value(_ value: Double, limit: Double, isFloor: Bool) -> Verdict.Outcome {
    (isFloor ? value >= limit : value <= limit) ? .pass : .fail
  }

  /// The number of requests that could pass even if none were bad, to be named when there are
  /// too few.
  package static func samplesNeeded(allowed: Double) -> Int {
    Binomial.minimumSamples(forQuantile: 1 - allowed)
  }
}
