import Glibc
import XCTest

@testable import LoadSupport

final class PairedVerdictTests: XCTestCase {
  /// Pairs whose ratios scatter by a few per mille about those given.
  private func pairs(_ ratios: [GateMetric: Double], count: Int = 8) -> [PairedVerdict.Pair] {
    (0..<count).map { index in
      let wobble = 1 + 0.004 * Double(index % 3 - 1)
      return (base: ratios.mapValues { _ in 100 }, head: ratios.mapValues { 100 * $0 * wobble })
    }
  }

  private func outcomes(_ ratios: [GateMetric: Double]) -> [GateMetric: GateOutcome] {
    let findings = PairedVerdict(pairs(ratios)).findings
    return Dictionary(uniqueKeysWithValues: findings.map { ($0.metric, $0.outcome) })
  }

  func testOutcome_followsTheMetricsOwnDirection() {
    XCTAssertEqual(
      outcomes([.throughput: 0.9, .p50: 1.1, .p99: 0.9, .cpu: 1.01]),
      [.throughput: .regression, .p50: .regression, .p99: .improvement, .cpu: .noChange]
    )
    XCTAssertEqual(outcomes([.throughput: 1.1]), [.throughput: .improvement])
    XCTAssertEqual(outcomes([.throughput: 0.97]), [.throughput: .noChange])
  }

  func testOutcome_isInconclusive_whenTheIntervalHoldsTheLimit() {
    let verdict = PairedVerdict(pairs([.p50: 1.05]))
    XCTAssertEqual(verdict.outcome, .inconclusive)
    XCTAssertFalse(verdict.stands)
    // 1 ÷ 1.05 is as much for a throughput; 0.95 is more.
    XCTAssertEqual(outcomes([.throughput: 1 / 1.05]), [.throughput: .inconclusive])
  }

  func testOutcome_ofAll_isTheFirstOfTheOrder() {
    func overall(_ ratios: [GateMetric: Double]) -> GateOutcome {
      PairedVerdict(pairs(ratios)).outcome
    }
    XCTAssertEqual(overall([.throughput: 1.2, .p50: 1.05, .p99: 1.2]), .regression)
    XCTAssertEqual(overall([.throughput: 1.2, .p50: 1.05]), .inconclusive)
    XCTAssertEqual(overall([.throughput: 1.2, .p50: 1]), .improvement)
    XCTAssertEqual(overall([.throughput: 1, .p50: 1]), .noChange)
    XCTAssertTrue(PairedVerdict(pairs([.throughput: 1.2, .p50: 1.05, .p99: 1.2])).stands)
  }

  func testDelta_isTheLeastThatMatters() {
    XCTAssertEqual(PairedVerdict(pairs([.cpu: 1.1]), delta: 0.2).outcome, .noChange)
    XCTAssertEqual(PairedVerdict(pairs([.cpu: 1.03]), delta: 0.01).outcome, .regression)
  }

  func testMetrics_shareTheError_soThatOneAmongFourNeedsMore() throws {
    // Two pairs whose p-value lies between 0.025 ÷ 4 and 0.025.
    let ratios = [1.2, 1.208]
    func pairs(_ others: [GateMetric]) -> [PairedVerdict.Pair] {
      ratios.map { ratio in
        var base: [GateMetric: Double] = [.p50: 1]
        var head: [GateMetric: Double] = [.p50: ratio]
        for metric in others { (base[metric], head[metric]) = (1, 1) }
        return (base, head)
      }
    }
    let pValue = try XCTUnwrap(PairedRatios(ratios.map { (1, $0) }).pValue(above: 1.05))
    XCTAssertGreaterThan(pValue, 0.025 / 4)
    XCTAssertLessThan(pValue, 0.025)
    XCTAssertEqual(PairedVerdict(pairs([])).outcome, .regression)
    XCTAssertEqual(PairedVerdict(pairs([.throughput, .p99, .cpu])).outcome, .inconclusive)
  }

  func testMetric_isLeftOut_whenNoRunTellsIt_andInconclusive_whenOneBuildDoesNot() {
    XCTAssertEqual(PairedVerdict(pairs([.cpu: 1])).findings.map(\.metric), [.cpu])
    var some = pairs([.throughput: 1, .p99: 1])
    for index in some.indices { some[index].head[.p99] = nil }
    let verdict = PairedVerdict(some)
    XCTAssertEqual(verdict.findings.map(\.outcome), [.noChange, .inconclusive])
    XCTAssertEqual(verdict.findings.map(\.ratios.dropped), [0, 8])
    XCTAssertEqual(verdict.outcome, .inconclusive)
  }

  func testPair_isDroppedForTheMetricThatItDoesNotTell() {
    var some = pairs([.throughput: 1, .p99: 1])
    some[3].base[.p99] = 0
    let findings = PairedVerdict(some).findings
    XCTAssertEqual(findings.map(\.ratios.count), [8, 7])
    XCTAssertEqual(findings.map(\.ratios.dropped), [0, 1])
  }

  func testOutcome_isInconclusive_whenThereIsNothingToJudge() {
    XCTAssertEqual(PairedVerdict([]).outcome, .inconclusive)
    XCTAssertEqual(PairedVerdict(pairs([.cpu: 3], count: 1)).outcome, .inconclusive)
  }
}
