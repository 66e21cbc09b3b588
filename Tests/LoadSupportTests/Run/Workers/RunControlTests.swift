import EventIO
import XCTest

@testable import LoadSupport

final class RunControlTests: XCTestCase {
  func testControl_getsStrongerOnly_andKeepsTheFirstReason() throws {
    let control = RunControl()
    XCTAssertFalse(control.isStopping)
    XCTAssertNil(control.stoppedAt)
    control.end(.stop, reason: "first")
    let stoppedAt = try XCTUnwrap(control.stoppedAt)
    XCTAssertTrue(control.isStopping)
    XCTAssertEqual(control.level, .stop)
    control.end(.interrupt, reason: "second")
    XCTAssertEqual(control.level, .interrupt)
    control.end(.stop, reason: "third")
    XCTAssertEqual(control.level, .interrupt)
    XCTAssertEqual(control.reason, "first")
    XCTAssertEqual(control.stoppedAt, stoppedAt)
  }

  func testSleepers_areWoken_whenTheEndComesWhileTheySleep() async throws {
    try await assertSleepIsInterrupted { control, loop in
      control.attach(loop)
      return { control.end(.stop, reason: "test") }
    }
  }

  func testSleepers_areWoken_whenTheirLoopIsAttachedAfterTheEnd() async throws {
    try await assertSleepIsInterrupted { control, loop in
      control.end(.stop, reason: "test")
      return { control.attach(loop) }
    }
  }

  /// The sleep begins before what is to end it: both on the loop, one after the other.
  private func assertSleepIsInterrupted(
    _ prepare: @Sendable (RunControl, EventLoop) -> (@Sendable () -> Void)
  ) async throws {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let control = RunControl()
    let trigger = prepare(control, loop)
    let result = await LoopHarness(loop: loop).run { loop in
      loop.schedule(at: .now()) { trigger() }
      return await loop.sleep(until: .now() + .seconds(3600))
    }
    XCTAssertEqual(result, .interrupted)
    control.detachLoops()
  }
}
