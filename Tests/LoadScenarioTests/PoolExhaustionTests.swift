import LoadTesting
import XCTest

/// Whether the server stays graceful beyond its limits.
final class PoolExhaustionTests: LoadTestCase {
  override class var scenarioName: String? { "exhaustion_test" }

  func testPool_grantsExactlyItsLimit() async throws {
    try await assertVerdict(on: .sessionsOffLimit)
  }

  func testRefusal_isQuickAndNamesTheLimit() async throws {
    try await assertVerdict(on: .refusalMilliseconds)
  }

  func testHolders_areNotSlowedDown() async throws {
    try await assertVerdict(on: .holdersSlowdown)
  }

  func testFreedSession_goesToTheNext() async throws {
    try await assertVerdict(on: .freedSessionsRefused)
  }

  func testRateLimit_letsNothingThroughBeyondIt() async throws {
    try await assertVerdict(on: .requestsOverLimit)
  }

  func testRetryAfter_isTrue() async throws {
    try await assertVerdict(on: .untrueRetryAfters)
  }

  func testNoAnswer_isBroken() async throws {
    try await assertVerdict(on: .brokenAnswers)
  }

  func testHealth_isUpAllTheTime() async throws {
    try await assertVerdict(on: .healthFailures)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
