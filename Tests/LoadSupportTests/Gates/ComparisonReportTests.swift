import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport

final class ComparisonReportTests: XCTestCase {
  /// Pairs of runs whose head is so many times as slow as the base, with a little noise.
  private func pairs(
    _ count: Int,
    slowerBy factor: Double,
    failedOfHead: Int = 0,
    change: (Int) -> (invalid: String?, steal: Double) = { _ in (nil, 0) }
  ) -> [ComparisonReport.Pair] {
    (0..<count).map { index in
      let noise = 1 + 0.01 * Double(index % 3 - 1)
      func run(_ factor: Double, failed: Int, _ change: (String?, Double)) -> ComparisonReport.Run {
        ComparisonReport.Run(
          figures: [.throughput: 1_000 / factor, .p50: 1.5 * factor, .p99: 3, .cpu: 1.1],
          requests: 1_000,
          successful: 1_000 - failed,
          invalid: change.0,
          disturbed: change.1 > 0
            ? Validity.Disturbance(ratio: change.1 / 0.005, reason: "steal \(change.1)") : nil
        )
      }
      return ComparisonReport.Pair(
        name: String(format: "pair-%02d", index + 1),
        base: run(1, failed: 1, (nil, 0)),
        head: run(factor * noise, failed: failedOfHead, change(index))
      )
    }
  }

  private func report(
    _ pairs: [ComparisonReport.Pair],
    firstLook: Int = 8,
    isInterrupted: Bool = false
  ) -> ComparisonReport {
    ComparisonReport(
      scenario: ScenarioName.commandThroughput.rawValue,
      tolerance: 0.05,
      pairs: pairs,
      firstLook: firstLook,
      isInterrupted: isInterrupted,
      network: nil,
      machine: .current()
    )
  }

  func testEnding_hasItsExitStatus_andItsReason() {
    let disturbed = { (index: Int) -> (String?, Double) in (nil, index < 2 ? 0.01 : 0) }
    let slowWhenDisturbed =
      pairs(8, slowerBy: 1)
      + pairs(3, slowerBy: 1.5, change: { _ in (nil, 0.3) })
    // Six quiet pairs, two in which 1 % was stolen, and nine that tell of the host alone.
    let neverQuiet =
      pairs(9, slowerBy: 1.5, change: { _ in (nil, 0.3) })
      + pairs(8, slowerBy: 1, change: disturbed)
    let broken = { (_: Int) -> (String?, Double) in ("littles_law 0.1", 0) }
    let cases: [(ComparisonReport, ComparisonReport.Ending, Int32, String)] = [
      (report(pairs(8, slowerBy: 1)), .noChange, 0, "no figure became worse by 5 %"),
      (
        report(pairs(8, slowerBy: 1.15)), .regression, 1,
        "head is worse by more than 5 %: throughput_per_s -12.9 % \\(-13.5 % to -12.3 %\\), p50_ms \\+1"
      ),
      (
        report(pairs(8, slowerBy: 0.8)), .improvement, 4,
        "head is better by more than 5 %: .*p50_ms -20.1 %"
      ),
      (report(pairs(3, slowerBy: 1.05)), .inconclusive, 0, "3 pairs do not tell .*--pairs"),
      (
        report(pairs(8, slowerBy: 1, failedOfHead: 20)), .regression, 1,
        "head fails 160 of 8,000 requests, base 8 of 8,000"
      ),
      (
        report(pairs(4, slowerBy: 1, change: broken), firstLook: 4), .invalid, 3,
        "too many runs were invalid, the last because head: littles_law 0.1"
      ), (report([]), .invalid, 3, "no pair was run"),
      (report(pairs(2, slowerBy: 1), isInterrupted: true), .interrupted, 130, "interrupted"),
      (report(slowWhenDisturbed), .noChange, 0, "no figure"),
      (report(neverQuiet), .noChange, 0, "no figure"),
    ]
    for (report, ending, status, pattern) in cases {
      XCTAssertEqual(report.ending, ending, report.text)
      XCTAssertEqual(report.exitStatus(isStrict: false), status)
      XCTAssertNotNil(
        report.answer.range(of: pattern, options: .regularExpression),
        report.answer
      )
      XCTAssertTrue(report.text.contains(report.answer))
    }
    XCTAssertEqual(cases[3].0.exitStatus(isStrict: true), 5)
    let open = report(pairs(8, slowerBy: 0.953))
    XCTAssertEqual(open.ending, .noChange)
    XCTAssertTrue(open.text.contains("NOT WORSE: no figure became worse by 5 %; a gain"), open.text)
    for (report, words) in [
      (
        report(slowWhenDisturbed),
        "8 pairs of alternating runs on one machine, 3 more were disturbed by something else (0 times "
          + "base, 3 times head) and do not count;"
      ),
      (
        report(neverQuiet),
        "8 pairs of alternating runs on one machine, the least disturbed ones: something else disturbed 11 of 17 (0 "
          + "times base, 11 times head);"
      ),
    ] {
      XCTAssertTrue(report.text.contains(words), report.text)
    }
  }

