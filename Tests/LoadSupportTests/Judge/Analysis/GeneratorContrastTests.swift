import XCTest

@testable import LoadSupport

final class GeneratorContrastTests: XCTestCase {
  /// The aggregate of a generator's load of six seconds: latencies that the whole server shares the ups and downs
  /// of, which outlast a block, and that a place makes longer.
  private func load(
    _ random: inout SeededRandom,
    shared: [Double],
    slower factor: Double,
    noise: Double
  ) throws -> RecordedScenario {
    let recorded = try RecordedScenario(
      RecordedScenario.header(workers: 1, seconds: 6, operations: ["a"])
    )
    var samples: [Sample] = []
    var at = 0.0
    var own = 0.0
    while at < 6_000 {
      own = 0.9 * own + 0.1 * random.exponential(mean: noise)
      let latency = 20 * factor * shared[Int(at / 500)] * (0.5 + own)
      samples.append(Sample("a", planned: at, done: at + latency, sent: at))
      at += latency
    }
    try recorded.write(samples)
    try recorded.write([
      RunEvent(.measure, at: 0, until: 6_000_000_000, workers: 1),
      RunEvent(.drain, at: 7_000_000_000),
      RunEvent(.end, at: 7_000_000_000, attempts: samples.count),
    ])
    return recorded
  }

  private func contrasts(
    seed: UInt64,
    slower factor: Double,
    noise: Double = 1,
    stalls: Double = 0.2
  ) throws -> [GeneratorContrast] {
    var random = SeededRandom(seed: seed)
    let shared = (0..<13).map { _ in random.uniform() < stalls ? 3.0 : 1 }
    let parts = try (0..<4).map { index in
      let recorded = try load(
        &random,
        shared: shared,
        slower: index == 2 ? factor : 1,
        noise: noise
      )
      var header = try SplitRecording.object(recorded.header)
      header["part"] = ["run_id": "night", "index": index, "of": 4]
      try SplitRecording.write(header, to: recorded.recording.runHeader)
      return try recorded.analysis()
    }
    let whole = Aggregate(
      merging: parts.map(\.aggregate),
      in: parts[0].aggregate.window,
      workload: ["a"]
    )
    return GeneratorContrast.all(parts, whole)
  }

  /// Of honest loads at most a few in a hundred name anybody, though latencies are anything but independent.
  func testAlikePlaces_areSeldomNamed_whenLatenciesComeInClusters() throws {
    let runs = 60
    var named = 0
    for seed in 0..<UInt64(runs) {
      let contrasts = try contrasts(seed: seed, slower: 1)
      XCTAssertEqual(contrasts.count, 4)
      if contrasts.contains(where: \.isSlower) { named += 1 }
    }
    XCTAssertLessThanOrEqual(named, 2, "of \(runs)")
  }

  func testSlowPlace_isNamed() throws {
    var named: [Int] = []
    for seed in 0..<10 as Range<UInt64> {
      named += try contrasts(seed: seed, slower: 2.5, stalls: 0).filter(\.isSlower).map(\.part)
    }
    XCTAssertGreaterThanOrEqual(named.count, 8, "of 10 that are slower")
    XCTAssertEqual(Set(named), [2])
  }

  func testSmallDifference_isNotNamed_howeverCertain() throws {
    for (factor, isNamed) in [(1.04, false), (1.06, true)] {
      let contrasts = try contrasts(seed: 1, slower: factor, noise: 0)
      XCTAssertEqual(
        contrasts.map { $0.probability < GeneratorContrast.alpha },
        [false, false, true, false]
      )
      XCTAssertEqual(contrasts.count { $0.isSlower }, isNamed ? 1 : 0)
    }
  }
}
