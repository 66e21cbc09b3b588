/// The bytes of requests, or of answers, that all connections together may hold.
///
/// A connection's first bytes are free, so that small calls get through while large ones wait.
@ServerLoop
final class BodyBudget {
  /// How many bytes there may be beyond those that are free.
  let limitBytes: Int

  /// What each connection may hold without being counted.
  static let freeBytes = 16 * 1024

  private var usedBytes = 0

  init(limitBytes: Int = 64 * 1024 * 1024) {
    self.limitBytes = limitBytes
  }

  /// One connection's part of the budget.
  struct Share {
    fileprivate var countedBytes = 0
  }

  /// Counts what a connection holds now; false, with nothing changed, if that is too much.
  func hold(_ bytes: Int, _ share: inout Share) -> Bool {
    let wanted = max(0, bytes - Self.freeBytes)
    let growth = wanted - share.countedBytes
    guard growth <= 0 || usedBytes + growth <= limitBytes else { return false }
    usedBytes += growth
    share.countedBytes = wanted
    return true
  }
}
