import XCTest

@testable import LoadSupport

final class IterationSequenceTests: XCTestCase {
  private static let three = ["a", "b", "c"]

  func testSequence_startsAtTheWorkersIndex_whenInTurn() throws {
    for (worker, expected) in [(0, [0, 1, 2, 0]), (1, [1, 2, 0, 1]), (5, [2, 0, 1, 2])] {
      XCTAssertEqual(try indices(.inTurn(Self.three), worker: worker, count: 4), expected)
    }
  }

  func testSequence_followsTheWeights_whenWeighted() throws {
    let mix = Self.weighted([6, 0, 3])
    let seed: UInt64 = 31
    var counts = [0, 0, 0]
    for worker in 0..<10 {
      for index in try indices(mix, seed: seed, worker: worker, count: 9_000) { counts[index] += 1 }
    }
    XCTAssertEqual(counts[1], 0, "seed \(seed)")
    // Five standard deviations.
    XCTAssertEqual(Double(counts[0]), 60_000, accuracy: 707, "seed \(seed)")
  }

  func testSequence_isReproducibleAndTheWorkersOwn_whenWeighted() throws {
    let mix = Self.weighted([1, 1, 1])
    let first = try indices(mix, seed: 1, worker: 0, count: 200)
    XCTAssertEqual(try indices(mix, seed: 1, worker: 0, count: 200), first)
    XCTAssertNotEqual(try indices(mix, seed: 1, worker: 1, count: 200), first)
    XCTAssertNotEqual(try indices(mix, seed: 2, worker: 0, count: 200), first)
  }

  func testSequence_isNil_whenNothingCanBeDrawn() {
    for mix in [
      .inTurn([]), .weighted([:]), Self.weighted([0, 0, 0]),
      Self.weighted([1, -1, 1]),
      Self.weighted([1, .nan, 1]), Self.weighted([1, .infinity, 1]),
    ] {
      XCTAssertNil(IterationSequence(mix, seed: 0, worker: 0), "\(mix)")
    }
    XCTAssertNil(IterationSequence(.inTurn(Self.three), seed: 0, worker: -1))
  }

  private static func weighted(_ weights: [Double]) -> Workload.Mix {
    .weighted(Dictionary(uniqueKeysWithValues: zip(three, weights)))
  }

  private func indices(
    _ mix: Workload.Mix,
    seed: UInt64 = 0,
    worker: Int,
    count: Int
  ) throws -> [Int] {
    var sequence = try XCTUnwrap(IterationSequence(mix, seed: seed, worker: worker))
    return (0..<count).map { _ in sequence.next() }
  }
}
