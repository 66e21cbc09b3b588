/// How many SSH sessions are open or being opened, over all MCP sessions.
@ServerLoop
final class SSHSessionCounter {
  /// How many there may be.
  let limit: Int

  /// How many there are.
  private(set) var count = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// Counts one more; false if there are too many.
  func begin() -> Bool {
    guard count < limit else { return false }
    count += 1
    return true
  }

  /// Counts one less.
  func end() {
    count -= 1
  }
}
