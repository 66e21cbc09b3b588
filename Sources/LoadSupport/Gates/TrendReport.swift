import EventIO
import Foundation

/// `trend.html`: what runs came to, one after the other, those of each scenario and load by themselves.
///
/// It shows and does not judge: a verdict on a course takes what `GateReport` knows of it.
package struct TrendReport: Sendable {
  /// A run of a scenario.
  struct Run: Sendable {
    let recording: RecordingLayout
    let summary: ScenarioSummary
  }

  /// Runs of one scenario and load on one machine, the latest last.
  struct Course: Sendable {
    let conditions: NightLine.Conditions
    let runs: [Run]
  }

  /// Those with the latest run first, of scenarios in the order of their names.
  let courses: [Course]

  /// Why a run is not there, each in a sentence.
  let remarks: [String]

  /// Reads what runs were judged to be; empty scenarios are all.
  package init(of recordings: [RecordingLayout], scenarios: [String] = []) {
    var runs: [Run] = []
    var remarks: [String] = []
    for recording in recordings {
      do {
        let summary = try RecordingJSON.decodeFile(RunSummary.self, at: recording.summary)
        let wanted = summary.scenarios.filter { scenario in
          scenarios.isEmpty || scenarios.contains { $0.hasSameBytes(as: scenario.scenario) }
        }
        runs += wanted.filter { $0.ending == .complete }
          .map { Run(recording: recording, summary: $0) }
        remarks += wanted.filter { $0.ending != .complete }.map { scenario in
          "\(recording.testID): \(scenario.scenario) left out: it did not run to its end"
        }
      } catch {
        remarks.append("\(recording.testID): left out: \(Failure.reason(error))")
      }
    }
    let courses = Dictionary(grouping: runs) { run in
      Key(
        scenario: run.summary.scenario,
        conditions: NightLine.Conditions(
          key: NightLine.Hardware(run.summary.machine),
          load: NightLine.Load(run.summary.configuration)
        )
      )
    }.map { key, runs in
      Course(
        conditions: key.conditions,
        runs: runs.sorted {
          ($0.summary.started, $0.summary.testID) < ($1.summary.started, $1.summary.testID)
        }
      )
    }
    func last(_ course: Course) -> String { course.runs.last?.summary.started ?? "" }
    self.courses = courses.sorted { one, other in
      one.scenario == other.scenario ? last(one) > last(other) : one.scenario < other.scenario
    }
    self.remarks = remarks
  }

  /// Whether there is any.
  package var hasRuns: Bool { !courses.isEmpty }

  private struct Key: Hashable {
    let scenario: String
    let conditions: NightLine.Conditions
  }
}

extension TrendReport.Course {
  var scenario: String { runs.last?.summary.scenario ?? "" }
}

extension TrendReport {
  /// A figure of a run as a page shows it.
  struct Figure: Sendable {
    let name: String
    let value: Double
    let interval: Verdict.Interval?
  }

  /// The most limited figures that are shown of a run.
  private static let mostLimited = 6

  /// The figures of a run: rate and percentiles, or what its limits are about where each step has its own.
  static func figures(of summary: ScenarioSummary) -> [Figure] {
    guard let latency = summary.latencyOfAllSuccesses,
      let rate = summary.throughput.averagePerSecond
    else {
      let limited = summary.verdicts.compactMap { verdict in
        verdict.value.map { Figure(name: verdict.key, value: $0, interval: verdict.interval) }
      }
      return Array(limited.prefix(mostLimited))
    }
    return [
      Figure(name: "requests/s", value: rate, interval: summary.throughput.interval),
      Figure(name: "p50 ms", value: latency.p50, interval: latency.intervals?["p50"]),
      Figure(name: "p99 ms", value: latency.p99, interval: latency.intervals?["p99"]),
    ]
  }
}
