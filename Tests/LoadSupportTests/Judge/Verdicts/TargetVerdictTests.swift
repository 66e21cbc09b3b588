import XCTest

@testable import LoadSupport

/// What is left on a target, and what the server says that it keeps there.
final class TargetVerdictTests: XCTestCase {
  private struct Case {
    var target: RecordedTarget?

    /// What the server's page says before and after; nil where it has no such gauge.
    var idle: (Int, Int)?
    var isStdio = false
  }

  private static func target(
    _ before: Int,
    _ after: Int?,
    strays: (Int, Int)? = (0, 0),
    names: [String] = [],
    sessions: Int = 10
  ) -> RecordedTarget {
    var target = RecordedTarget(loginsBefore: before, sessions: sessions)
    (target.loginsAfter, target.straysBefore) = (after, strays?.0)
    (target.straysAfter, target.strayNames) = (strays?.1, names)
    return target
  }

  private func verdict(_ item: Case) throws -> Verdict? {
    let recorded = try RecordedScenario()
    try recorded.write([Sample("a", planned: 1, done: 2)])
    var ended = RecordedProcess(worker: 0)
    ended.end = "exit status 0"
    try recorded.write(
      RunEvent.step(nil, from: 0, until: 2_000) + [RunEvent(.drain, at: 2_000_000_000)]
        + (item.isStdio ? [RunEvent(.serverProcess, at: 2_000_000_001, process: ended)] : [])
        + (item.target.map { [RunEvent(.target, at: 2_000_000_002, target: $0)] } ?? [])
    )
    func page(_ idle: Int?) -> String {
      "process_threads 3\n" + (idle.map { "\(ServerMetricName.poolIdle) \($0)\n" } ?? "")
    }
    try recorded.write([
      ServerMetricsLine(.before, at: 0, page(item.idle?.0)),
      ServerMetricsLine(.after, at: 2_000, page(item.idle?.1)),
    ])
    return .leftOnTarget(Threshold(.leftOnTarget, 0), try recorded.analysis())
  }

  func testVerdict_isOnWhatTheServerDoesNotKeep() throws {
    let cases: [(Case, Verdict.Outcome, Double?, String)] = [
      (Case(target: Self.target(0, 10), idle: (0, 10)), .pass, 0, "10 (10 in the server's pool)"),
      (Case(target: Self.target(1, 9), idle: (1, 10)), .pass, 0, "1 (1 in the server's pool)"),
      (Case(target: Self.target(0, 0)), .pass, 0, "0 before the load and 0 after it"),
      (Case(target: Self.target(0, 14), idle: (0, 10)), .fail, 4, "14 (10 in"),
      // What was kept before may have been closed, and others left.
      (Case(target: Self.target(5, 3), idle: (5, 0)), .fail, 3, "5 (5 in"),
      (Case(target: Self.target(0, 1), isStdio: true), .fail, 1, "1 after it"),
      (Case(target: Self.target(2, 12)), .inconclusive, nil, "than the 10 SSH sessions that may"),
      (Case(target: Self.target(2, 13)), .fail, 11, "13 after it"),
      (
        Case(target: Self.target(0, 10, strays: (1, 3), names: ["sh", "sleep"]), idle: (0, 10)),
        .fail, 2, "2 processes of ended logins still ran there: sh, sleep"
      ),
      (
        Case(target: Self.target(0, 5, strays: (0, 1), names: ["sleep"])), .fail, 6,
        "1 process of ended"
      ),
      (
        Case(target: Self.target(3, 4, strays: nil), idle: (0, 0)), .fail, 1,
        "LOADTEST_TARGET_CHECK printed 3 before"
      ),
    ]
    for (item, outcome, value, words) in cases {
      let verdict = try XCTUnwrap(verdict(item))
      XCTAssertEqual(verdict.outcome, outcome, verdict.message)
      XCTAssertEqual(verdict.value, value, verdict.message)
      XCTAssertTrue(verdict.message.contains(words), "\(words): \(verdict.message)")
    }
  }

  func testVerdict_isNone_whereNobodyLooked_andOpen_whereItFailed() throws {
    XCTAssertNil(try verdict(Case()))
    var lost = Self.target(1, nil, strays: nil)
    lost.failure = "LOADTEST_TARGET_CHECK: it said no"
    let verdict = try XCTUnwrap(verdict(Case(target: lost)))
    XCTAssertEqual(verdict.outcome, .inconclusive)
    XCTAssertTrue(verdict.message.contains("it said no"), verdict.message)
  }
}
