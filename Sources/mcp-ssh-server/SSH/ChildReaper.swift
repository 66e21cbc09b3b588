import EventIO

/// Waits for the children that were told to end, so that none stays as a zombie.
@ServerLoop
enum ChildReaper {
  private static var pending = 0
  private static var waiters: [UnsafeContinuation<Void, Never>] = []

  /// Reaps a child when it has ended, without making anybody wait.
  static func reap(_ process: ChildProcess) {
    pending += 1
    ServerLoop.start {
      do throws(Errno) {
        _ = try await process.waitForExit(on: .server)
      } catch {
        // Out of descriptors: a killed child ends soon, so that blocking is short.
        _ = try? process.wait()
      }
      pending -= 1
      if pending == 0 {
        for waiter in waiters { waiter.resume() }
        waiters = []
      }
    }
  }

  /// Waits until all such children are gone.
  static func waitForAll() async {
    guard pending > 0 else { return }
    await withUnsafeContinuation { waiters.append($0) }
  }
}