  func testPage_hasChangesByPair_andTheRunsOfBothSides() throws {
    let report = report(
      pairs(8, slowerBy: 1.15) + pairs(1, slowerBy: 3, change: { _ in ("littles_law <0.1>", 0) })
    )
    let parser = XMLParser(data: Data(report.html.utf8))
    XCTAssertTrue(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    for part in [
      "badge fail", "p50_ms: change by pair", "p50_ms: runs of base and head",
      "95 % interval of the mean", "smallest change that counts", "pair that does not count",
    ] {
      XCTAssertTrue(report.html.contains(part), "no \(part) in \(report.html)")
    }
    XCTAssertEqual(report.pictures.count, 2 * report.rows.count)
    // Without a pair there is nothing to draw.
    XCTAssertFalse(self.report([]).html.contains("<figure>"))
  }

  /// What a server does to its load is no bad luck of a pair.
  func testServer_hasFailed_whereItGrantedNoSessionsOrEnded() throws {
    var (ungranted, restarted, sound) = (MadeUpRun(), MadeUpRun(), MadeUpRun())
    (ungranted.workers, ungranted.sessionsAsked, ungranted.sessionsCounted) = (5, 5, nil)
    restarted.isRestarted = true
    // The machine was at fault too, and did not end the server.
    restarted.latestTick = 500
    sound.latestTick = 500
    let good = ComparisonReport.Run(try MadeUpRun().recorded().analysis())
    XCTAssertNil(good.failure)
    XCTAssertNil(ComparisonReport.Run(try sound.recorded().analysis()).failure)
    for (run, words) in [
      (ungranted, "sessions_missing 3"), (restarted, "server_outages 1"),
    ] {
      let failed = ComparisonReport.Run(try run.recorded().analysis())
      XCTAssertEqual(failed.failure?.hasPrefix(words), true, failed.failure ?? "none")
      XCTAssertNil(failed.invalid)
      func pairs(
        _ count: Int,
        base: ComparisonReport.Run,
        head: ComparisonReport.Run
      )
        -> [ComparisonReport.Pair]
      {
        (0..<count).map { ComparisonReport.Pair(name: "pair-\($0)", base: base, head: head) }
      }
      let quiet = self.pairs(8, slowerBy: 0.8)
      let head = report(quiet + pairs(1, base: good, head: failed))
      XCTAssertEqual(head.ending, .regression, head.text)
      XCTAssertEqual(head.exitStatus(isStrict: false), 1)
      XCTAssertTrue(
        head.answer.hasPrefix(
          "the server of head failed in 1 of 9 pairs, that of base in 0: \(words)"
        ),
        head.answer
      )
      XCTAssertTrue(
        head.text.contains("8 pairs of alternating runs on one machine, in 1 more a server")
      )
      // A base that fails makes nothing of head's: the other pairs tell.
      XCTAssertEqual(report(quiet + pairs(2, base: failed, head: good)).ending, .improvement)
      let spent = report(pairs(8, base: failed, head: failed))
      XCTAssertEqual(spent.ending, .invalid)
      XCTAssertTrue(spent.answer.contains("the last because head: \(words)"), spent.answer)
      let line = ComparisonReport.line(pairs(1, base: good, head: failed)[0])
      XCTAssertTrue(line.hasPrefix("pair-0  FAILED: head: \(words)"), line)
    }
  }

  /// The geometric mean of ratios that are known: (1.15 · 0.99 · 1.15 · 1.15 · 1.01 …)^(1/8).
  func testRow_hasMeansWhoseQuotientIsTheChange() throws {
    let row = try XCTUnwrap(report(pairs(8, slowerBy: 1.15)).rows.first { $0.metric == .p50 })
    XCTAssertEqual(row.base, 1.5, accuracy: 1e-9)
    XCTAssertEqual(row.head, row.base * row.ratio, accuracy: 1e-9)
    XCTAssertEqual(row.ratio, 1.15 * pow(0.99 * 0.99 * 0.99 * 1.01 * 1.01, 1 / 8.0), accuracy: 1e-9)
    XCTAssertEqual(row.pairs, 8)
  }

  /// Pairs that scatter widely: what stands in a row belongs together, and the floor is said.
  func testTable_agreesWithItself_andSaysWhereTheToleranceIsBelowTheNoise() throws {
    let factors = [1.0, 2.4, 1.05, 3.1, 0.9, 1.2, 2.2, 1.0]
    let pairs = factors.enumerated().map { index, factor in
      ComparisonReport.Pair(
        name: "pair-\(index)",
        base: ComparisonReport.Run(
          figures: [.p50: 10 + Double(index % 2)],
          requests: 9,
          successful: 9
        ),
        head: ComparisonReport.Run(
          figures: [.p50: (10 + Double(index % 2)) * factor],
          requests: 9,
          successful: 9
        )
      )
    }
    let report = report(pairs)
    let row = try XCTUnwrap(report.rows.first)
    XCTAssertEqual(row.head / row.base, row.ratio, accuracy: 1e-9)
    let logarithms = factors.map { log($0) }
    let mean = logarithms.reduce(0, +) / 8
    let deviation = (logarithms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 7).squareRoot()
    // Student's t of 7 degrees of freedom is 2.3646 at 0.975.
    let noise = exp(2.364_6 * deviation / 8.0.squareRoot()) - 1
    XCTAssertEqual(try XCTUnwrap(row.noise), noise, accuracy: 1e-4)
    let shown = "p50_ms \(NumberText.oneDecimal(noise * 100)) %"
    for text in [report.text, report.markdown] {
      XCTAssertTrue(text.contains("over so many pairs): \(shown)"), text)
      XCTAssertTrue(text.contains("The tolerance of 5 % is below that of \(shown)"), text)
    }
    let quiet = self.report(self.pairs(8, slowerBy: 1)).text
    XCTAssertTrue(quiet.contains("Noise floor"), quiet)
    XCTAssertFalse(quiet.contains("lies below"), quiet)
  }

  func testFiles_areReadByOthers() throws {
    let directory = try TemporaryDirectory()
    let report = report(pairs(8, slowerBy: 1.15))
    try report.write(to: directory.path, environment: [:])
    let json = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: directory.path + "/comparison.json"))
    )
    let top = try XCTUnwrap(json as? [String: Any])
    XCTAssertEqual(top["ending"] as? String, "regression")
    XCTAssertEqual((top["rows"] as? [[String: Any]])?.map { $0["metric"] as? String }.count, 4)
    let pair = (top["pairs"] as? [[String: Any]])?.first?["head"] as? [String: Any]
    XCTAssertEqual((pair?["figures"] as? [String: Double])?["p99_ms"], 3)
    let markdown = try String(contentsOfFile: directory.path + "/comparison.md", encoding: .utf8)
    let table = markdown.split(separator: "\n").filter { $0.hasPrefix("|") }
    XCTAssertEqual(table.count, 6)
    XCTAssertEqual(Set(table.map { $0.count { $0 == "|" } }), [8])
    XCTAssertTrue(markdown.hasPrefix("**REGRESSION**"))
  }
}
