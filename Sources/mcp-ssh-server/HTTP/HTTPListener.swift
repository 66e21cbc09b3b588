import EventIO
import Glibc

/// Accepts connections and keeps track of those that are open.
@ServerLoop
final class HTTPListener {
  /// Where the listener can be reached, with the port that the kernel chose.
  let addresses: [SocketAddress]

  private let channels: [Channel]
  private let limits: HTTPRequestParser.Limits
  private let timeouts: HTTPTimeouts
  private let connectionLimit: Int
  private let budget = BodyBudget()
  private let answerBudget = BodyBudget()
  private let handler: any HTTPHandler
  private var connections: [ObjectIdentifier: HTTPConnection] = [:]

  /// Listens on all of the addresses, at one port; those that this machine does not have are left out.
  ///
  /// - Throws: what the kernel said of an address that it refused, or of the last if it has none of them.
  init(
    on addresses: [SocketAddress],
    limits: HTTPRequestParser.Limits = HTTPRequestParser.Limits(),
    timeouts: HTTPTimeouts = HTTPTimeouts(),
    connectionLimit: Int,
    handler: any HTTPHandler
  ) throws(Errno) {
    (self.addresses, channels) = try Self.listen(on: addresses)
    self.limits = limits
    self.timeouts = timeouts
    self.connectionLimit = connectionLimit
    self.handler = handler
  }

  /// How many connections are open.
  var connectionCount: Int { connections.count }

  /// Whether some request is being answered.
  var isAnswering: Bool { connections.values.contains { $0.isAnswering } }

  private static func listen(
    on addresses: [SocketAddress]
  ) throws(Errno) -> ([SocketAddress], [Channel]) {
    var bound: [SocketAddress] = []
    var channels: [Channel] = []
    var missing = Errno(EADDRNOTAVAIL, "listen")
    for address in addresses {
      do throws(Errno) {
        // The port that the kernel chose for the first is that of the others too.
        let descriptor = try Socket.listen(
          on: bound.first.map { address.with(port: $0.port) } ?? address
        )
        bound.append(try SocketAddress.local(of: descriptor))
        channels.append(try Channel(descriptor, on: .server))
      } catch {
        // A name may have addresses of other machines, and of a family that this one does without.
        guard error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT else { throw error }
        missing = error
      }
    }
    guard !channels.isEmpty else { throw missing }
    return (bound, channels)
  }

  /// Accepts until `stopAccepting`.
  func run() async {
    for channel in channels.dropFirst() {
      ServerLoop.start { [self] in await accept(from: channel) }
    }
    await accept(from: channels[0])
  }

  private func accept(from channel: Channel) async {
    while await channel.waitReadable() == .ready {
      do throws(Errno) {
        while let socket = try Socket.accept(from: channel) { try open(socket) }
      } catch {
        // ECONNABORTED and the like concern one connection. Out of descriptors, accept would fail
        // again at once: wait until some connection may have ended.
        if error.code == EMFILE || error.code == ENFILE || error.code == ENOBUFS {
          _ = await EventLoop.server.sleep(until: .now() + .milliseconds(50))
        }
      }
    }
  }

  /// Takes no further connections.
  func stopAccepting() {
    for channel in channels { channel.close() }
  }

  /// Ends each connection once the answer under way is out.
  func endConnections() {
    for connection in connections.values { connection.end() }
  }

  /// Ends all connections at once.
  func abortConnections() {
    for connection in connections.values { connection.abort() }
  }

  private func open(_ socket: consuming Descriptor) throws(Errno) {
    let channel = try Channel(socket, on: .server)
    guard makeRoom() else { return refuse(channel) }
    let connection = HTTPConnection(
      channel: channel,
      limits: limits,
      timeouts: timeouts,
      budget: budget,
      answerBudget: answerBudget,
      handler: handler
    )
    connections[ObjectIdentifier(connection)] = connection
    ServerLoop.start { [self] in
      await connection.serve()
      connections[ObjectIdentifier(connection)] = nil
    }
  }

  // MARK: The limit

  /// Ends connections that nobody misses until there is room; false if each is in use.
  ///
  /// First those that never had a request let pass, then those that wait for a next one, of both the
  /// quietest: whoever only holds connections keeps nobody out.
  private func makeRoom() -> Bool {
    while connections.count >= connectionLimit {
      let free = connections.filter { !$0.value.isAnswering }
      let strangers = free.filter { !$0.value.isKnown }
      let idle = free.filter { !$0.value.isReceiving }
      let quietest = (strangers.isEmpty ? idle : strangers)
        .min { $0.value.quietSince < $1.value.quietSince }
      guard let quietest else { return false }
      quietest.value.abort()
      connections[quietest.key] = nil
    }
    return true
  }

  /// Says why, as far as the socket takes it at once, and closes.
  private func refuse(_ channel: Channel) {
    let response = handler.answer(to: .tooManyConnections(limit: connectionLimit))
    let bytes = response.encoded(keepsAlive: false, toHEAD: false, date: HTTPDate.current())
    _ = bytes.withUnsafeBytes { raw in try? channel.write(raw) }
    _ = try? SharedReadBuffer.read(from: channel) { _ in }
    channel.close()
  }
}
