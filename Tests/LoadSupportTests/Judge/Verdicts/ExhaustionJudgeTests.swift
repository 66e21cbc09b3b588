import XCTest

@testable import LoadSupport

final class ExhaustionJudgeTests: XCTestCase {
  private typealias Server = ExhaustedServer

  func testVerdicts_tellAGoodServerFromBadOnes() throws {
    let cases =
      Self.sessions + Self.failedLogins + Self.refusals + Self.holders + Self.rate + Self.stayingUp
    try assertVerdicts(of: Server(), cases) { try $0.recorded() }
  }

  private static var sessions: [VerdictCase<Server>] {
    [
      // No limit, one too many, too few.
      VerdictCase(
        .sessionsOffLimit,
        .fail,
        "all 15 who asked got a session: the server does not enforce"
      ) { $0.granted = 15 },
      VerdictCase(.sessionsOffLimit, .fail, "11 of 15 who asked got a session, the limit is 10") {
        $0.granted = 11
      },
      VerdictCase(.sessionsOffLimit, .fail, "sessions_off_limit 3") { $0.granted = 7 },
      VerdictCase(.sessionsOffLimit, .inconclusive, "no more than the limit of 10") {
        $0.applicants = 10
      },
      // What nobody told is a guess, and no fault of the server.
      VerdictCase(.sessionsOffLimit, .inconclusive, "set LOADTEST_POOL_LIMIT") {
        ($0.granted, $0.assumed) = (15, [.pool])
      },
      VerdictCase(.sessionsOffLimit, .pass, "10 of 15 who asked") {
        $0.assumed = [.pool, .rate]
      },
      VerdictCase(.sessionsOffLimit, .inconclusive, "has no limit of sessions") {
        $0.limits.pool = 0
      },
      VerdictCase(.refusalMilliseconds, .pass, "the slowest of 10 refusals") {
        ($0.refusalText, $0.assumed) = ("pool is full", [.pool])
      },
      VerdictCase(.requestsOverLimit, .inconclusive, "set LOADTEST_RATE_LIMIT") {
        ($0.letThrough, $0.assumed) = (200, [.rate])
      },
      VerdictCase(.requestsOverLimit, .inconclusive, "has no limit of requests") {
        $0.limits.requestsPerWindow = 0
      },
    ]
  }

  private static var failedLogins: [VerdictCase<Server>] {
    [
      // Logins that failed for a reason of their own.
      VerdictCase(
        .sessionsOffLimit,
        .inconclusive,
        "2 of 15 who asked got a session and 0 were refused one, the limit is 10; 13 failed for another "
          + "reason, most often timeout: too slow"
      ) { ($0.applicants, $0.granted, $0.loginsFailed) = (2, 2, 13) },
      VerdictCase(.sessionsOffLimit, .inconclusive, "2 failed for another reason") {
        ($0.applicants, $0.granted, $0.loginsFailed) = (13, 8, 2)
      },
      VerdictCase(.sessionsOffLimit, .pass, "10 of 15 who asked got a session") {
        $0.loginsFailed = 1
      },
      // Not even with those who failed would the limit have been reached.
      VerdictCase(.sessionsOffLimit, .fail, "7 of 13 who asked got a session, the limit is 10") {
        ($0.applicants, $0.granted, $0.loginsFailed) = (13, 7, 2)
      },
      VerdictCase(.sessionsOffLimit, .fail, "11 of 14") {
        ($0.applicants, $0.granted, $0.loginsFailed) = (14, 11, 2)
      },
      VerdictCase(.refusalMilliseconds, .inconclusive, "nobody was refused a session; 13 failed") {
        ($0.applicants, $0.granted, $0.loginsFailed) = (2, 2, 13)
      },
      VerdictCase(
        .refusalMilliseconds,
        .inconclusive,
        "nobody was refused a session; 10 failed for another reason, most often tool_error: login timed out"
      ) { ($0.refusal, $0.refusalText) = (.toolError, "login timed out") },
      VerdictCase(.sessionsOffLimit, .inconclusive, "10 of 15 who asked got a session and 0 were") {
        ($0.refusal, $0.refusalText) = (.toolError, "login timed out")
      },
      VerdictCase(.refusalMilliseconds, .pass, "all of which name the limit; 1 failed for another")
      {
        $0.loginsFailed = 1
      },
      VerdictCase(.freedSessionsRefused, .inconclusive, "another reason than the limit: timeout") {
        $0.next = .timeout
      },
    ]
  }

