import LoadTesting
import XCTest

/// What sessions leave behind at the server, ended by DELETE or left without a word.
final class SessionChurnTests: LoadTestCase {
  override class var scenarioName: String? { "session_churn" }

  func testSuccessRate_isAtLeastItsFloor() async throws {
    try await assertVerdict(on: .successRate)
  }

  func testMemory_isGivenBack_whenSessionsAreDeleted() async throws {
    try await assertVerdict(on: .deletedSessionBytes)
  }

  func testDescriptors_areClosed_whenSessionsAreDeleted() async throws {
    try await assertVerdict(on: .deletedSessionDescriptors)
  }

  func testProcesses_end_whenSessionsAreDeleted() async throws {
    try await assertVerdict(on: .deletedSessionProcesses)
  }

  func testThreads_end_whenSessionsAreDeleted() async throws {
    try await assertVerdict(on: .deletedSessionThreads)
  }

  func testSessions_end_whenTheyAreDeleted() async throws {
    try await assertVerdict(on: .deletedSessionsAlive)
  }

  func testMemory_isGivenBack_whenSessionsWereLeftForTheirIdleTime() async throws {
    try await assertVerdict(on: .leftSessionBytes)
  }

  func testDescriptors_areClosed_whenSessionsWereLeftForTheirIdleTime() async throws {
    try await assertVerdict(on: .leftSessionDescriptors)
  }

  func testProcesses_end_whenSessionsWereLeftForTheirIdleTime() async throws {
    try await assertVerdict(on: .leftSessionProcesses)
  }

  func testThreads_end_whenSessionsWereLeftForTheirIdleTime() async throws {
    try await assertVerdict(on: .leftSessionThreads)
  }

  func testSessions_end_whenTheyWereLeftForTheirIdleTime() async throws {
    try await assertVerdict(on: .leftSessionsAlive)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
