import EventIO

extension SupervisedProcesses {
  /// The first bytes that a service of this machine says; empty if there is none.
  func greeting(
    ofPort port: UInt16,
    host: String = "127.0.0.1"
  ) async throws -> [UInt8] {
    let deadline = MonotonicInstant.now() + .seconds(1)
    guard let channel = try await connect(port, host, until: deadline) else { return [] }
    defer { channel.close() }
    return (try? await channel.readSome(until: deadline)) ?? []
  }

  /// Whether a service listens on a port of this machine.
  func accepts(port: UInt16) async throws -> Bool {
    let channel = try await connect(port, "127.0.0.1", until: .now() + .seconds(1))
    channel?.close()
    return channel != nil
  }

  private func connect(
    _ port: UInt16,
    _ host: String,
    until deadline: MonotonicInstant
  ) async throws -> Channel? {
    guard let address = try SocketAddress.resolve(host: host, port: port).first else {
      return nil
    }
    let channel = try Channel(Socket.startConnecting(to: address), on: loop)
    guard (try? await channel.waitUntilOpen(until: deadline)) == .ready else {
      channel.close()
      return nil
    }
    return channel
  }
}