  private static var refusals: [VerdictCase<Server>] {
    [
      // Refusals.
      VerdictCase(
        .refusalMilliseconds,
        .fail,
        "does not name the limit of 10: rejected: pool is full"
      ) { $0.refusalText = "pool is full" },
      VerdictCase(.refusalMilliseconds, .fail, "does not name the limit of 10: rejected: no reason")
      {
        $0.refusalText = nil
      },
      // A number that only looks like the limit: an address, a port, another number.
      VerdictCase(.refusalMilliseconds, .fail, "does not name") {
        $0.refusalText = "pool is full for 10.178.0.20:2210 after 100 ms"
      },
      VerdictCase(.refusalMilliseconds, .fail, "does not name the limit of 10: timeout") {
        ($0.refusal, $0.refusalText) = (.timeout, "no answer in 10 s")
      },
      VerdictCase(.refusalMilliseconds, .pass, "all of which name the limit") {
        $0.refusalText = "the session limit is 10."
      },
      // Whoever asks for the first time has not asked too often.
      VerdictCase(.refusalMilliseconds, .fail, "does not name the limit of 10: rate_limited: slow")
      {
        ($0.refusal, $0.refusalText) = (.rateLimited, "slow down")
      },
      VerdictCase(.sessionsOffLimit, .pass, "10 of 15 who asked got a session") {
        ($0.refusal, $0.refusalText) = (.rateLimited, "slow down")
      },
      VerdictCase(.refusalMilliseconds, .pass, "all of which name the limit") {
        $0.refusalText = "too many sessions (10/10)"
      },
      VerdictCase(.refusalMilliseconds, .fail, "refusal_ms 1,500.0 ms, limit at most 1,000 ms") {
        $0.slowestRefusalMilliseconds = 1_500
      },
      VerdictCase(.refusalMilliseconds, .inconclusive, "nobody was refused") { $0.granted = 15 },
    ]
  }

  private static var holders: [VerdictCase<Server>] {
    [
      // Those who hold a session.
      VerdictCase(.holdersSlowdown, .fail, "p50 10.0 ms before and 35.0 ms while others") {
        $0.crowdedMilliseconds = 35
      },
      VerdictCase(.holdersSlowdown, .inconclusive, "holders_slowdown") { $0.work = 5 },
      VerdictCase(.holdersSlowdown, .inconclusive, "no success to compare") {
        $0.aloneMilliseconds = nil
      },
      VerdictCase(.holdersSlowdown, .inconclusive, "no success to compare") {
        $0.aloneMilliseconds = 0
      },
      VerdictCase(.freedSessionsRefused, .fail, "the next who asked did not get it") {
        $0.next = .rejected
      },
      VerdictCase(.freedSessionsRefused, .inconclusive, "somebody wanted one") { $0.next = nil },
    ]
  }

  private static var rate: [VerdictCase<Server>] {
    [
      // The rate.
      VerdictCase(.requestsOverLimit, .fail, "the server has no rate limit of 100") {
        $0.letThrough = 500
      },
      VerdictCase(.requestsOverLimit, .fail, "101 of 500 requests of one session were let through")
      {
        $0.letThrough = 101
      },
      VerdictCase(
        .requestsOverLimit,
        .fail,
        "101 of 500 requests from one address were let through"
      ) { ($0.letThrough, $0.era) = (101, .modern) },
      VerdictCase(.requestsOverLimit, .fail, "requests_over_limit 3,") { $0.letThrough = 103 },
      VerdictCase(.requestsOverLimit, .inconclusive, "only 50 requests were made, the limit is 100")
      { $0.asked = 50 },
      VerdictCase(.requestsOverLimit, .inconclusive, "only 0 requests were made") { $0.asked = 0 },
      // The handshake, of which a server may count nothing, one message or both.
      VerdictCase(.requestsOverLimit, .pass, "100 of 500 requests") { $0.letThrough = 100 },
      VerdictCase(.requestsOverLimit, .fail, "101 of 500 requests") { $0.letThrough = 101 },
      VerdictCase(.untrueRetryAfters, .fail, "402 of 402 refusals had no Retry-After") {
        $0.retryAfterSeconds = nil
      },
      VerdictCase(.untrueRetryAfters, .fail, "1 of 20 requests after that time failed") {
        $0.recoveredRefused = 1
      },
      VerdictCase(
        .untrueRetryAfters,
        .fail,
        "402 asked to wait for up to 3,600 s, longer than the window of 10 s"
      ) { $0.retryAfterSeconds = 3_600 },
      VerdictCase(.untrueRetryAfters, .pass, "0 of 402 refusals had no") {
        $0.retryAfterSeconds = 11
      },
      VerdictCase(
        .untrueRetryAfters,
        .inconclusive,
        "asked to wait for 3,600 s, which the run did not"
      ) {
        ($0.retryAfterSeconds, $0.assumed) = (3_600, [.rate])
      },
      VerdictCase(.untrueRetryAfters, .inconclusive, "no request was refused for its rate") {
        $0.letThrough = 500
      },
      VerdictCase(.untrueRetryAfters, .inconclusive, "no request was made after") {
        $0.recovered = 0
      },
    ]
  }

