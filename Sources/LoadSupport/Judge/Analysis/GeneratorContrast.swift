/// What one of several generators saw of the server against what all others saw at the same time: whether the
/// place that it is in is slower.
///
/// It is a median test (Mood, "Introduction to the Theory of Statistics", 1950) over equal blocks of time: the share of
/// its successes that are slower than the median of all is compared with that of the others' in the same block.
/// Requests of a block are not independent, and what the server did in it all generators saw alike: so blocks count,
/// by pairs, and not requests.
struct GeneratorContrast: Sendable {
  /// Which part of the load the generator made, and where.
  let part: Int
  let host: String

  /// The step; nil in loads that have only one.
  let step: String?

  /// The median of its successes, in nanoseconds.
  let median: Int64

  /// That of the others'; nil where chance explains what differs.
  private(set) var medianOfOthers: Int64?

  /// The probability of so much more when all are alike, after Holm's correction for all generators and steps.
  private(set) var probability: Double

  /// Where chance ends, and what a difference is at least that is worth a sentence.
  ///
  /// Blocks that depend on their neighbours make small probabilities smaller than they are: so few blocks, and so
  /// strict a limit (see the simulation in the tests).
  static let alpha = 0.001
  private static let leastRatio = 1.05

  /// Into how many blocks a window is cut, and the fewest of them that tell anything.
  private static let blocks = 10
  private static let leastBlocks = 8

  /// Whether its place is slower, beyond chance and by enough to matter.
  var isSlower: Bool {
    medianOfOthers.map { Double(median) >= Self.leastRatio * Double($0) } ?? false
  }

  /// That its place is slower, in a sentence; nil where it is not.
  func sentence(_ scenario: ScenarioHeader) -> String? {
    guard let others = medianOfOthers, isSlower else { return nil }
    return
      "part \(part) (host \(host)) is slower: its median is \(NumberText.time(median)) against "
      + "\(NumberText.time(others)) of the others"
      + (step.map { ", in the step \(scenario.title(of: $0))" } ?? "")
      + " (p = \(NumberText.plain(probability)))"
  }

  /// The contrasts of all generators, step by step; without those of too little to tell, and of loads that do not
  /// stay the same.
  static func all(_ parts: [RecordingAnalysis], _ whole: Aggregate) -> [GeneratorContrast] {
    guard parts.count > 1 else { return [] }
    let window = whole.window
    let steps: [String?] =
      window.hasSteps ? window.steadySteps : window.isSteady() ? [nil] : []
    var contrasts = steps.flatMap { of(parts, whole, step: $0) }
    let adjusted = Holm.adjusted(contrasts.map(\.probability))
    for (index, probability) in adjusted.enumerated() {
      contrasts[index].probability = probability
      guard probability < alpha else { continue }
      let filter = Aggregate.Filter(step: contrasts[index].step, outcomes: [.success])
      var others = Histogram()
      for part in parts where part.partIndex != contrasts[index].part {
        others.merge(part.aggregate.latency(filter))
      }
      contrasts[index].medianOfOthers = others.value(atQuantile: 0.5)
    }
    return contrasts
  }

  private static func of(
    _ parts: [RecordingAnalysis],
    _ whole: Aggregate,
    step: String?
  ) -> [GeneratorContrast] {
    let filter = Aggregate.Filter(step: step, outcomes: [.success])
    let pooled = whole.latency(filter)
    guard let median = pooled.value(atQuantile: 0.5) else { return [] }
    let first = pooled.firstBucket(above: median)
    let all = Counts(whole, filter, from: first)
    return parts.compactMap { part in
      let own = Counts(part.aggregate, filter, from: first)
      guard let probability = probability(own, all),
        let median = part.aggregate.latency(filter).value(atQuantile: 0.5)
      else { return nil }
      return GeneratorContrast(
        part: part.partIndex,
        host: part.run.machine.hostName,
        step: step,
        median: median,
        probability: probability
      )
    }
  }

  /// Successes in each block, and those of them that were slow.
  private struct Counts {
    let all: [Int]
    let slow: [Int]

    init(_ aggregate: Aggregate, _ filter: Aggregate.Filter, from bucket: Int) {
      func counts(from lowest: Int) -> [Int] {
        let windows = aggregate.windows.counts(steps: filter.steps) {
          aggregate.matches($0, filter) ? lowest : nil
        }
        let size = windows.count / GeneratorContrast.blocks
        return size == 0
          ? []
          : (0..<GeneratorContrast.blocks).map {
            windows[$0 * size..<($0 + 1) * size].reduce(0, +)
          }
      }
      (all, slow) = (counts(from: 0), counts(from: bucket))
    }
  }

  /// The one-sided probability of so many more slow ones than the others have; nil for too few blocks.
  private static func probability(_ own: Counts, _ whole: Counts) -> Double? {
    let pairs = own.all.indices.compactMap { block -> (base: Double?, head: Double?)? in
      let others = whole.all[block] - own.all[block]
      guard own.all[block] > 0, others > 0 else { return nil }
      // One more than each share, since none at all may be slow.
      return (
        1 + Double(whole.slow[block] - own.slow[block]) / Double(others),
        1 + Double(own.slow[block]) / Double(own.all[block])
      )
    }
    return pairs.count >= leastBlocks ? PairedRatios(pairs).pValue(above: 1) : nil
  }
}
