import EventIO

/// Asks a server, before a load of event streams, whether it has any.
///
/// In an MCP session of its own, which it ends; nothing of it is recorded.
actor StreamProbe: LoopBound {
  nonisolated let loop: EventLoop
  private let session: MCPClientSession

  /// How long the server may take to refuse a stream.
  private static let hold = Duration.milliseconds(300)

  private init(_ network: Network, _ timeouts: HTTPClientTimeouts, on loop: EventLoop) {
    self.loop = loop
    session = MCPClientSession(
      network.endpoint,
      profile: network.profile,
      timeouts: timeouts,
      on: loop
    )
  }

  /// What the server did not like about a stream; nil if it holds one.
  ///
  /// - Throws: when no event loop can be made.
  static func refusal(
    of network: Network,
    _ timeouts: HTTPClientTimeouts
  ) async throws -> Attempt? {
    let loop = try EventLoop(name: "probe")
    defer { loop.stop() }
    return await StreamProbe(network, timeouts, on: loop).ask()
  }

  private func ask() async -> Attempt? {
    let now = MonotonicInstant.now().nanoseconds
    for (_, attempt) in await session.initialize(plannedAt: now) where attempt.outcome != .success {
      return attempt
    }
    let attempt = await session.listen(for: Self.hold, plannedAt: now)
    _ = await session.end(plannedAt: now)
    await session.close()
    return attempt.outcome == .success ? nil : attempt
  }
}
