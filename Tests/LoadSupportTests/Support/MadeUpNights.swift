import Foundation

@testable import LoadSupport

/// Lines of a history that nobody measured.
enum MadeUpNights {
  static let scenario = RecordedScenario.name

  /// The first night; the others follow it day by day.
  static let first = Night(Date(timeIntervalSince1970: 1_767_225_600))

  static func machine(
    _ cpuModel: String = "Fast 1",
    memoryBytes: UInt64 = 16_500_000_000
  )
    -> Machine
  {
    Machine(
      cpuModel: cpuModel,
      cores: 4,
      memoryBytes: memoryBytes,
      kernel: "Linux 6.1 x86_64",
      hostName: "h"
    )
  }

  /// A line of the night some days after the first.
  static func line(
    _ day: Int,
    _ figures: [GateMetric: Double] = [.p50: 10],
    machine: Machine = machine(),
    workers: Int = 2,
    version: String = "1.0",
    commit: String? = nil,
    failed: Int = 0,
    failures: [String: String] = [:],
    header: ScenarioHeader? = nil
  ) -> NightLine {
    NightLine(
      night: first.advanced(by: day),
      machine: machine,
      header: header ?? RecordedScenario.header(workers: workers),
      serverVersion: version,
      commit: commit ?? "c\(day)",
      runs: 3,
      failed: FailedRequests(requests: 1_000, failed: failed),
      failures: failures,
      metrics: Dictionary(
        uniqueKeysWithValues: figures.compactMap { metric, value in
          NightLine.Figure([value * 0.99, value, value * 1.01]).map { (metric.rawValue, $0) }
        }
      )
    )
  }

  /// Nights of one metric that vary by some 2 % around a level, which `level` gives by the day.
  static func lines(
    _ count: Int,
    _ metric: GateMetric = .p50,
    seed: UInt64 = 11,
    commit: (Int) -> String? = { _ in nil },
    level: (Int) -> Double
  ) -> [NightLine] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { day in
      line(
        day,
        [metric: level(day) * (1 + 0.035 * (random.uniform() - 0.5))],
        commit: commit(day)
      )
    }
  }

  /// The nights of one hardware and load out of lines.
  static func series(_ lines: [NightLine], upTo night: Night? = nil) -> NightSeries? {
    NightSeries(
      NightHistory.Content(lines: lines.enumerated().map { ($0 + 1, $1) }),
      upTo: night
    )
  }
}
