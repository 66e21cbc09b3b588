import Glibc
import LoadSupport
import Synchronization
import XCTest

final class EndWatchTests: XCTestCase {
  private func wait(until isDone: () -> Bool) async throws {
    for _ in 0..<500 where !isDone() { try await Task.sleep(for: .milliseconds(10)) }
  }

  func testSignal_endsTheRunThatIsWatchedNow_afterOthersWereWatched() async throws {
    let earlier = RunControl()
    EndWatch(earlier).cancel()
    let control = RunControl()
    let watch = EndWatch(control)
    defer { watch.cancel() }
    kill(getpid(), SIGTERM)
    try await wait { control.isStopping }
    XCTAssertTrue(control.isStopping)
    XCTAssertFalse(earlier.isStopping)
  }

  func testSignals_areAcknowledged_withWhatTheNextOneDoes() async throws {
    let said = Mutex<[String]>([])
    let watch = EndWatch(RunControl()) { line in said.withLock { $0.append(line) } }
    defer { watch.cancel() }
    for count in 1...2 {
      kill(getpid(), SIGINT)
      try await wait { said.withLock { $0.count } == count }
    }
    XCTAssertEqual(
      said.withLock { $0 },
      ["stopping; press Ctrl-C again to end now", "ending now"]
    )
  }
}
