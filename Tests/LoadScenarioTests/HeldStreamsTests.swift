import LoadTesting
import XCTest

/// What idle event streams cost, and what broken ones leave behind.
final class HeldStreamsTests: LoadTestCase {
  override class var scenarioName: String? { "held_streams" }

  func testStreams_areAllHeld() async throws {
    try await assertVerdict(on: .streamsRefused)
  }

  func testCalls_areAnsweredBesideStreams() async throws {
    try await assertVerdict(on: .failuresBesideStreams)
  }

  func testMemory_isNotKeptOfBrokenStreams() async throws {
    try await assertVerdict(on: .brokenStreamBytes)
  }

  func testDescriptors_areNotKeptOfBrokenStreams() async throws {
    try await assertVerdict(on: .brokenStreamDescriptors)
  }

  func testProcesses_areNotKeptOfBrokenStreams() async throws {
    try await assertVerdict(on: .brokenStreamProcesses)
  }

  func testThreads_areNotKeptOfBrokenStreams() async throws {
    try await assertVerdict(on: .brokenStreamThreads)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
