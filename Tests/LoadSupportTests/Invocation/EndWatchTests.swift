import Glibc
import LoadSupport
import XCTest

final class EndWatchTests: XCTestCase {
  func testSignal_endsTheRunThatIsWatchedNow_afterOthersWereWatched() async throws {
    let earlier = RunControl()
    EndWatch(earlier).cancel()
    let control = RunControl()
    let watch = EndWatch(control)
    defer { watch.cancel() }
    kill(getpid(), SIGTERM)
    for _ in 0..<500 where !control.isStopping { try await Task.sleep(for: .milliseconds(10)) }
    XCTAssertTrue(control.isStopping)
    XCTAssertFalse(earlier.isStopping)
  }
}
