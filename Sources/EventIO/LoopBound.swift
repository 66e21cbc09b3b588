/// An actor whose jobs run on one event loop, so that it may touch what belongs to that loop.
package protocol LoopBound: Actor {
  /// The loop that runs this actor.
  nonisolated var loop: EventLoop { get }
}

extension LoopBound {
  /// The loop as the actor's executor.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    loop.asUnownedSerialExecutor()
  }
}
