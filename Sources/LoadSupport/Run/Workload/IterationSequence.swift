extension Workload.Mix {
  /// What it draws from, in the order in which draws count.
  var entries: [String] {
    switch self {
    case .inTurn(let names): names
    case .weighted(let weights): weights.keys.sorted()
    }
  }
}

/// The iterations that one worker does, one after the other, as indices into the mix's entries.
struct IterationSequence: Sendable {
  private enum Plan {
    case inTurn(next: Int, count: Int)
    case weighted(cumulative: [Double], random: SeededRandom)
  }

  private var plan: Plan

  /// Creates the sequence of a worker, whose index counts from 0.
  ///
  /// Entries in turn start at the worker's index, so that workers do not march in step; draws by
  /// weight come from a stream of random numbers of the worker's own. Nil for a mix without
  /// entries, for a negative or infinite weight, for weights that are all zero, and for a
  /// negative index.
  init?(_ mix: Workload.Mix, seed: UInt64, worker: Int) {
    let entries = mix.entries
    guard worker >= 0, !entries.isEmpty else { return nil }
    guard case .weighted(let weights) = mix else {
      plan = .inTurn(next: worker % entries.count, count: entries.count)
      return
    }
    var cumulative: [Double] = []
    var total = 0.0
    for entry in entries {
      let weight = weights[entry] ?? 0
      guard weight >= 0 else { return nil }
      total += weight
      cumulative.append(total)
    }
    guard total > 0, total.isFinite else { return nil }
    plan = .weighted(
      cumulative: cumulative,
      random: SeededRandom(seed: seed).stream(named: "operations").stream(worker)
    )
  }

  /// The index, into the mix's entries, of the next one.
  mutating func next() -> Int {
    switch plan {
    case .inTurn(let index, let count):
      plan = .inTurn(next: index + 1 == count ? 0 : index + 1, count: count)
      return index
    case .weighted(let cumulative, var random):
      let total = cumulative[cumulative.count - 1]
      let drawn = random.uniform() * total
      plan = .weighted(cumulative: cumulative, random: random)
      // The product is below the total, for uniform() is below 1 by a unit in the last place.
      return cumulative.firstIndex { drawn < $0 } ?? cumulative.count - 1
    }
  }
}
