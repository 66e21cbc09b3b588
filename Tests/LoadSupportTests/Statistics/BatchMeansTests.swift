import Glibc
import XCTest

@testable import LoadSupport

final class BatchMeansTests: XCTestCase {
  func testInterval_isThatOfTheBatches_whenWindowsMakeTenOrMore() throws {
    // Mean ∓ t · s ÷ √batches in NumPy, with t of SciPy 1.17: ten batches of two windows of 2 s.
    let counts = [12, 15, 11, 14, 9, 16, 13, 12, 18, 10, 14, 13, 11, 15, 12, 17, 13, 14, 10, 12]
    let paired = try XCTUnwrap(BatchMeans.interval(of: counts, windowSeconds: 2))
    XCTAssertEqual(paired.lowerBound, 6.172_828_472_073, accuracy: 1e-7)
    XCTAssertEqual(paired.upperBound, 6.877_171_527_927, accuracy: 1e-7)

    // Eleven batches of one window, at 99 %.
    let single = try XCTUnwrap(
      BatchMeans.interval(of: Array(counts[..<11]), windowSeconds: 1, alpha: 0.01)
    )
    XCTAssertEqual(single.lowerBound, 10.546_340_148_660, accuracy: 1e-6)
    XCTAssertEqual(single.upperBound, 15.635_478_033_158, accuracy: 1e-6)
  }

  func testInterval_leavesOutTheFirstWindows_whenBatchesDoNotTakeAll() {
    // 31 windows make ten batches of three.
    let counts = [1_000] + Array(repeating: 50, count: 30)
    XCTAssertEqual(BatchMeans.interval(of: counts, windowSeconds: 0.5), 100...100)
  }

  func testInterval_isNeverNegative_whenEventsAreFew() throws {
    let counts = Array(repeating: 0, count: 9) + [1]
    let interval = try XCTUnwrap(BatchMeans.interval(of: counts, windowSeconds: 1))
    XCTAssertEqual(interval.lowerBound, 0)
    XCTAssertGreaterThan(interval.upperBound, 0.1)
  }

  func testInterval_isNil_whenWindowsAreTooFewOrHaveNoLength() {
    XCTAssertNil(BatchMeans.interval(of: Array(repeating: 5, count: 9), windowSeconds: 1))
    XCTAssertNil(BatchMeans.interval(of: Array(repeating: 5, count: 10), windowSeconds: 0))
  }

  func testInterval_coversTheTrueRate_whenWindowsAreAutocorrelated() {
    let seed: UInt64 = 55
    var random = SeededRandom(seed: seed)
    let coefficient = 0.5
    let innovation = (1 - coefficient * coefficient).squareRoot()
    let trials = 2_000
    var covered = 0
    for _ in 0..<trials {
      var deviation = standardNormal(&random)
      let counts = (0..<120).map { _ in
        deviation = coefficient * deviation + innovation * standardNormal(&random)
        return Int((1_000 + 100 * deviation).rounded())
      }
      let interval = BatchMeans.interval(of: counts, windowSeconds: 1)
      if interval?.contains(1_000) == true { covered += 1 }
    }
    let share = Double(covered) / Double(trials)
    XCTAssertGreaterThanOrEqual(share, 0.9, "seed \(seed)")
  }
}
