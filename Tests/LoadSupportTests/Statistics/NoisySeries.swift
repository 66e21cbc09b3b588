import Glibc

@testable import LoadSupport

/// The ups and downs of a machine from run to run or from night to night, when nothing changes.
///
/// What is left of a throughput is lognormal and resembles the one before; now and then one is bad.
struct NoisySeries {
  /// One run or night, as logarithms of factors of the throughput.
  struct Luck {
    let noise: Double
    let bad: Double
  }

  var noise: Double
  var autocorrelation = 0.3
  var badShare = 0.04

  /// The share of the throughput that a bad one loses.
  var badLoss: ClosedRange<Double>

  private var deviation: Double?

  init(noise: Double, badLoss: ClosedRange<Double>) {
    self.noise = noise
    self.badLoss = badLoss
  }

  mutating func next(_ random: inout SeededRandom) -> Luck {
    let fresh = standardNormal(&random)
    let next =
      deviation.map {
        autocorrelation * $0 + (1 - autocorrelation * autocorrelation).squareRoot() * fresh
      } ?? fresh
    deviation = next
    let isBad = random.uniform() < badShare
    let loss =
      badLoss.lowerBound + (badLoss.upperBound - badLoss.lowerBound) * random.uniform()
    return Luck(noise: noise * next, bad: isBad ? log1p(-loss) : 0)
  }

  /// So many in a row, as factors of the throughput.
  mutating func factors(_ count: Int, _ random: inout SeededRandom) -> [Double] {
    (0..<count).map { _ in
      let luck = next(&random)
      return exp(luck.noise + luck.bad)
    }
  }
}
