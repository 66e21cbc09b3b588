import XCTest

@testable import LoadSupport

/// That latency counted from planned instants is what arithmetic predicts for a server that stalls.
///
/// 1,000 requests a second are planned at equal distances. Ten workers behind one first-in-first-out
/// queue take 1 ms each, so a backlog drains at μ = 10,000/s, and in every 10 s all of them stand
/// still for 1 s. A request planned u after the start of a stall is then done 1 s + u·λ/μ + 1 ms
/// after it: latency falls in a line from 1 s with a slope of 1 − λ/μ = 0.9, and a share of
/// (1 s − x) ÷ 0.9 ÷ 10 s of all is slower than x. A client that counts from when a worker takes
/// the request sees one slow request in 10,000 (Tene, "How NOT to measure latency", 2015).
final class CoordinatedOmissionTests: XCTestCase {
  private static let second: Int64 = 1_000_000_000
  private static let service: Int64 = 1_000_000

  /// Latencies counted from the planned instants and from when a worker was free.
  private static func simulate(seconds: Int64) -> (fromPlanned: Histogram, fromStart: Histogram) {
    var (fromPlanned, fromStart) = (Histogram(), Histogram())
    // Equal service times end in the order in which they began, so workers take turns.
    var free = Array(repeating: Int64(0), count: 10)
    for index in 0..<Int(seconds * 1_000) {
      let planned = Int64(index) * (second / 1_000)
      let turn = index % free.count
      var start = max(planned, free[turn])
      let phase = start % (10 * second)
      let stall = start - phase + 5 * second
      if phase >= 5 * second { start = max(start, stall + second) }
      var done = start + service
      if start < stall, done > stall { done += second }
      free[turn] = done
      fromPlanned.record(done - planned)
      fromStart.record(done - start)
    }
    return (fromPlanned, fromStart)
  }

  func testPercentiles_areThoseOfArithmetic_whenCountedFromPlannedInstants() throws {
    let (fromPlanned, _) = Self.simulate(seconds: 100)
    for (p, seconds) in [(0.95, 0.55), (0.99, 0.91), (0.999, 0.991)] {
      let value = try XCTUnwrap(fromPlanned.value(atQuantile: p))
      XCTAssertEqual(Double(value) / 1e9, seconds, accuracy: 0.05 * seconds, "p \(p)")
    }
    XCTAssertLessThan(try XCTUnwrap(fromPlanned.value(atQuantile: 0.88)), 2 * Self.service)
  }

  func testPercentiles_hideTheStalls_whenCountedFromTheStartOfService() throws {
    let (_, fromStart) = Self.simulate(seconds: 100)
    for p in [0.95, 0.99, 0.999] {
      XCTAssertLessThan(try XCTUnwrap(fromStart.value(atQuantile: p)), 2 * Self.service, "p \(p)")
    }
  }
}
