import Foundation

@testable import LoadSupport

/// A recording of any scenario as its load would leave it, with latencies drawn at random.
struct SyntheticScenario {
  /// What some workers do in a step.
  struct Step {
    var name: String?
    var seconds: Double
    var workers: Int
    var operations: [String]
    var meanMilliseconds: Double

    /// What each worker does at most.
    var limit = Int.max
  }

  let scenario: ScenarioName
  var steps: [Step]
  var failureShare = 0.02

  /// The steps of a scenario, each of which is worse in some way than the one before.
  init(_ scenario: ScenarioName, meanMilliseconds mean: Double) {
    self.scenario = scenario
    let commands = ["hostname", "whoami", "cat"]
    steps =
      switch scenario {
      case .connectionRate:
        [1, 2, 5, 10].flatMap { workers in
          [false, true].map { pooled in
            Step(
              name: StepName.connecting(workers: workers, pooled: pooled),
              seconds: 1.3,
              workers: workers,
              operations: ["connect", "disconnect"],
              meanMilliseconds: pooled ? mean : 20 * mean
            )
          }
        }
      case .commandThroughput:
        [Step(seconds: 4, workers: 5, operations: commands, meanMilliseconds: mean)]
      case .sustainedLoad:
        [
          Step(
            seconds: 62,
            workers: 2,
            operations: commands + ["connect", "disconnect"],
            meanMilliseconds: 8 * mean
          )
        ]
      case .latencyTest:
        (0..<2).flatMap { _ in
          LinkCondition.all.prefix(3).enumerated().map { index, link in
            Step(
              name: StepName.link(link.port),
              seconds: 1.1,
              workers: 3,
              operations: ["hostname"],
              meanMilliseconds: mean * Double(1 + 10 * index)
            )
          }
        }
      case .sessionChurn:
        (1...6).map { _ in
          Step(
            name: StepName.deleting,
            seconds: 1,
            workers: 2,
            operations: ["list", Workload.Leaving.delete.rawValue],
            meanMilliseconds: mean,
            limit: 40
          )
        }
      case .longCalls:
        [
          Step(
            name: StepName.longCall(seconds: 1, tellsProgress: false),
            seconds: 4,
            workers: 4,
            operations: [StepName.longCall(seconds: 1, tellsProgress: false)],
            meanMilliseconds: mean
          )
        ]
      case .heldStreams:
        (1...6).map { _ in
          Step(
            name: StepName.breaking,
            seconds: 1,
            workers: 2,
            operations: [OperationName.brokenStream],
            meanMilliseconds: mean,
            limit: 40
          )
        }
      default: Self.exhaustion(mean)
      }
  }

  private static func exhaustion(_ mean: Double) -> [Step] {
    [
      Step(
        name: StepName.flood,
        seconds: 1,
        workers: 1,
        operations: ["list"],
        meanMilliseconds: mean,
        limit: 50
      ),
      Step(
        name: StepName.applying,
        seconds: 0.1,
        workers: 14,
        operations: ["connect"],
        meanMilliseconds: 50 * mean,
        limit: 1
      ),
      Step(
        name: StepName.alone,
        seconds: 1.5,
        workers: 10,
        operations: ["hostname"],
        meanMilliseconds: mean
      ),
    ]
  }

  /// Writes it down: each worker asks as soon as its answer is in.
  func recorded(seed: UInt64) throws -> RecordedScenario {
    var random = SeededRandom(seed: seed)
    let operations = Set(steps.flatMap(\.operations))
    let recorded = try RecordedScenario(
      RecordedScenario.header(
        scenario,
        workers: steps.map(\.workers).max() ?? 1,
        seconds: steps.map(\.seconds).reduce(0, +),
        operations: operations.sorted(),
        limits: ServerLimits.standard,
        serverCores: 2,
        links: scenario == .latencyTest ? Array(LinkCondition.all.prefix(3)) : nil
      )
    )
    var events: [RunEvent] = []
    var samples: [Sample] = []
    var start = 0.0
    for step in steps {
      let end = start + step.seconds * 1_000
      var settled = end
      for worker in 0..<step.workers {
        var at = start
        var count = 0
        while at < end, count < step.limit {
          let latency = 0.2 + random.exponential(mean: step.meanMilliseconds)
          samples.append(
            Sample(
              step.operations[count % step.operations.count],
              random.uniform() < failureShare ? .toolError : .success,
              planned: at,
              done: at + latency,
              sent: at + 0.01,
              step: step.name,
              worker: worker
            )
          )
          at += latency
          count += 1
        }
        settled = max(settled, at)
      }
      events += [
        RunEvent(
          .measure,
          at: Int64(start * 1e6),
          until: Int64(end * 1e6),
          step: step.name,
          workers: step.limit == .max ? step.workers : nil
        ), RunEvent(.stepEnd, at: Int64(settled * 1e6)),
      ]
      start = settled + 5
    }
    events.append(RunEvent(.drain, at: Int64(start * 1e6)))
    events.append(RunEvent(.end, at: Int64(start * 1e6), attempts: samples.count))
    try recorded.write(events)
    for (worker, own) in Dictionary(grouping: samples, by: \.worker) {
      try recorded.write(own, worker: worker)
    }
    return recorded
  }
}
