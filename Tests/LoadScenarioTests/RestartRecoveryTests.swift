import LoadTesting
import XCTest

/// Whether all clients are served again after server and target were away.
final class RestartRecoveryTests: LoadTestCase {
  override class var scenarioName: String? { "restart_recovery" }

  func testEveryClient_isServedAgain() async throws {
    try await assertVerdict(on: .clientsNotServed)
  }

  func testLastClient_isServedInTime() async throws {
    try await assertVerdict(on: .recoverySeconds)
  }

  func testEndedSession_isToldBy404() async throws {
    try await assertVerdict(on: .endedSessionsNot404)
  }

  func testNoCall_isLostAfterTheRestart() async throws {
    try await assertVerdict(on: .callsLostAfterRestart)
  }

  func testNoCall_isLostByAFrozenServer() async throws {
    try await assertVerdict(on: .callsLostInFreeze)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
