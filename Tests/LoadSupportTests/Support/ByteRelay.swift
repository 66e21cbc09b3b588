import EventIO
import Glibc

@testable import LoadSupport

/// Stands between a client and a server of loopback, and hands the server's bytes on in small pieces, or
/// only the first of them; as a proxy it wants a CONNECT first, and as a balancer it has a server for each
/// connection drawn at random.
actor ByteRelay: LoopBound {
  nonisolated let loop: EventLoop
  nonisolated let address: SocketAddress

  private let upstreams: [SocketAddress]
  private var random = SeededRandom(seed: 20_260_212)
  private let piece: Int
  private let limit: Int
  private let isProxy: Bool

  /// What it was asked for as a proxy, heads of requests.
  private(set) var asked: [String] = []

  private var channels: [Channel] = []
  private var tasks: [Task<Void, any Error>] = []

  /// Listens on a free port of 127.0.0.1; beyond the limit the connection is closed.
  static func start(
    to upstream: SocketAddress,
    or others: [SocketAddress] = [],
    piece: Int = 65_536,
    limit: Int = .max,
    isProxy: Bool = false,
    on loop: EventLoop
  ) async throws -> ByteRelay {
    let listening = try Socket.listen(on: upstream.with(port: 0))
    let address = try SocketAddress.local(of: listening)
    let relay = ByteRelay(loop, address, [upstream] + others, piece, limit, isProxy)
    try await relay.listen(listening.release())
    return relay
  }

  private init(
    _ loop: EventLoop,
    _ address: SocketAddress,
    _ upstreams: [SocketAddress],
    _ piece: Int,
    _ limit: Int,
    _ isProxy: Bool
  ) {
    self.isProxy = isProxy
    self.loop = loop
    self.address = address
    self.upstreams = upstreams
    self.piece = piece
    self.limit = limit
  }

  func stop() async {
    for channel in channels { channel.close() }
    for task in tasks { _ = try? await task.value }
  }

  private func listen(_ raw: Int32) throws {
    let listener = try Channel(Descriptor(owning: raw), on: loop)
    channels.append(listener)
    tasks.append(
      Task {
        while await listener.waitReadable() == .ready {
          guard let descriptor = try Socket.accept(from: listener) else { continue }
          let client = channels.endIndex
          channels.append(try Channel(descriptor, on: loop))
          // Taking turns, it could keep step with clients that open one connection after the other.
          let upstream = upstreams[.random(in: upstreams.indices, using: &random)]
          channels.append(try Channel(Socket.startConnecting(to: upstream), on: loop))
          tasks.append(Task { try await serve(client) })
        }
      }
    )
  }

  private func serve(_ client: Int) async throws {
    if isProxy {
      var head: [UInt8] = []
      while head.firstRange(of: "\r\n\r\n".utf8) == nil {
        head += try await channels[client].readSome()
      }
      asked.append(String(decoding: head, as: UTF8.self))
      try await channels[client].writeAll(Array("HTTP/1.1 200 Connected\r\nX: y\r\n\r\n".utf8))
    }
    tasks.append(Task { try await pass(from: client, to: client + 1, .max, .max) })
    try await pass(from: client + 1, to: client, piece, limit)
  }

  private func pass(from: Int, to: Int, _ piece: Int, _ limit: Int) async throws {
    defer {
      channels[from].close()
      channels[to].close()
    }
    var left = limit
    while left > 0 {
      var bytes = try await channels[from].readSome(upTo: min(left, 65_536))[...]
      if bytes.isEmpty { return }
      left -= bytes.count
      while !bytes.isEmpty {
        try await channels[to].writeAll(Array(bytes.prefix(piece)))
        bytes = bytes.dropFirst(piece)
        if piece < 65_536 { await loop.turn() }
      }
    }
  }
}