  private static var stayingUp: [VerdictCase<Server>] {
    [
      // Staying up.
      VerdictCase(.brokenAnswers, .fail, "most often http_error: oh") { $0.broken = .httpError },
      VerdictCase(.brokenAnswers, .fail, "transport_error: oh") { $0.broken = .transportError },
      VerdictCase(.brokenAnswers, .fail, "protocol_error: oh") { $0.broken = .protocolError },
      VerdictCase(.brokenAnswers, .fail, "wrong_answer: oh") { $0.broken = .wrongAnswer },
      VerdictCase(.brokenAnswers, .fail, "timeout: oh") { $0.broken = .timeout },
      VerdictCase(.brokenAnswers, .pass, "no 5xx") { $0.broken = .toolError },
      // Whoever holds a session loses nothing while others ask.
      VerdictCase(
        .brokenAnswers,
        .fail,
        "those with a session were refused or failed 1 time, most often tool_error: evicted"
      ) { $0.holding = ("hostname", .toolError) },
      // Whatever the commands are that they run.
      VerdictCase(.brokenAnswers, .fail, "failed 1 time, most often tool_error: evicted") {
        ($0.command, $0.holding) = ("df", ("df", .toolError))
      },
      VerdictCase(.brokenAnswers, .fail, "most often rpc_error: evicted") {
        $0.holding = ("hostname", .rpcError)
      },
      VerdictCase(.brokenAnswers, .fail, "most often rejected: evicted") {
        $0.holding = ("ssh_connect", .rejected)
      },
      VerdictCase(.brokenAnswers, .pass, "nothing refused to those with a session") {
        $0.holding = ("hostname", .rateLimited)
      },
      VerdictCase(.healthFailures, .fail, "1 of 50 health checks failed") {
        $0.healthFailures = 1
      },
      VerdictCase(.healthFailures, .inconclusive, "LOADTEST_HEALTH_PATH") {
        ($0.health, $0.lacks) = (0, [.health])
      },
      VerdictCase(.healthFailures, .inconclusive, "no health check was made") { $0.health = 0 },
      VerdictCase(.unaccountedAttempts, .fail, "unaccounted_attempts 3") { $0.attemptsLost = -3 },
    ]
  }

  /// Files that vanish while they are judged are no server that refused nobody.
  func testJudge_throws_whenTheSamplesCannotBeReadAgain() throws {
    let recorded = try Server().recorded()
    let analysis = try recorded.analysis()
    for file in try recorded.layout.sampleFiles() { unlink(file) }
    let judge = PoolExhaustionJudge()
    for metric in [
      Threshold.Metric.refusalMilliseconds, .requestsOverLimit, .untrueRetryAfters,
    ] {
      XCTAssertThrowsError(try judge.verdicts(analysis, [Threshold(metric, 0)]), metric.rawValue)
    }
    XCTAssertThrowsError(try judge.sections(analysis))
    XCTAssertThrowsError(try analysis.parts([0..<1]))
  }

  func testReport_tellsWhoWasAdmitted_andHowLongRefusalAndRecoveryTook() throws {
    let recorded = try Server().recorded()
    let figures = try recorded.figures()
    XCTAssertEqual(Set(figures.keys), ["time_to_refuse_p99_ms", "time_to_recover_s"])
    XCTAssertEqual(try XCTUnwrap(figures["time_to_refuse_p99_ms"]), 1, accuracy: 0.01)
    // Refused at 1,197 ms, let through at 10,501 ms.
    XCTAssertEqual(try XCTUnwrap(figures["time_to_recover_s"]), 9.304, accuracy: 1e-6)
    let text = try recorded.reportText()
    for line in [
      "  flood           98        0  402      0           1.0         1.0\n",
      "                                             1.0 to 1.0  1.0 to 1.0\n",
      // X(4) and X(12) of ten grants after 300 ms and five refusals after 4 ms.
      "  applying        10        5    0      0           300     too few\n",
      "                                               4 to 300\n",
      "  next             1        0    0      0       too few     too few\n",
      "  health          50        0    0      0           1.0     too few\n",
      "  intervals of steps under 3 s take requests to be independent, and\n",
      "  limits: 10 sessions, 100 requests in 10 s; p50 and p99",
      "  time to refuse a request for its rate (429): p99 1.0 ms (1.0 to\n    1.0), n = 402\n",
      "  time to recover: 9.3 s from the first refusal to the next success\n",
    ] {
      XCTAssertTrue(text.contains(line), "no \"\(line)\" in\n\(text)")
    }
    var lenient = Server()
    lenient.letThrough = 500
    XCTAssertEqual(try lenient.recorded().figures(), [:])
  }

  /// The limit is one in a window: what is let through in the next one is not beyond it.
  func testRequestsOverLimit_countOneWindow() throws {
    var server = Server()
    // At two milliseconds each, the last thousand come after the window of ten seconds.
    (server.asked, server.letThrough, server.recovered) = (5_500, 5_500, 0)
    let verdict = try server.recorded().verdicts()[.requestsOverLimit]
    XCTAssertEqual(verdict?.value, Double(4_500 - 100))
  }
}
