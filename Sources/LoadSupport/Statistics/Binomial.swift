import Glibc

/// The number of successes among `n` independent trials that each succeed with probability `p`.
///
/// It answers how many of n requests may exceed a limit by chance, and so which verdicts a run can
/// carry. A single probability follows Loader ("Fast and accurate computation of binomial
/// probabilities", 2000), which loses no digits to differences of large logarithms; a tail is the
/// sum of its terms, outward from the one nearest the mean. All terms are positive and shrink, so
/// the sum keeps about twelve digits. It takes some ten standard deviations' worth of terms: at
/// n = 10^8, below a tenth of a millisecond for p = 0.99.
struct Binomial: Sendable, Equatable {
  /// The number of trials, not negative.
  let n: Int

  /// The probability of success of one trial, in 0...1.
  let p: Double

  /// Creates a distribution; a negative `n` or a `p` outside 0...1 is a programming error.
  init(n: Int, p: Double) {
    precondition(n >= 0 && p >= 0 && p <= 1, "no binomial distribution has n \(n) and p \(p)")
    self.n = n
    self.p = p
  }

  /// The probability of exactly `k` successes.
  func probability(of k: Int) -> Double {
    guard k >= 0, k <= n else { return 0 }
    // Written so that 0 · log 0 never arises.
    if k == 0 { return n == 0 ? 1 : exp(Double(n) * log1p(-p)) }
    if k == n { return exp(Double(n) * log(p)) }
    guard p > 0, p < 1 else { return 0 }
    let trials = Double(n)
    let hits = Double(k)
    let misses = Double(n - k)
    let exponent =
      Self.stirlingError(trials) - Self.stirlingError(hits) - Self.stirlingError(misses)
      - Self.deviance(hits, trials * p) - Self.deviance(misses, trials * (1 - p))
    return exp(exponent) * (trials / (2 * .pi * hits * misses)).squareRoot()
  }

  /// The probability of `k` successes or fewer.
  func probability(atMost k: Int) -> Double {
    guard k >= 0 else { return 0 }
    guard k < n else { return 1 }
    return Double(k) < Double(n) * p ? lowerTail(from: k) : max(1 - upperTail(from: k + 1), 0)
  }

  /// The probability of `k` successes or more.
  func probability(atLeast k: Int) -> Double {
    guard k > 0 else { return 1 }
    guard k <= n else { return 0 }
    return Double(k) > Double(n) * p ? upperTail(from: k) : max(1 - lowerTail(from: k - 1), 0)
  }

  /// The fewest samples that can bound a quantile from above at all: the smallest n with
  /// pⁿ ≤ 1 − confidence.
  ///
  /// With fewer, even the largest sample is below the quantile too often to say anything (Hahn and
  /// Meeker, "Statistical Intervals", 1991). `p` and `confidence` are probabilities; no number
  /// suffices for one of 1 or more, which gives `Int.max`.
  static func minimumSamples(forQuantile p: Double, confidence: Double = 0.95) -> Int {
    guard p < 1, confidence < 1 else { return .max }
    guard p > 0, confidence > 0 else { return 1 }
    var n = max(Int(log1p(-confidence) / log(p)), 1)
    while pow(p, Double(n)) > 1 - confidence { n += 1 }
    return n
  }
}

extension Binomial {
  /// Terms below this share of the sum change none of its digits.
  private static let negligible = 1e-18

  private func upperTail(from first: Int) -> Double {
    var term = probability(of: first)
    var total = term
    var k = first
    let odds = p / (1 - p)
    while k < n, term > total * Self.negligible {
      term *= Double(n - k) / Double(k + 1) * odds
      total += term
      k += 1
    }
    return min(total, 1)
  }

  private func lowerTail(from first: Int) -> Double {
    var term = probability(of: first)
    var total = term
    var k = first
    let odds = (1 - p) / p
    while k > 0, term > total * Self.negligible {
      term *= Double(k) / Double(n - k + 1) * odds
      total += term
      k -= 1
    }
    return min(total, 1)
  }

  /// What Stirling's formula lacks of ln x!, for a whole x from 1.
  private static func stirlingError(_ x: Double) -> Double {
    if x < 16 {
      let logFactorial = stride(from: 2, through: x, by: 1).reduce(0) { $0 + log($1) }
      return logFactorial - (x + 0.5) * log(x) + x - 0.5 * log(2 * .pi)
    }
    let square = x * x
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / x
  }

  /// The deviance x·ln(x/m) + m − x, of which the definition keeps no digits when x is close to m.
  ///
  /// There, with v = (x − m) ÷ (x + m), it is (x − m)·v + 2x·(v³/3 + v⁵/5 + …).
  private static func deviance(_ x: Double, _ m: Double) -> Double {
    guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
    let v = (x - m) / (x + m)
    var total = (x - m) * v
    var power = 2 * x * v
    var divisor = 1.0
    while true {
      power *= v * v
      divisor += 2
      let next = total + power / divisor
      if next == total { return total }
      total = next
    }
  }
}
