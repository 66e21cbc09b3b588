import LoadTesting
import XCTest

/// How fast SSH connections are opened, and whether each of them was real.
final class ConnectionRateTests: LoadTestCase {
  override class var scenarioName: String? { "connection_rate" }

  func testSuccessRate_isAtLeastItsFloor() async throws {
    try await assertVerdict(on: .successRate)
  }

  func testColdConnectP95_isAtMostItsCeiling() async throws {
    try await assertVerdict(on: .coldConnectP95Milliseconds)
  }

  func testPooledConnectP99_isAtMostItsCeiling() async throws {
    try await assertVerdict(on: .pooledConnectP99Milliseconds)
  }

  func testEveryFreshLogin_isANewConnection() async throws {
    try await assertVerdict(on: .unmatchedLogins)
  }

  func testNoSession_isLeftBehind() async throws {
    try await assertVerdict(on: .sessionsLeftBehind)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
