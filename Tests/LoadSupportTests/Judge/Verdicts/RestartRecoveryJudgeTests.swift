import XCTest

@testable import LoadSupport

final class RestartRecoveryJudgeTests: XCTestCase {
  private typealias Server = RestartedServer

  func testVerdicts_tellAGoodServerFromBadOnes() throws {
    let cases: [VerdictCase<Server>] = Self.served + Self.sessions + Self.lost
    try assertVerdicts(of: Server(), cases) { try $0.recorded() }
  }

  private static var served: [VerdictCase<Server>] {
    [
      VerdictCase(
        .clientsNotServed,
        .fail,
        "clients_not_served 2, limit at most 0, n = 6: after the server restart 2 of 4 clients were not served "
          + "again; their last failure was initialize: http_error: too many"
      ) { $0.lostClients = 2 },
      VerdictCase(
        .clientsNotServed,
        .fail,
        "server restart: the server ended at once (exit status 1): no"
      ) { $0.comesBack = false },
      // The command that was to restart it may be to blame.
      VerdictCase(.clientsNotServed, .inconclusive, "ended at once (exit status 1): no") {
        ($0.comesBack, $0.kind) = (false, .live)
      },
      VerdictCase(.clientsNotServed, .inconclusive, "nothing shows that it took place") {
        ($0.isUntold, $0.kind) = (true, .live)
      },
      VerdictCase(.clientsNotServed, .inconclusive, "stopped before all clients could be served") {
        ($0.lostClients, $0.isStopped) = (2, true)
      },
      VerdictCase(.clientsNotServed, .inconclusive, "attempts are in no file") {
        ($0.lostClients, $0.losesLine) = (2, true)
      },
      // A command may end before its server listens, but not before the old one is gone.
      VerdictCase(.callsLostAfterRestart, .pass, "nothing failed after") {
        ($0.kind, $0.commandEnds) = (.live, 1_600)
      },
      VerdictCase(.callsLostAfterRestart, .inconclusive, "it must wait for the old server's end") {
        ($0.kind, $0.commandEnds, $0.dies) = (.live, 1_600, 1_800)
      },
      VerdictCase(
        .recoverySeconds,
        .fail,
        "s, limit at most 8 s, n = 8: the last client after the server restart; the first was served after 10.0"
      ) { $0.warmUp = 10_000 },
      VerdictCase(.recoverySeconds, .pass, "after the server restart") { $0.warmUp = 5_000 },
      VerdictCase(.recoverySeconds, .inconclusive, "some clients were never served again") {
        $0.lostClients = 1
      },
    ]
  }

  private static var sessions: [VerdictCase<Server>] {
    [
      VerdictCase(.endedSessionsNot404, .fail, "answered by 401 (4); only 404") {
        $0.endedStatus = 401
      },
      VerdictCase(.endedSessionsNot404, .fail, "answered by 400 (4); only 404") {
        $0.endedStatus = 400
      },
      VerdictCase(.endedSessionsNot404, .fail, "answered by 200 with an error (4); only 404") {
        $0.endedStatus = 200
      },
      VerdictCase(
        .endedSessionsNot404,
        .inconclusive,
        "all 4 answers to calls in an ended session were 5xx"
      ) {
        $0.endedStatus = 500
      },
      VerdictCase(.endedSessionsNot404, .pass, "sessions outlived the restart") {
        $0.endedStatus = nil
      },
      VerdictCase(.endedSessionsNot404, .inconclusive, "nothing shows that it took place") {
        ($0.isUntold, $0.kind) = (true, .live)
      },
      VerdictCase(.endedSessionsNot404, .inconclusive, "there are no sessions to end") {
        $0.era = .modern
      },
    ]
  }

  private static var lost: [VerdictCase<Server>] {
    [
      VerdictCase(
        .callsLostAfterRestart,
        .fail,
        "failed after the server had served a client again, such as b: timeout: no answer"
      ) { $0.failsLater = true },
      VerdictCase(.callsLostAfterRestart, .pass, "nothing failed after") { $0.warmUp = 3_000 },
      // A call in an ended session is none, whatever its status is, and whoever has been served before.
      VerdictCase(.callsLostAfterRestart, .pass, "nothing failed after") {
        ($0.endedStatus, $0.stagger) = (500, 12)
      },
      VerdictCase(.callsLostAfterRestart, .pass, "nothing failed after") {
        ($0.endedStatus, $0.stagger) = (404, 12)
      },
      VerdictCase(
        .callsLostInFreeze,
        .fail,
        "calls_lost_in_freeze 4, limit at most 0, n = 4: failed since the server was stopped, such as a: "
          + "http_error: it waited for too long"
      ) { $0.isImpatient = true },
      // Who was lost before is not lost again.
      VerdictCase(.callsLostInFreeze, .pass, "n = 3: requests to the stopped server") {
        $0.lostClients = 1
      },
      VerdictCase(.callsLostInFreeze, .inconclusive, "before the server was stopped") {
        $0.comesBack = false
      },
      VerdictCase(.callsLostInFreeze, .inconclusive, "only a server that the suite has started") {
        ($0.comesBack, $0.kind) = (false, .live)
      },
      VerdictCase(.unaccountedAttempts, .fail, "unaccounted_attempts 1") { $0.losesLine = true },
    ]
  }

  func testOutage_isNoneOfTheServers_whenItWasMadeOnPurpose() throws {
    let good = try Server().recorded().analysis()
    XCTAssertNil(good.outage)
    XCTAssertEqual(good.problems, [])
    let bad = try Server(endsByItself: true).recorded().analysis()
    XCTAssertEqual(bad.outage?.count, 1)
    XCTAssertTrue(bad.outage?.text.contains("between 0.3 s and 0.7 s") ?? false, "\(bad.problems)")
  }

  func testChecksOfOneState_leaveOutagesOut() throws {
    let validity = Validity(try Server().recorded().analysis())
    let stages = validity.checks.compactMap(\.stage)
    XCTAssertFalse(stages.contains(StepName.serverRestart), "\(validity.checks)")
    XCTAssertFalse(stages.contains(StepName.freeze), "\(validity.checks)")
  }

  func testReport_tellsOfEachOutage() throws {
    let recorded = try Server().recorded()
    let text = try recorded.reportText()
    for words in [
      "4 of 4", "server restart: calls in an ended session got 404 4 times",
      "server restart: 4 TCP connections opened until all were served", "4 in 0.1 s",
      "server restart: lost transport_error 80, http_error 4",
    ] {
      XCTAssertTrue(text.contains(words), "\(words) in \(text)")
    }
    let figures = try recorded.figures()
    XCTAssertEqual(figures["server_restart_away_s"], 1)
    XCTAssertEqual(figures["freeze_away_s"], 5)
    XCTAssertEqual(figures["server_restart_connects_in_100_ms"], 4)
    XCTAssertEqual(figures["server_restart_last_served_s"] ?? 0, 0.011, accuracy: 0.0001)
    let picture = RestartRecoveryJudge().picture(try recorded.analysis())
    XCTAssertEqual(picture?.title, "Clients served again after each outage")
  }
}
