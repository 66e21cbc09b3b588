import EventIO
import Glibc

/// Accepts connections and keeps track of those that are open.
@ServerLoop
final class HTTPListener {
  /// Where the listener can be reached, with the port that the kernel chose.
  let address: SocketAddress

  private let channel: Channel
  private let limits: HTTPRequestParser.Limits
  private let timeouts: HTTPTimeouts
  private let handler: any HTTPHandler
  private var connections: [ObjectIdentifier: HTTPConnection] = [:]

  init(
    on address: SocketAddress,
    limits: HTTPRequestParser.Limits = HTTPRequestParser.Limits(),
    timeouts: HTTPTimeouts = HTTPTimeouts(),
    handler: any HTTPHandler
  ) throws(Errno) {
    let descriptor = try Socket.listen(on: address)
    self.address = try SocketAddress.local(of: descriptor)
    channel = try Channel(descriptor, on: .server)
    self.limits = limits
    self.timeouts = timeouts
    self.handler = handler
  }

  /// How many connections are open.
  var connectionCount: Int { connections.count }

  /// Whether some request is being answered.
  var isAnswering: Bool { connections.values.contains { $0.isAnswering } }

  /// Accepts until `stopAccepting`.
  func run() async {
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
    channel.close()
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
    let connection = HTTPConnection(
      channel: try Channel(socket, on: .server),
      limits: limits,
      timeouts: timeouts,
      handler: handler
    )
    connections[ObjectIdentifier(connection)] = connection
    ServerLoop.start { [self] in
      await connection.serve()
      connections[ObjectIdentifier(connection)] = nil
    }
  }
}
