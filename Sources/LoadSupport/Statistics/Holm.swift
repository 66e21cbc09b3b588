/// Probabilities of several tests at once, raised so that together they err no oftener than one.
enum Holm {
  /// The adjusted probability of each: compare it with the α of all tests together.
  ///
  /// The i-th smallest of m is multiplied by m − i + 1 and is no less than those before it (Holm, "A
  /// simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6,
  /// 1979). It holds however the tests depend on each other.
  static func adjusted(_ probabilities: [Double]) -> [Double] {
    var adjusted = probabilities
    var least = 0.0
    let order = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
    for (rank, index) in order.enumerated() {
      least = max(least, min(1, probabilities[index] * Double(order.count - rank)))
      adjusted[index] = least
    }
    return adjusted
  }
}
