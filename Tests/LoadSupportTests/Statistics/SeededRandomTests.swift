import XCTest

@testable import LoadSupport

final class SeededRandomTests: XCTestCase {
  func testNext_matchesAnIndependentImplementation_whenSeeded() {
    let expected: [UInt64: [UInt64]] = [
      0: [
        5_987_356_902_031_041_503, 7_051_070_477_665_621_255, 6_633_766_593_972_829_180,
        211_316_841_551_650_330,
      ],
      42: [
        15_021_278_609_987_233_951, 5_881_210_131_331_364_753, 18_149_643_915_985_481_100,
        12_933_668_939_759_105_464,
      ],
    ]
    for (seed, words) in expected {
      var random = SeededRandom(seed: seed)
      XCTAssertEqual(words.map { _ in random.next() }, words, "seed \(seed)")
    }
  }

  func testUniform_fillsTheUnitInterval_whenDrawnOften() {
    let seed: UInt64 = 3
    var random = SeededRandom(seed: seed)
    var tenths = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 {
      let drawn = random.uniform()
      XCTAssertTrue((0..<1).contains(drawn), "seed \(seed)")
      tenths[Int(drawn * 10)] += 1
    }
    // Five standard deviations of a count with mean 10,000.
    for count in tenths { XCTAssertEqual(Double(count), 10_000, accuracy: 475, "seed \(seed)") }
  }

  func testExponential_hasItsMeanAndVariance_whenDrawnOften() {
    let seed: UInt64 = 4
    var random = SeededRandom(seed: seed)
    let drawn = (0..<200_000).map { _ in random.exponential(mean: 5) }
    let mean = drawn.reduce(0, +) / 200_000
    let variance = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200_000
    XCTAssertTrue(drawn.allSatisfy { $0 >= 0 && $0.isFinite }, "seed \(seed)")
    XCTAssertEqual(mean, 5, accuracy: 0.06, "seed \(seed)")
    XCTAssertEqual(variance, 25, accuracy: 0.8, "seed \(seed)")
  }

  func testStreams_areReproducible_whenTheParentHasDrawn() {
    var parent = SeededRandom(seed: 5)
    var early = parent.stream(3)
    _ = parent.next()
    var late = parent.stream(3)
    XCTAssertEqual(early.next(), late.next())
  }

  func testStreams_differAndDoNotCorrelate_whenTheirIndicesDiffer() {
    let parent = SeededRandom(seed: 6)
    let seeds = [6] + (-2...2_000).map { parent.stream($0).seed }
    XCTAssertEqual(Set(seeds).count, seeds.count)
    XCTAssertNotEqual(parent.stream(named: "a").seed, parent.stream(named: "b").seed)

    for index in 0..<20 {
      var left = parent.stream(index)
      var right = parent.stream(index + 1)
      let products = (0..<10_000).map { _ in (left.uniform() - 0.5) * (right.uniform() - 0.5) }
      // The product of two independent ones has variance 1/144: this is five standard errors.
      XCTAssertEqual(products.reduce(0, +) / 10_000, 0, accuracy: 5 / 1_200, "stream \(index)")
    }
  }
}
