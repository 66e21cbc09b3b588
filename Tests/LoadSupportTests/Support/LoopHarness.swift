import EventIO

@testable import LoadSupport

/// Runs test code on an event loop, so that it may touch what belongs to one.
actor LoopHarness: LoopBound {
  nonisolated let loop: EventLoop

  init(loop: EventLoop) {
    self.loop = loop
  }

  func run<Result: Sendable>(
    _ body: @Sendable (EventLoop) async throws -> Result
  ) async rethrows -> Result {
    try await body(loop)
  }

  /// Runs a body beside a server on one loop: whatever the server does is known to the kernel
  /// before the body goes on.
  static func run<Result: Sendable>(
    against script: @escaping ScriptedServer.Script,
    _ body: @Sendable (EventLoop, ScriptedServer) async throws -> Result
  ) async throws -> Result {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: script)
    do {
      let result = try await LoopHarness(loop: loop).run { try await body($0, server) }
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }
}

extension EventLoop {
  /// Lets everything happen that the kernel knows of already.
  func turn() async {
    for _ in 0..<3 { _ = await sleep(until: .now()) }
  }
}
