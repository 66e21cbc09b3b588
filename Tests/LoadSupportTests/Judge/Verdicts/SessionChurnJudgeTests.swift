import EventIO
import XCTest

@testable import LoadSupport

final class SessionChurnJudgeTests: XCTestCase {
  /// A server that gives back all that sessions had, and what it may keep.
  private struct Server {
    var bytesKept = 0.0
    var bytesKeptOfLeft = 0.0
    var keepsOneInHundred: [String] = []
    var idleSeconds: Double? = 2
    var deleteStatus = 204

    /// How many DELETEs get that status; the others are good.
    var deletesWithStatus = Int.max
    var tellsProcesses = true
    var tellsSessions = true
    var failed = 0
    var attemptsLost = 0

    /// What it keeps once for all from the first sessions of the second wave on, in bytes.
    var cache = 0.0

    /// What runs it.
    var runtime: String?

    /// Processes of deleted sessions that end a while after them.
    var lateProcesses = 0.0

    func recorded() throws -> RecordedScenario {
      var header = RecordedScenario.header(
        .sessionChurn,
        operations: ["list"] + Workload.Leaving.allCases.map(\.rawValue)
      )
      header.network.sessionIdleSeconds = idleSeconds
      header.network.details["runtime"] = runtime
      let recorded = try RecordedScenario(header)
      var steps: [(String, Workload.Leaving?, Int)] = [(StepName.rest(0), nil, 0)]
      for _ in 0..<12 { steps.append((StepName.deleting, .delete, 40)) }
      steps.append((StepName.rest(1), nil, 0))
      for wave in 1...2 {
        for manner in SessionChurn.manners {
          steps.append((StepName.leaving(manner, wave), manner, 100))
        }
        steps.append((StepName.rest(wave + 1), nil, 0))
      }
      var samples: [Sample] = []
      var events: [RunEvent] = []
      var metrics = [scrape(.before, at: -1, deleted: 0, left: 0)]
      var (deleted, left) = (0, 0)
      for (index, (step, manner, count)) in steps.enumerated() {
        let start = Double(index) * 1_000
        events += RunEvent.step(step, from: start, until: start + 900)
        for number in 0..<count {
          guard let manner else { continue }
          let at = start + Double(number)
          let outcome = manner == .delete && samples.count < failed ? Outcome.httpError : .success
          var sample = Sample(manner.rawValue, outcome, planned: at, done: at + 1, step: step)
          let isDelete = manner == .delete
          sample.attempt.httpStatus =
            isDelete ? samples.count < deletesWithStatus ? deleteStatus : 204 : 200
          samples.append(sample)
        }
        if manner == .delete { deleted += count } else { left += count }
        metrics.append(scrape(.tick, at: start + 950, deleted: deleted, left: left))
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

    private func scrape(
      _ occasion: ServerMetricsLine.Occasion,
      at milliseconds: Double,
      deleted: Int,
      left: Int
    ) -> ServerMetricsLine {
      let (deleted, left) = (Double(deleted), Double(left))
      // Pages of 4 KiB, some more or less.
      let noise = 4_096 * (milliseconds / 1_000).truncatingRemainder(dividingBy: 3)
      let memory =
        10e6 + noise + bytesKept * (deleted + left) + bytesKeptOfLeft * left
        + (left > 300 ? cache : 0)
      func kept(_ name: String) -> Double {
        7 + (keepsOneInHundred.contains(name) ? ((deleted + left) / 100).rounded(.down) : 0)
      }
      let sessions = tellsSessions ? "mcp_sessions_active \(kept("sessions"))\n" : ""
      let held = ProcessResources(
        memoryBytes: memory,
        openDescriptors: kept("descriptors"),
        threads: kept("threads"),
        processes: kept("processes") + (deleted > 0 && left == 0 ? lateProcesses : 0)
      )
      return ServerMetricsLine(
        at: Int64(milliseconds * 1e6),
        occasion: occasion,
        scrape: PrometheusText(
          parsing: "\(sessions)process_resident_memory_bytes \(memory)\n".utf8
        ),
        resources: tellsProcesses ? held : nil
      )
    }
  }

  /// What a server keeps, and what must be made of that.
  private static var bad: [VerdictCase<Server>] {
    [
      VerdictCase(.deletedSessionBytes, .fail, "480 sessions that were to be ended by DELETE") {
        $0.bytesKept = 4_096
      },
      VerdictCase(.leftSessionBytes, .fail, "300 sessions that were left without a word") {
        $0.bytesKept = 4_096
      },
      VerdictCase(.leftSessionBytes, .fail, "GiB of this machine in") {
        $0.bytesKeptOfLeft = 4_096
      },
      // What is neither clearly too much nor clearly little.
      VerdictCase(.leftSessionBytes, .inconclusive, "left_session_bytes 2,0") {
        $0.bytesKeptOfLeft = 2_100
      },
      VerdictCase(.deletedSessionDescriptors, .fail, "4 descriptors more than before") {
        $0.keepsOneInHundred = ["descriptors"]
      },
      VerdictCase(.leftSessionDescriptors, .fail, "3 descriptors more than before") {
        $0.keepsOneInHundred = ["descriptors"]
      },
      VerdictCase(.deletedSessionProcesses, .fail, "4 processes more than before") {
        $0.keepsOneInHundred = ["processes"]
      },
      VerdictCase(.leftSessionProcesses, .fail, "3 processes more than before") {
        $0.keepsOneInHundred = ["processes"]
      },
      VerdictCase(.deletedSessionThreads, .fail, "4 threads more than before") {
        $0.keepsOneInHundred = ["threads"]
      },
      VerdictCase(.leftSessionThreads, .fail, "3 threads more than before") {
        $0.keepsOneInHundred = ["threads"]
      },
      VerdictCase(.deletedSessionsAlive, .fail, "4 sessions more than before") {
        $0.keepsOneInHundred = ["sessions"]
      },
      VerdictCase(.leftSessionsAlive, .fail, "3 sessions more than before") {
        $0.keepsOneInHundred = ["sessions"]
      },
      VerdictCase(.successRate, .fail, "100 of 1,080 requests failed") { $0.failed = 100 },
      VerdictCase(.unaccountedAttempts, .fail, "1,081 attempts") { $0.attemptsLost = 1 },
    ]
  }

  /// What cannot be known.
  private static var unknown: [VerdictCase<Server>] {
    [
      VerdictCase(.leftSessionBytes, .inconclusive, "LOADTEST_SESSION_IDLE_TIMEOUT") {
        $0.idleSeconds = nil
      },
      VerdictCase(.leftSessionsAlive, .inconclusive, "until which a correct server keeps it") {
        $0.idleSeconds = nil
      },
      VerdictCase(.deletedSessionBytes, .inconclusive, "405 to DELETE") {
        $0.deleteStatus = 405
      },
      VerdictCase(.deletedSessionBytes, .inconclusive, "let clients end 100 of ") {
        ($0.deleteStatus, $0.deletesWithStatus) = (405, 100)
      },
      // A few do not keep the others from being judged.
      VerdictCase(.deletedSessionBytes, .pass, "ended by DELETE") {
        ($0.deleteStatus, $0.deletesWithStatus) = (405, 10)
      },
      // Of each session of two equal waves it would be as much.
      VerdictCase(.leftSessionBytes, .inconclusive, "the first wave of as many left ") {
        $0.cache = 1.5e6
      },
      VerdictCase(.leftSessionBytes, .inconclusive, "MiB in all may be waiting for node") {
        ($0.bytesKept, $0.runtime) = (50_000, "node")
      },
      VerdictCase(.leftSessionBytes, .fail, "their memory is kept") {
        ($0.bytesKept, $0.runtime) = (200_000, "node")
      },
      // What is gone at a later rest was not left behind.
      VerdictCase(.deletedSessionProcesses, .pass, "0 processes more than before") {
        $0.lateProcesses = 79
      },
      VerdictCase(.deletedSessionProcesses, .inconclusive, "LOADTEST_SERVER_PID") {
        $0.tellsProcesses = false
      },
      VerdictCase(.deletedSessionDescriptors, .inconclusive, "or have it report process_open_fds") {
        $0.tellsProcesses = false
      },
      VerdictCase(.deletedSessionsAlive, .inconclusive, "mcp_sessions_active") {
        $0.tellsSessions = false
      },
    ]
  }

  func testVerdicts_tellWhatSessionsLeaveBehind() throws {
    try assertVerdicts(of: Server(), Self.bad + Self.unknown) { try $0.recorded() }
  }

  /// What a server says of its memory itself does where its processes are not known.
  func testMemory_isThatOfTheServersMetrics_whereItsProcessesAreNotKnown() throws {
    var server = Server()
    server.tellsProcesses = false
    XCTAssertEqual(try server.recorded().verdicts()[.deletedSessionBytes]?.outcome, .pass)
    server.bytesKept = 4_096
    XCTAssertEqual(try server.recorded().verdicts()[.deletedSessionBytes]?.outcome, .fail)
  }

  func testReport_tellsOfEachWayToLeave() throws {
    var server = Server()
    server.bytesKept = 4_096
    server.keepsOneInHundred = ["descriptors"]
    let recorded = try server.recorded()
    let text = try recorded.reportText()
    for words in [
      "by DELETE", "abandoned, at once", "reset, at once", "half closed, at once",
    ] {
      XCTAssertTrue(text.contains(words), text)
    }
    XCTAssertTrue(text.contains("at 1,000 sessions per hour 3.9"), text)
    let figures = try recorded.figures()
    XCTAssertEqual(figures["deleted_session_bytes"] ?? 0, 4_096, accuracy: 100)
    XCTAssertEqual(figures["left_session_bytes"] ?? 0, 4_096, accuracy: 100)
    XCTAssertNotNil(figures["sessions_per_s"])
  }
}
