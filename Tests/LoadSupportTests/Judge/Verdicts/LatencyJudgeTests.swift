import XCTest

@testable import LoadSupport

final class LatencyJudgeTests: XCTestCase {
  /// A server whose commands cost one round trip and whose logins cost five.
  private struct Server {
    var links = LinkCondition.all.filter { [2222, 2322, 2323, 2325].contains($0.port) }
    var roundTrips = 1.0
    var baselineMilliseconds = 5.0
    var commands = 200

    /// The name of their operation.
    var command = "hostname"
    var silentPorts: [UInt16] = []
    var slowPort: UInt16 = 0
    var slowMilliseconds = 0.0
    var failures: [(port: UInt16, outcome: Outcome, count: Int)] = []
    var attemptsLost = 0

    func recorded() throws -> RecordedScenario {
      let recorded = try RecordedScenario(
        RecordedScenario.header(
          .latencyTest,
          workers: 3 * links.count,
          operations: ["connect", "disconnect", command],
          links: links
        )
      )
      var random = SeededRandom(seed: 41)
      var samples: [Sample] = []
      var events: [RunEvent] = []
      for (position, link) in links.enumerated() {
        let step = StepName.link(link.port)
        let start = Double(position) * 60_000
        events += RunEvent.step(step, from: start, until: start + 59_000)
        func add(_ operation: String, _ roundTrips: Double, _ milliseconds: Double, count: Int) {
          for index in 0..<count {
            let trip = link.delayMilliseconds + link.jitterMilliseconds * (random.uniform() - 0.5)
            let planned = start + 57_000 * Double(index) / Double(count)
            let latency = milliseconds + roundTrips * trip
            samples.append(
              Sample(operation, planned: planned, done: planned + latency, step: step)
            )
          }
        }
        add("connect", 5, 300, count: 9)
        guard !silentPorts.contains(link.port) else { continue }
        let slow = link.port == slowPort ? slowMilliseconds : 0
        add(command, roundTrips, baselineMilliseconds + slow, count: commands)
        for (_, outcome, count) in failures.filter({ $0.port == link.port }) {
          samples += (0..<count).map { index in
            let planned = start + 57_000 * Double(index) / Double(count)
            return Sample(command, outcome, planned: planned, done: planned + 99, step: step)
          }
        }
      }
      try recorded.write(samples)
      try recorded.write(
        events + [
          RunEvent(.drain, at: 1_000_000_000_000),
          RunEvent(.end, at: 1_000_000_000_000, attempts: samples.count + attemptsLost),
        ]
      )
      return recorded
    }
  }

