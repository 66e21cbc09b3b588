import XCTest

@testable import LoadSupport

final class MedianSplitTests: XCTestCase {
  func testSplit_isTheOneComputedByHand_whenThereIsOneStep() throws {
    // 1 + 0 + 1 and 2 + 0 + 0 + 1 about 10 and 20; about the median of all, 19, it is 32.
    let split = try XCTUnwrap(MedianSplit([9, 10, 11, 22, 20, 20, 19]))
    XCTAssertEqual(split.index, 3)
    XCTAssertEqual(split.before, 10)
    XCTAssertEqual(split.after, 20)
    XCTAssertEqual(split.explained, 1 - 5 / 32.0, accuracy: 1e-12)
  }

  func testSplit_hasTheLeastSumOfAllSplits_whenValuesAreRandom() throws {
    let seed: UInt64 = 62
    var random = SeededRandom(seed: seed)
    /// The least sum of |x − c|, over every c that is a value.
    func deviation(_ values: ArraySlice<Double>) -> Double {
      values.map { center in values.reduce(0) { $0 + abs($1 - center) } }.min() ?? 0
    }
    for count in 6..<30 {
      let values = (0..<count).map { _ in standardNormal(&random) }
      let sums = (3...count - 3).map { deviation(values[..<$0]) + deviation(values[$0...]) }
      let least = try XCTUnwrap(sums.min())
      let split = try XCTUnwrap(MedianSplit(values))
      XCTAssertEqual(sums[split.index - 3], least, accuracy: 1e-9, "seed \(seed), \(count)")
      XCTAssertEqual(split.explained, 1 - least / deviation(values[...]), accuracy: 1e-9)
    }
  }

  func testSplit_staysAtTheStep_whenSingleValuesAreWild() {
    var values = Array(repeating: 100.0, count: 10) + Array(repeating: 90, count: 8)
    values[2] = 5
    values[14] = 1_000
    XCTAssertEqual(MedianSplit(values)?.index, 10)
  }

  func testSplit_explainsNothing_whenAllValuesAreEqual() {
    XCTAssertEqual(MedianSplit(Array(repeating: 7, count: 9))?.explained, 0)
  }

  func testSplit_isNil_whenValuesAreFewOrNotFinite() {
    XCTAssertNil(MedianSplit([]))
    XCTAssertNil(MedianSplit([1, 1, 1, 2, 2]))
    XCTAssertNotNil(MedianSplit([1, 1, 1, 2, 2, 2]))
    XCTAssertNil(MedianSplit([1, 1, 1, 2, 2, .nan]))
  }

  func testSplit_datesATenthLessWithinANight_inNineOfTen() throws {
    for (place, seed) in [(30, 63), (10, 64), (57, 65)] as [(Int, UInt64)] {
      var random = SeededRandom(seed: seed)
      var dated = 0
      let trials = 500
      for _ in 0..<trials {
        var series = NoisySeries(noise: 0.02, badLoss: 0.05...0.12)
        var nights = series.factors(60, &random)
        for index in place..<60 { nights[index] *= 0.9 }
        if abs(try XCTUnwrap(MedianSplit(nights)).index - place) <= 1 { dated += 1 }
      }
      XCTAssertGreaterThanOrEqual(dated, trials * 9 / 10, "night \(place), seed \(seed)")
    }
  }

  func testExplained_tellsAStepFromNone_whenItIsHalfWay() throws {
    let seed: UInt64 = 66
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      var series = NoisySeries(noise: 0.02, badLoss: 0.05...0.12)
      var nights = series.factors(60, &random)
      let none = try XCTUnwrap(MedianSplit(nights)).explained
      for index in 30..<60 { nights[index] *= 0.9 }
      let step = try XCTUnwrap(MedianSplit(nights)).explained
      XCTAssertLessThan(none, 0.35, "seed \(seed)")
      XCTAssertGreaterThan(step, 0.35, "seed \(seed)")
    }
  }
}
