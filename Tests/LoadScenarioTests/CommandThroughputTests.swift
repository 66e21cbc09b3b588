import LoadTesting
import XCTest

/// How many commands a second the server carries on established connections.
final class CommandThroughputTests: LoadTestCase {
  override class var scenarioName: String? { "command_throughput" }

  func testSuccessRate_isAtLeastItsFloor() async throws {
    try await assertVerdict(on: .successRate)
  }

  func testLatencyP99_isAtMostItsCeiling() async throws {
    try await assertVerdict(on: .p99Milliseconds)
  }

  func testCommandsPerSecond_areAtLeastTheirFloor() async throws {
    try await assertVerdict(on: .throughputPerSecond)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }

  func testWarmConnections_areReused() async throws {
    try await assertVerdict(on: .connectionsCreatedUnderLoad)
  }
}
