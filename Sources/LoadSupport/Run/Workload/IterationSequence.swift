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
  private let count: Int

  /// The sums of the weights so far; none where entries come in turn.
  private var cumulative: [Double] = []
  private var random: SeededRandom
  private var upcoming: Int

  /// Creates the sequence of a worker, whose index counts from 0.
  ///
  /// Entries in turn start at the worker's index, so that workers do not march in step; draws by
  /// weight come from a stream of random numbers of the worker's own. Nil for a mix without
  /// entries, for a negative or infinite weight, for weights that are all zero, and for a
  /// negative index.
  init?(_ mix: Workload.Mix, seed: UInt64, worker: Int) {
    let entries = mix.entries
    guard worker >= 0, !entries.isEmpty else { return nil }
    (count, upcoming) = (entries.count, worker % entries.count)
    random = SeededRandom(seed: seed).stream(named: "operations").stream(worker)
    guard case .weighted(let weights) = mix else { return }
    var total = 0.0
    for entry in entries {
      let weight = weights[entry] ?? 0
      guard weight >= 0 else { return nil }
      total += weight
      cumulative.append(total)
    }
    guard total > 0, total.isFinite else { return nil }
  }

  /// The index, into the mix's entries, of the next one.
  mutating func next() -> Int {
    guard let total = cumulative.last else {
      defer { upcoming = upcoming + 1 == count ? 0 : upcoming + 1 }
      return upcoming
    }
    let drawn = random.uniform() * total
    // The product is below the total, for uniform() is below 1 by a unit in the last place.
    return cumulative.firstIndex { drawn < $0 } ?? count - 1
  }
}
