import Foundation
import XCTest

@testable import LoadSupport

/// `report.txt` of made-up recordings, as it was when the fixtures were taken: what is rearranged inside
/// changes nothing for its readers.
final class ReportFixtureTests: XCTestCase {
  private static let fixtures = URL(fileURLWithPath: SourceFile.package)
    .appendingPathComponent("Tests/Fixtures/reports")

  /// A machine and a day of no run's own.
  private static let header = """
    {
      "clock": {"epoch_ms": 1770910245000, "monotonic_ns": 0}, "format": 1,
      "machine": {
        "cores": 4, "cpu_model": "a processor", "host_name": "host", "kernel": "Linux 6.1.0 x86_64",
        "memory_bytes": 8589934592, "processors": 4
      },
      "started": "2026-02-12T15:30:45Z", "test_id": "loadtest_20260212_153045"
    }
    """

  private func report(_ recorded: RecordedScenario) throws -> String {
    try recorded.write(Self.header.utf8, to: recorded.recording.runHeader)
    let seconds = Int(recorded.scenario.durationSeconds.rounded(.up))
    func page(_ second: Int) -> String {
      """
      # TYPE mcp_pool_hits_total counter
      mcp_pool_hits_total \(40 * second)
      mcp_pool_misses_total \(second)
      mcp_pool_creates_total \(second)
      process_start_time_seconds 1770910000
      process_resident_memory_bytes \(50_000_000 + 4_096 * second)
      process_open_fds \(20 + second % 3)
      mcp_ssh_sessions_active \(second > 0 ? 10 : 0)
      """
    }
    try recorded.write(
      [
        ServerMetricsLine(.before, at: -1_000, page(0)),
        ServerMetricsLine(.loadStart, at: -1, page(1)),
      ]
        + (1...seconds).map {
          ServerMetricsLine(.tick, at: 1_000 * Double($0), page($0), cpuSeconds: 0.4 * Double($0))
        }
        + [ServerMetricsLine.Occasion.loadEnd, .after].map {
          ServerMetricsLine($0, at: 1_000 * Double(seconds) + 1, page(seconds))
        }
    )
    let lines = (0...seconds).map { second in
      GeneratorLine(
        at: Int64(second) * 1_000_000_000,
        loop: 0,
        cpuSeconds: 0.2 * Double(second),
        lateMilliseconds: 0.3,
        stealSeconds: 7
      )
    }
    try recorded.write(
      lines.flatMap { try RecordingJSON.encodeLine($0) },
      to: recorded.layout.generator
    )
    return try Judge(recorded.recording).evaluate(recorded.scenario.scenario).report
  }

  /// A ramp to a state in which a few fail, with limits of its own.
  private static var workload: StagedRun {
    var run = StagedRun()
    run.rampSeconds = 5
    run.peakSeconds = 20
    run.latencyMilliseconds = { stage, second in
      (stage == StagedRun.ramp ? 5 * second : 20) + (second * 7).truncatingRemainder(dividingBy: 5)
    }
    run.outcome = { stage, number in
      number % 400 == 0
        ? .toolError : stage == StagedRun.ramp && number % 90 == 0 ? .timeout : .success
    }
    run.limits = [
      Workload.Limit("p99_ms", 50, of: "my op", in: StagedRun.peak, window: .each(.seconds(5))),
      Workload.Limit("p95_ms", 5), Workload.Limit("success_rate", 0.9, in: StagedRun.ramp),
    ]
    run.iterations = 2_250
    run.cut = 4
    return run
  }

  func testReports_areThoseOfTheFixtures() throws {
    let scenarios = try ScenarioName.allCases.map {
      $0 == .restartRecovery
        ? try RestartedServer().recorded()
        : try SyntheticScenario($0, meanMilliseconds: 3).recorded(seed: 11)
    }
    for recorded in try scenarios + [Self.workload.recorded()] {
      let name = recorded.scenario.scenario
      let file = Self.fixtures.appendingPathComponent("\(name).txt")
      let report = try report(recorded)
      guard FileManager.default.fileExists(atPath: file.path) else {
        try Data(report.utf8).write(to: file)
        XCTFail("\(file.path) was missing; it is taken now: look through it")
        continue
      }
      let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      // Where they part says more than both.
      let pairs = zip(expected.split(separator: "\n"), report.split(separator: "\n"))
      let difference = pairs.first { $0 != $1 }
      XCTAssertTrue(
        expected == report,
        "\(name): \(difference.map { "\"\($1)\" for \"\($0)\"" } ?? "another length")"
      )
    }
  }
}
