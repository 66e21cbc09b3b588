import LoadTesting
import XCTest

/// Whether the server leaks or slows down over time.
final class SustainedLoadTests: LoadTestCase {
  override class var scenarioName: String? { "sustained_load" }

  func testSuccessRate_isAtLeastItsFloor() async throws {
    try await assertVerdict(on: .successRate)
  }

  func testLatencyP99_isAtMostItsCeiling() async throws {
    try await assertVerdict(on: .p99Milliseconds)
  }

  func testMemory_doesNotGrowWithRequests() async throws {
    try await assertVerdict(on: .memoryGrowthOverLimit)
  }

  func testDescriptors_doNotGrow() async throws {
    try await assertVerdict(on: .descriptorGrowth)
  }

  func testNoSession_isLeftBehind() async throws {
    try await assertVerdict(on: .sessionsLeftBehind)
  }

  func testNoThread_isLeftBehind() async throws {
    try await assertVerdict(on: .threadsLeftBehind)
  }

  func testLatency_doesNotDegrade() async throws {
    try await assertVerdict(on: .latencyDegradation)
  }

  func testPace_isRetained() async throws {
    try await assertVerdict(on: .throughputRetained)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
