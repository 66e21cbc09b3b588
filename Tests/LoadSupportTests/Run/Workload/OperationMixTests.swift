import XCTest

@testable import LoadSupport

final class OperationMixTests: XCTestCase {
  private static let three = ["echo", "list", "hash"].map {
    RemoteOperation(name: $0, command: "\($0) /tmp")
  }

  func testSequence_startsAtTheWorkersIndex_whenInTurn() throws {
    for (worker, expected) in [(0, [0, 1, 2, 0]), (1, [1, 2, 0, 1]), (5, [2, 0, 1, 2])] {
      XCTAssertEqual(try indices(.inTurn(Self.three), worker: worker, count: 4), expected)
    }
  }

  /// Whoever connects and disconnects must begin with the connect.
  func testSequence_startsAtTheFirst_whenInOrder() throws {
    for worker in [0, 1, 5] {
      XCTAssertEqual(try indices(.inOrder(Self.three), worker: worker, count: 4), [0, 1, 2, 0])
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
      .inTurn([]), .inOrder([]), .weighted([]), Self.weighted([0, 0, 0]),
      Self.weighted([1, -1, 1]),
      Self.weighted([1, .nan, 1]), Self.weighted([1, .infinity, 1]),
    ] {
      XCTAssertNil(OperationSequence(mix, seed: 0, worker: 0), "\(mix)")
    }
    XCTAssertNil(OperationSequence(.inTurn(Self.three), seed: 0, worker: -1))
  }

  func testOperations_keepTheirOrder_whenReadFromTheMix() {
    XCTAssertEqual(OperationMix.inTurn(Self.three).operations, Self.three)
    XCTAssertEqual(OperationMix.inOrder(Self.three).operations, Self.three)
    XCTAssertEqual(Self.weighted([1, 2, 3]).operations, Self.three)
  }

  private static func weighted(_ weights: [Double]) -> OperationMix {
    .weighted(zip(three, weights).map { WeightedOperation($0, weight: $1) })
  }

  private func indices(
    _ mix: OperationMix,
    seed: UInt64 = 0,
    worker: Int,
    count: Int
  ) throws -> [Int] {
    var sequence = try XCTUnwrap(OperationSequence(mix, seed: seed, worker: worker))
    return (0..<count).map { _ in sequence.next() }
  }
}
