/// Holds state that only one event loop's thread touches, inside something that threads share.
///
/// It is also how actors of one loop share what belongs to that.
// SAFETY: every access checks that it happens on the loop's thread, so there is no second one.
package final class LoopConfined<State>: @unchecked Sendable {
  private var state: State

  /// Takes over a state that nobody else has.
  package init(_ state: sending State) {
    self.state = state
  }

  /// The state, for the loop's thread only.
  @inline(__always)
  package func access<Result>(
    on loop: EventLoop,
    _ body: (inout State) throws -> Result
  ) rethrows -> Result {
    precondition(loop.isCurrent, "state of an event loop was touched from another thread")
    return try body(&state)
  }
}
