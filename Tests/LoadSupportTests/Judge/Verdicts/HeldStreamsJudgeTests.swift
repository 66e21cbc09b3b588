import EventIO
import XCTest

@testable import LoadSupport

final class HeldStreamsJudgeTests: XCTestCase {
  /// A server that keeps nothing of streams, and what it may do instead.
  private struct Server {
    var bytesKept = 0.0
    var keepsOneInHundred: [String] = []
    var refused = 0
    var refusedStatus: Int?

    /// How long a stream stands, in milliseconds; the load beside them takes 900.
    var stands = 850.0
    var failedBeside = 0
    var tellsProcesses = true
    var attemptsLost = 0

    private static let held = 50
    private static let perStretch = 40
    private static let bytesHeld = 20_000.0

    func recorded() throws -> RecordedScenario {
      let recorded = try RecordedScenario(
        RecordedScenario.header(
          .heldStreams,
          operations: ["list", OperationName.heldStream, OperationName.brokenStream]
        )
      )
      let steps =
        [StepName.withoutStreams, StepName.rest(0), StepName.besideStreams, StepName.rest(1)]
        + Array(repeating: StepName.breaking, count: 12) + [StepName.rest(2)]
      var (samples, events): ([Sample], [RunEvent]) = ([], [])
      var metrics = [scrape(.before, at: -1, broken: 0, held: 0)]
      var broken = 0
      for (index, step) in steps.enumerated() {
        let start = Double(index) * 1_000
        events += RunEvent.step(step, from: start, until: start + 900)
        samples += self.samples(of: step, from: start)
        if step == StepName.breaking { broken += Self.perStretch }
        if step == StepName.besideStreams {
          metrics.append(scrape(.tick, at: start + 500, broken: 0, held: Self.held - refused))
        }
        metrics.append(scrape(.tick, at: start + 950, broken: broken, held: 0))
      }
      try recorded.write(samples)
      try recorded.write(
        events + [
          RunEvent(.drain, at: 30_000_000_000),
          RunEvent(.end, at: 30_000_000_000, attempts: samples.count + attemptsLost),
        ]
      )
      try recorded.write(metrics)
      return recorded
    }

    private func samples(of step: String, from start: Double) -> [Sample] {
      func request(_ operation: String, _ number: Int, fails: Bool, _ name: String) -> Sample {
        let at = start + Double(number)
        let outcome: Outcome = fails ? .httpError : .success
        return Sample(operation, outcome, planned: at, done: at + 1, step: name)
      }
      switch step {
      case StepName.withoutStreams:
        return (0..<50).map { request("list", $0, fails: false, step) }
      case StepName.besideStreams:
        let calls = (0..<150).map { request("list", $0, fails: $0 < failedBeside, step) }
        return calls
          + (0..<Self.held).map {
            var sample = Sample(
              OperationName.heldStream,
              $0 < refused ? .httpError : .success,
              planned: start + Double($0),
              done: start + Double($0) + stands,
              step: StepName.holding
            )
            if $0 < refused { sample.attempt.httpStatus = refusedStatus }
            return sample
          }
      case StepName.breaking:
        return (0..<Self.perStretch).map {
          request(OperationName.brokenStream, $0, fails: false, step)
        }
      default: return []
      }
    }

    private func scrape(
      _ occasion: ServerMetricsLine.Occasion,
      at milliseconds: Double,
      broken: Int,
      held: Int
    ) -> ServerMetricsLine {
      func kept(_ name: String) -> Double {
        7 + (keepsOneInHundred.contains(name) ? Double(broken / 100) : 0)
      }
      // Pages of 4 KiB, some more or less.
      let noise = 4_096 * (milliseconds / 1_000).truncatingRemainder(dividingBy: 3)
      let memory = 10e6 + noise + bytesKept * Double(broken) + Self.bytesHeld * Double(held)
      return ServerMetricsLine(
        at: Int64(milliseconds * 1e6),
        occasion: occasion,
        scrape: PrometheusText(parsing: "up 1\n".utf8),
        resources: tellsProcesses
          ? ProcessResources(
            memoryBytes: memory,
            openDescriptors: kept("descriptors") + Double(held),
            threads: kept("threads"),
            processes: kept("processes")
          ) : nil
      )
    }
  }

  func testVerdicts_tellWhatStreamsLeaveBehind() throws {
    try assertVerdicts(
      of: Server(),
      [
        VerdictCase(.streamsRefused, .fail, "10 of 50 streams that were to be held") {
          $0.refused = 10
        },
        VerdictCase(.streamsRefused, .inconclusive, "the sessions of 10 of 50 streams had ended") {
          ($0.refused, $0.refusedStatus) = (10, 404)
        },
        VerdictCase(
          .streamsRefused,
          .inconclusive,
          "50 streams were accepted, and the server ended half of them within 15"
        ) { $0.stands = 15 },
        VerdictCase(.failuresBesideStreams, .fail, "1 of 150 calls beside the streams failed") {
          $0.failedBeside = 1
        },
        VerdictCase(.brokenStreamBytes, .fail, "480 streams that clients broke: their memory") {
          $0.bytesKept = 4_096
        },
        // What is neither clearly too much nor clearly little.
        VerdictCase(.brokenStreamBytes, .inconclusive, "broken_stream_bytes 2,1") {
          $0.bytesKept = 2_100
        },
        VerdictCase(.brokenStreamDescriptors, .fail, "4 descriptors more than before") {
          $0.keepsOneInHundred = ["descriptors"]
        },
        VerdictCase(.brokenStreamProcesses, .fail, "4 processes more than before") {
          $0.keepsOneInHundred = ["processes"]
        },
        VerdictCase(.brokenStreamThreads, .fail, "4 threads more than before") {
          $0.keepsOneInHundred = ["threads"]
        },
        VerdictCase(.brokenStreamBytes, .inconclusive, "LOADTEST_SERVER_PID") {
          $0.tellsProcesses = false
        },
        VerdictCase(.brokenStreamProcesses, .inconclusive, "LOADTEST_SERVER_PID") {
          $0.tellsProcesses = false
        },
        VerdictCase(.unaccountedAttempts, .fail, "attempts") { $0.attemptsLost = 1 },
      ]
    ) { try $0.recorded() }
  }

  func testReport_tellsWhatAHeldStreamCosts() throws {
    let recorded = try Server().recorded()
    let figures = try recorded.figures()
    XCTAssertEqual(figures["held_stream_bytes"] ?? 0, 20_000, accuracy: 200)
    XCTAssertEqual(figures["held_stream_descriptors"] ?? 0, 1, accuracy: 0.01)
    XCTAssertTrue(try recorded.reportText().contains("left behind by one that was broken"))
  }
}