  func testVerdicts_tellAGoodServerFromBadOnes() throws {
    let cases: [VerdictCase<Server>] = [
      VerdictCase(.successRate, .fail, "lossy 50 ms: success_rate 0.87") {
        $0.failures = [(2323, .toolError, 30)]
      },
      VerdictCase(.successRate, .inconclusive, "59 requests needed; INCONCLUSIVE on 3 other links")
      {
        $0.commands = 40
      },
      VerdictCase(.successRate, .inconclusive, "no request that counts for this") { $0.links = [] },
      VerdictCase(.p95OverExplained, .fail, "very slow 500 ms: p95_over_explained 1.8") {
        ($0.slowPort, $0.slowMilliseconds) = (2325, 1_500)
      },
      VerdictCase(.p95OverExplained, .fail, "latency 100 ms: p95_over_explained unknown") {
        $0.failures = [(2322, .timeout, 30)]
      },
      // A timeout or two are no reason to hide what all others took.
      VerdictCase(.p95OverExplained, .pass, "latency 100 ms: p95_over_explained 0.4") {
        ($0.links, $0.failures) = (
          [LinkCondition](LinkCondition.all.prefix(2)), [(2322, .timeout, 1)]
        )
      },
      VerdictCase(.p95OverExplained, .inconclusive, "very slow 500 ms: p95_over_explained") {
        ($0.slowPort, $0.slowMilliseconds, $0.commands) = (2325, 100, 58)
      },
      VerdictCase(.p95OverExplained, .inconclusive, "nothing succeeded over the baseline") {
        $0.silentPorts = [2222]
      },
      VerdictCase(.p95OverExplained, .inconclusive, "lossy 50 ms: p95_over_explained unknown") {
        $0.silentPorts = [2323]
      },
      VerdictCase(.p95OverExplained, .inconclusive, "no request that counts for this") {
        $0.links = [LinkCondition.all[0]]
      },
      VerdictCase(.roundTripsPerCommand, .fail, "p50 over the delay of 3 links without loss") {
        $0.roundTrips = 3
      },
      VerdictCase(.roundTripsPerCommand, .fail, "p50 over the delay of 3 links without loss") {
        ($0.command, $0.roundTrips) = ("df", 3)
      },
      VerdictCase(.p95OverExplained, .fail, "very slow 500 ms: p95_over_explained 1.8") {
        ($0.command, $0.slowPort, $0.slowMilliseconds) = ("df", 2325, 1_500)
      },
      VerdictCase(.roundTripsPerCommand, .inconclusive, "fewer than two links") {
        $0.silentPorts = [2322, 2325]
      },
      VerdictCase(.roundTripsPerCommand, .inconclusive, "round_trips_per_command") {
        $0.commands = 4
      },
      // Ports without the links that they are said to have would pass for bearable ones.
      VerdictCase(
        .p95OverExplained,
        .inconclusive,
        "latency 100 ms answers in 5.0 ms (p50), sooner"
      ) {
        $0.roundTrips = 0
      },
      VerdictCase(.roundTripsPerCommand, .inconclusive, "sooner than its round trip of 90 ms") {
        $0.roundTrips = 0
      },
      VerdictCase(.unaccountedAttempts, .fail, "the files hold 836") { $0.attemptsLost = 1 },
    ]
    try assertVerdicts(of: Server(), cases) { try $0.recorded() }
  }

  func testReport_tellsLinksAndRoundTrips() throws {
    var server = Server()
    server.failures = [(2323, .timeout, 2), (2323, .toolError, 1)]
    let recorded = try server.recorded()
    let figures = try recorded.figures()
    XCTAssertEqual(try XCTUnwrap(figures["round_trips_per_command"]), 1, accuracy: 0.05)
    XCTAssertEqual(try XCTUnwrap(figures["round_trips_per_connect"]), 5, accuracy: 0.3)
    let text = try recorded.reportText()
    for part in [
      "baseline             0±0    0%  200             5.0               5.0      5.0    1.0  600.0\n",
      "                                         5.0 to 5.0        5.0 to 5.0  too few\n",
      "lossy 50 ms: timeout 2, tool_error 1",
      "a command costs ", "a connect costs ",
    ] {
      XCTAssertTrue(text.contains(part), "no \"\(part)\" in\n\(text)")
    }
    server.roundTrips = 3
    let three = try server.recorded().verdicts()[.roundTripsPerCommand]
    XCTAssertEqual(try XCTUnwrap(three?.value), 3, accuracy: 0.1)
    // Without links there is nothing to tell, and nothing breaks.
    server.links = []
    XCTAssertEqual(try server.recorded().figures(), [:])
    XCTAssertTrue(try server.recorded().reportText().contains("LINKS"))
  }

  /// As large as a limit may be set, times what a bad day's baseline explains.
  func testLimit_mayBeAsLargeAsItCanBeSet() throws {
    var server = Server()
    server.baselineMilliseconds = 25_000
    let limit = Threshold(
      .p95OverExplained,
      Threshold.Metric.p95OverExplained.validLimits.upperBound
    )
    let verdicts = try LatencySensitivityJudge().verdicts(server.recorded().analysis(), [limit])
    XCTAssertEqual(verdicts.map(\.outcome), [.pass])
  }
}
