import Foundation
import XCTest

@testable import LoadSupport

/// Every figure lies in its interval, whatever the scenario, and its D can be computed again.
final class IntervalTests: XCTestCase {
  func testEveryInterval_holdsItsFigure_inEveryScenario() throws {
    for scenario in ScenarioName.allCases {
      for seed in UInt64(1)...3 {
        // 400 ms: most answers of the shorter steps come after their ends.
        for mean in [3.0, 400] {
          let kind = "\(scenario.rawValue), seed \(seed), mean \(mean) ms"
          let recorded = try SyntheticScenario(scenario, meanMilliseconds: mean)
            .recorded(seed: seed)
          let judged = try Judge(recorded.recording).evaluate(scenario.rawValue)
          let json = try JSONSerialization.jsonObject(
            with: RecordingJSON.encodeFile(judged.summary)
          )
          var checked = 0
          assertIntervals(json, path: kind, &checked)
          XCTAssertGreaterThan(checked, 4, kind)
        }
      }
    }
  }

  /// Looks for figures with intervals wherever they are.
  private func assertIntervals(_ json: Any, path: String, _ checked: inout Int) {
    if let list = json as? [Any] {
      for (index, item) in list.enumerated() {
        assertIntervals(item, path: "\(path)[\(index)]", &checked)
      }
    }
    guard let object = json as? [String: Any] else { return }
    var pairs: [(value: Any?, interval: Any?)] = [
      (object["value"], object["interval"]), (object["avg_per_s"], object["interval_95"]),
    ]
    for (name, interval) in object["intervals_95"] as? [String: Any] ?? [:] {
      pairs.append((object[name], interval))
    }
    if let total = object["total"] as? Double, let successful = object["successful"] as? Double {
      pairs.append((successful / total, object["success_rate_interval_95"]))
    }
    for case (let value?, let interval as [String: Any]) in pairs {
      guard let value = value as? Double, let lower = interval["lower"] as? Double else { continue }
      let upper = interval["upper"] as? Double ?? .infinity
      // A percentile speaks with the middle of its bucket, and so do the ends of its interval.
      XCTAssertLessThanOrEqual(lower, value * 1.001, path)
      XCTAssertGreaterThanOrEqual(upper, value * 0.999, path)
      checked += 1
    }
    for (name, value) in object { assertIntervals(value, path: "\(path).\(name)", &checked) }
  }

  /// What steps have in common is nobody's rate and nobody's latency.
  func testHead_hasNoFigureOverSteps_andEachStepItsOwn() throws {
    let recorded = try SyntheticScenario(.connectionRate, meanMilliseconds: 3).recorded(seed: 7)
    let judged = try Judge(recorded.recording).judge("connection_rate")
    XCTAssertNil(judged.summary.latencyOfAllSuccesses)
    XCTAssertNil(judged.summary.throughput.averagePerSecond)
    XCTAssertNil(judged.summary.throughput.interval)
    XCTAssertFalse(judged.report.contains("Requests/Second"), judged.report)
    XCTAssertFalse(judged.report.contains("all operations"), judged.report)
    XCTAssertTrue(judged.report.contains("BY STEP"), judged.report)
    let rows = judged.report.split(separator: "\n").filter { $0.contains("cold workers=10 ") }
    XCTAssertTrue(rows.contains { $0.contains(" disconnect ") }, judged.report)
    XCTAssertFalse(judged.html.contains("Requests/Second"))
    try Judge(recorded.recording).summarise()
    let markdown = try String(contentsOfFile: recorded.recording.markdown, encoding: .utf8)
    let table = markdown.split(separator: "\n").first { $0.contains("` connection_rate ` |") }
    XCTAssertTrue(table?.hasSuffix("| - | - | - | - |") == true, markdown)
  }

  func testRate_isOfAllAnswers_whenNoneCameInTime() throws {
    var scenario = SyntheticScenario(.commandThroughput, meanMilliseconds: 1)
    scenario.failureShare = 0
    scenario.steps[0].seconds = 2
    scenario.steps[0].meanMilliseconds = 1e7
    scenario.steps[0].workers = 14
    let summary = try Judge(scenario.recorded(seed: 3).recording).evaluate("command_throughput")
      .summary
    XCTAssertEqual(summary.throughput.averagePerSecond, 0)
    XCTAssertEqual(summary.requests.successful, 14)
    let interval = try XCTUnwrap(summary.throughput.interval)
    XCTAssertEqual(interval.lower, 0)
    // 23.49 is the mean of which 14 or fewer are seen in 2.5 % of cases, of 2 s.
    XCTAssertEqual(try XCTUnwrap(interval.upper), 23.49 / 2, accuracy: 0.01)
  }

  /// D is the variance ÷ the mean of the counts of requests above the percentile, in equal windows.
  func testDispersion_isThatOfTheRequestsAboveThePercentile() throws {
    var random = SeededRandom(seed: 11)
    var samples: [Sample] = []
    for second in 0..<40 {
      let isStalled = second % 9 == 4
      for index in 0..<50 {
        // Whole milliseconds, none of which shares a bucket with another.
        let latency = Double(Int.random(in: 10...100, using: &random) + (isStalled ? 60 : 0))
        let planned = Double(second) * 1_000 + Double(index) * 20
        samples.append(Sample("a", planned: planned, done: planned + latency))
      }
    }
    let recorded = try RecordedScenario(RecordedScenario.header(seconds: 40))
    try recorded.write(samples)
    try recorded.write([
      RunEvent(.measure, at: 0, until: 40_000_000_000), RunEvent(.drain, at: 40_200_000_000),
    ])
    let summary = try Judge(recorded.recording).evaluate(RecordedScenario.name).summary
    let latency = try XCTUnwrap(summary.latency["a"]?["success"])
    XCTAssertEqual(
      latency.dispersions.map { Set($0.keys) },
      latency.intervals.map { Set($0.keys) }
    )
    for (name, value) in [("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99)] {
      var counts = [Double](repeating: 0, count: 40)
      for sample in samples
      where Double(sample.attempt.latency) / 1e6 > (value * 1.001).rounded(.down) + 0.5 {
        counts[Int(sample.attempt.planned / 1_000_000_000)] += 1
      }
      let mean = counts.reduce(0, +) / 40
      let variance = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 39
      let dispersion = try XCTUnwrap(latency.dispersions?[name])
      XCTAssertEqual(dispersion, max(1, variance / mean), accuracy: 1e-9, "\(name), seed 11")
      if name == "p90" { XCTAssertGreaterThan(dispersion, 5) }
    }
  }
}
