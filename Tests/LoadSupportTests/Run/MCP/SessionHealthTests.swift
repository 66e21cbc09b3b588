import XCTest

@testable import LoadSupport

final class SessionHealthTests: XCTestCase {
  /// What a session comes to by the outcomes of its calls, a millisecond apart.
  private func findings(
    _ outcomes: [Outcome],
    from start: Int64 = 0,
    _ health: inout SessionHealth
  ) -> [SessionHealth.Finding] {
    outcomes.enumerated().map { index, outcome in
      let done = start + Int64(index) * 1_000_000
      return health.note(Attempt(outcome: outcome, planned: 0, done: done), hasEnded: false)
    }
  }

  func testSession_isGivenUp_afterThreeErrorsOrTenFailedCommands() {
    for (outcome, count) in [
      (.httpError, 3), (.rpcError, 3), (.toolError, 3), (.wrongAnswer, 10),
    ] as [(Outcome, Int)] {
      var health = SessionHealth()
      let findings = findings(Array(repeating: outcome, count: count), &health)
      XCTAssertEqual(findings.dropLast().filter { $0 != .standing }, [], "\(outcome)")
      XCTAssertEqual(findings.last, .givenUp, "\(outcome)")
    }
  }

  func testSession_stands_whenSomethingElseComesBetween() {
    for between in [Outcome.success, .rejected, .rateLimited, .timeout, .transportError] {
      var health = SessionHealth()
      let outcomes: [Outcome] = [.httpError, .httpError, between, .httpError, .httpError]
      XCTAssertEqual(Set(findings(outcomes, &health)), [.standing], "\(between)")
    }
  }

  func testSession_isGivenUpOnceASecond_whateverComes() {
    var health = SessionHealth()
    let errors = [Outcome](repeating: .toolError, count: 900)
    XCTAssertEqual(findings(errors, &health).filter { $0 == .givenUp }.count, 1)
    XCTAssertEqual(findings(errors, from: 1_010_000_000, &health).first, .givenUp)
  }

  func testSession_hasEnded_whenTheServerSaysSo() {
    var health = SessionHealth()
    let attempt = Attempt(outcome: .httpError, planned: 0, done: 0)
    XCTAssertEqual(health.note(attempt, hasEnded: true), .ended)
    XCTAssertEqual(health.failuresInARow, 1)
    // Whatever spoke against the old one does not speak against the next.
    XCTAssertEqual(Set(findings([.httpError, .httpError], &health)), [.standing])
  }

  func testPause_growsWithFailuresOnly() {
    var health = SessionHealth()
    XCTAssertEqual(health.pause, .zero)
    _ = findings([.toolError, .wrongAnswer, .rejected], &health)
    XCTAssertEqual(health.pause, .zero)
    var pauses: [Duration] = []
    for _ in 0..<8 {
      _ = health.note(Attempt(outcome: .transportError, planned: 0, done: 0), hasEnded: false)
      pauses.append(health.pause)
    }
    XCTAssertEqual(pauses.prefix(3), [.milliseconds(20), .milliseconds(40), .milliseconds(80)])
    XCTAssertEqual(pauses.last, .seconds(1))
    health.note(success: true)
    XCTAssertEqual(health.pause, .zero)
  }
}
