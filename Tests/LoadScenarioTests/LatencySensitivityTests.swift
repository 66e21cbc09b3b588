import LoadTesting
import XCTest

/// What delay, jitter and loss between server and target do to commands.
final class LatencySensitivityTests: LoadTestCase {
  override class var scenarioName: String? { "latency_test" }

  func testSuccessRate_isAtLeastItsFloor_onEveryLink() async throws {
    try await assertVerdict(on: .successRate)
  }

  func testLatencyP95_isExplainedByTheLink() async throws {
    try await assertVerdict(on: .p95OverExplained)
  }

  func testCommand_costsFewRoundTrips() async throws {
    try await assertVerdict(on: .roundTripsPerCommand)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
