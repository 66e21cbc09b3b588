import Foundation
import XCTest

@testable import LoadSupport

final class LeakJudgeTests: XCTestCase {
  /// A server of 50 MB under fifty requests a second, seven tenths of them commands.
  private struct Server {
    var seconds = 240
    var leakedBytesPerRequest = 0.0
    var noiseBytes = 40_000.0
    var rampBytes = 0.0
    var connectsPerLeakedDescriptor = 0
    var threadsAfter = 8
    var sessionsAfter = 0
    var milliseconds = 10.0
    var lastThirdSlowdown = 1.0

    /// Of the requests of the last third, every so many-th is made; nil for none.
    var lastThirdStride: Int? = 1

    /// From then on nothing is answered.
    var silentFromSecond = Int.max

    var failures = 0
    var reports = true
    var pooled: (Int) -> Int = { 8 + $0 % 3 }
    var attemptsLost = 0

    /// The names of the operations that run commands.
    var commands = ["hostname", "whoami", "cat"]

    func recorded() throws -> RecordedScenario {
      let operations = commands + ["connect", "disconnect"]
      let recorded = try RecordedScenario(
        RecordedScenario.header(.sustainedLoad, seconds: Double(seconds), operations: operations)
      )
      var random = SeededRandom(seed: 42)
      var samples: [Sample] = []
      for index in 0..<50 * seconds {
        let planned = Double(index) * 20
        let isLast = planned >= Double(seconds) * 2_000 / 3
        if isLast, index % (lastThirdStride ?? .max) != 0 { continue }
        if index / 50 >= silentFromSecond { continue }
        let latency =
          milliseconds * (isLast ? lastThirdSlowdown : 1) * (0.9 + 0.2 * random.uniform())
        let operation =
          switch index / 2 % 10 {
          case 0..<7: commands[index % commands.count]
          case 7, 8: "connect"
          default: "disconnect"
          }
        samples.append(
          Sample(
            operation,
            index < failures ? .toolError : .success,
            planned: planned,
            done: planned + latency
          )
        )
      }
      for index in 0..<4 {
        let operation = index == 0 ? "ssh_connect" : "ssh_disconnect"
        samples.append(Sample(operation, planned: Double(index), done: Double(index) + 1))
      }
      try recorded.write(samples)
      try recorded.write(
        RunEvent.step(nil, from: 0, until: Double(seconds) * 1_000) + [
          RunEvent(.drain, at: Int64(seconds) * 1_000_000_000 + 1),
          RunEvent(
            .end,
            at: Int64(seconds) * 1_000_000_000 + 2,
            attempts: samples.count + attemptsLost
          ),
        ]
      )
      if reports { try recorded.write(scrapes(&random)) }
      return recorded
    }

    private func scrapes(_ random: inout SeededRandom) -> [ServerMetricsLine] {
      let ticks = (0..<seconds).map { second in
        let requests = 50 * Double(second)
        let bytes =
          50e6 + noiseBytes * standardNormal(&random) + leakedBytesPerRequest * requests
          + rampBytes * (1 - exp(-Double(second) / 60))
        let connections = pooled(second)
        let leaked =
          connectsPerLeakedDescriptor > 0 ? second * 10 / connectsPerLeakedDescriptor : 0
        return ServerMetricsLine(
          .tick,
          at: Double(second) * 1_000 + 1,
          """
          process_resident_memory_bytes \((bytes / 4_096).rounded() * 4_096)
          process_open_fds \(20 + 3 * connections + leaked)
          mcp_pool_connections_active \(connections - 2)
          mcp_pool_connections_idle 2
          """
        )
      }
      let end = Double(seconds) * 1_000
      return [
        ServerMetricsLine(.before, at: -1, "process_threads 8\nmcp_ssh_sessions_active 0")
      ] + ticks + [
        ServerMetricsLine(
          .after,
          at: end + 1,
          "process_threads \(threadsAfter)\nmcp_ssh_sessions_active \(sessionsAfter)"
        )
      ]
    }
  }

  func testVerdicts_tellAGoodServerFromBadOnes() throws {
    try assertVerdicts(of: Server(), Self.leaks + Self.others) { try $0.recorded() }
  }

