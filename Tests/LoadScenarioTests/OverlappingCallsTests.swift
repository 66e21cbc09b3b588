import LoadTesting
import XCTest

/// Whether calls that overlap in one MCP session hang, get each other's answers or wait for a slow one.
final class OverlappingCallsTests: LoadTestCase {
  override class var scenarioName: String? { "overlapping_calls" }

  func testNoCall_hangs() async throws {
    try await assertVerdict(on: .unansweredCalls)
  }

  func testNoAnswer_isAnotherCalls() async throws {
    try await assertVerdict(on: .foreignAnswers)
  }

  func testFirstCalls_succeed_whenTheyComeAtTheSameInstant() async throws {
    try await assertVerdict(on: .failedFirstCalls)
  }

  func testCalls_succeed() async throws {
    try await assertVerdict(on: .failedCallShare)
  }

  func testLanes_areServedAlike() async throws {
    try await assertVerdict(on: .leastServedLane)
  }

  func testQuickCalls_doNotWaitForASlowOneOfAnotherSession() async throws {
    try await assertVerdict(on: .slowCallDelay)
  }

  func testHealth_doesNotWaitForASlowCall() async throws {
    try await assertVerdict(on: .slowCallHealthDelay)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
