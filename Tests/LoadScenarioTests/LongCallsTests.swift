import LoadTesting
import XCTest

/// At which length calls are cut off, and what they leave.
final class LongCallsTests: LoadTestCase {
  override class var scenarioName: String? { "long_calls" }

  func testNoCall_isCutOff() async throws {
    try await assertVerdict(on: .callsCut)
  }

  func testProgress_isToldAsItComes() async throws {
    try await assertVerdict(on: .delayedProgress)
  }

  func testCommand_endsWithItsCall_whenThatIsCancelled() async throws {
    try await assertVerdict(on: .commandsLeft)
  }

  func testEveryAttempt_isAccountedForInTheFiles() async throws {
    try await assertVerdict(on: .unaccountedAttempts)
  }
}