  private static var leaks: [VerdictCase<Server>] {
    [
      VerdictCase(.successRate, .fail, "400 of 12,000 requests failed") { $0.failures = 400 },
      VerdictCase(.p99Milliseconds, .fail, "p99_ms 6") { $0.milliseconds = 600 },
      VerdictCase(.p99Milliseconds, .fail, "p99_ms 6") {
        ($0.commands, $0.milliseconds) = (["df"], 600)
      },
      VerdictCase(.latencyDegradation, .fail, "p50 of commands was") {
        ($0.commands, $0.lastThirdSlowdown) = (["df"], 2)
      },
      // A hundred bytes of each request are never given back.
      VerdictCase(.memoryGrowthOverLimit, .fail, "LEAK: memory leaks: it grew by") {
        ($0.seconds, $0.leakedBytesPerRequest) = (600, 100)
      },
      VerdictCase(.memoryGrowthOverLimit, .fail, "LEAK: memory leaks: it grew by 6") {
        ($0.seconds, $0.leakedBytesPerRequest, $0.noiseBytes) = (600, 64, 20_000)
      },
      VerdictCase(.memoryGrowthOverLimit, .inconclusive, "too noisy to judge") {
        $0.noiseBytes = 20e6
      },
      VerdictCase(.memoryGrowthOverLimit, .pass, "grew by") {
        ($0.seconds, $0.rampBytes) = (600, 8e6)
      },
      VerdictCase(.memoryGrowthOverLimit, .inconclusive, "needs at least 200 s of load") {
        $0.seconds = 120
      },
      VerdictCase(.memoryGrowthOverLimit, .inconclusive, "does not report") { $0.reports = false },
      // One descriptor of a hundred connects is never closed.
      VerdictCase(.descriptorGrowth, .fail, "were open in the first third and") {
        $0.connectsPerLeakedDescriptor = 100
      },
      VerdictCase(.descriptorGrowth, .inconclusive, "at the same number of pooled") {
        $0.pooled = { 8 + $0 / 80 }
      },
      // More connections have more descriptors.
      VerdictCase(.descriptorGrowth, .pass, "at 20 pooled connections 80 were open") {
        $0.pooled = { $0 % 4 == 0 ? 20 : 8 + $0 / 80 }
      },
      VerdictCase(.descriptorGrowth, .inconclusive, "does not report") { $0.reports = false },
      // Where several numbers were seen equally often, the verdict is still the same each time.
      VerdictCase(.descriptorGrowth, .pass, "at 27 pooled connections") {
        $0.pooled = { 8 + $0 % 20 }
      },
    ]
  }

  private static var others: [VerdictCase<Server>] {
    [
      VerdictCase(.sessionsLeftBehind, .fail, "sessions_left_behind 2,") { $0.sessionsAfter = 2 },
      VerdictCase(.sessionsLeftBehind, .inconclusive, "does not report") { $0.reports = false },
      VerdictCase(.threadsLeftBehind, .fail, "was 8 before and 11 after") { $0.threadsAfter = 11 },
      VerdictCase(.threadsLeftBehind, .inconclusive, "does not report") { $0.reports = false },
      VerdictCase(.latencyDegradation, .fail, "10.0 ms in the first third and 20.0 ms in the last")
      {
        $0.lastThirdSlowdown = 2
      },
      VerdictCase(.latencyDegradation, .inconclusive, "needs at least 60 s") {
        $0.seconds = 59
      },
      VerdictCase(.latencyDegradation, .inconclusive, "no request that counts for this") {
        $0.lastThirdStride = nil
      },
      VerdictCase(.throughputRetained, .fail, "throughput_retained 0.5") { $0.lastThirdStride = 2 },
      VerdictCase(.throughputRetained, .fail, "throughput_retained 0x") {
        $0.lastThirdStride = nil
      },
      VerdictCase(.throughputRetained, .inconclusive, "stalled at times") {
        $0.silentFromSecond = 200
      },
      VerdictCase(.throughputRetained, .inconclusive, "needs at least 60 s") {
        $0.seconds = 59
      },
      VerdictCase(.unaccountedAttempts, .fail, "unaccounted_attempts 7,") { $0.attemptsLost = 7 },
    ]
  }

  func testReport_tellsTheMixAndTheTrends() throws {
    var server = Server()
    server.leakedBytesPerRequest = 100
    let recorded = try server.recorded()
    let figures = try recorded.figures()
    for (name, value) in [
      "share_commands": 0.7, "share_connect": 0.2, "share_disconnect": 0.1,
    ] {
      XCTAssertEqual(try XCTUnwrap(figures[name]), value, accuracy: 1e-9, name)
    }
    XCTAssertEqual(
      try XCTUnwrap(figures["memory_growth_bytes_per_request"]),
      100,
      accuracy: 15
    )
    let text = try recorded.reportText()
    for part in [
      "  commands     70.0%    70.0%\n", "  disconnect   10.0%    10.0%\n",
      "in addition, 3 sessions were given back at a worker's upper limit",
      "process_threads                not reported", "  mcp_pool_connections_active",
      "memory: LEAK: memory leaks: it grew by",
    ] {
      XCTAssertTrue(text.contains(part), "no \"\(part)\" in\n\(text)")
    }
  }

  /// Servers may report any numbers, also such as have no sum.
  func testSummary_canBeWritten_whateverTheServerReports() throws {
    var server = Server()
    server.seconds = 300
    let recorded = try server.recorded()
    try recorded.write(
      (0..<300).map { second in
        ServerMetricsLine(
          second == 0 ? .before : second == 299 ? .after : .tick,
          at: Double(second) * 1_000 + 1,
          """
          process_resident_memory_bytes \(second.isMultiple(of: 2) ? "1.7e308" : "-1.7e308")
          process_open_fds{x="1"} \(second < 150 ? "-1.7e308" : "1.7e308")
          process_threads{x="1"} \(second == 299 ? "1.7e308" : "-1.7e308")
          mcp_pool_hits_total{x="1"} \(second)e306
          mcp_pool_hits_total{x="2"} \(second)e306
          """
        )
      }
    )
    XCTAssertNoThrow(try Judge(recorded.recording).judge(ScenarioName.sustainedLoad.rawValue))
  }
}
