import EventIO

/// Answers what a server asks in the middle of its own answer: a stream may carry requests of the
/// server, and one that waits for its `ping` to come back keeps the call waiting.
///
/// Each answer is a POST of its own (Streamable HTTP), over a connection that belongs to no worker, so
/// that the call goes on being read. They are no attempts: the server asked for them.
actor ServerRequestAnswerer: LoopBound {
  /// The loop of the worker whose calls are answered.
  nonisolated let loop: EventLoop

  private let connection: HTTPClientConnection
  private var waiting: [[UInt8]] = []
  private var isSending = false
  private var isClosed = false

  /// A server may ask without end; what it does not wait for need not be kept.
  private static let mostWaiting = 100

  /// Prepares a connection; nothing is opened before the first answer.
  init(_ endpoint: MCPClientEndpoint, timeouts: HTTPClientTimeouts, loop: EventLoop) {
    self.loop = loop
    connection = endpoint.connection(on: loop, timeouts: timeouts)
  }

  /// The body of the answer to a request: a ping comes back, and nothing else is offered here.
  static func body(for request: RPCReply, in message: [UInt8]) -> [UInt8]? {
    guard let method = request.method, let id = request.id else { return nil }
    var body = Array(#"{"jsonrpc":"2.0","id":"#.utf8) + message[id]
    body +=
      message[method].elementsEqual("ping".utf8)
      ? Array(#","result":{}}"#.utf8)
      : Array(#","error":{"code":-32601,"message":"Method not found"}}"#.utf8)
    return body
  }

  /// Sends a whole HTTP message, now or later, when those before it have been answered.
  func send(_ message: [UInt8], at instant: MonotonicInstant? = nil) async {
    if let instant, await loop.sleep(until: instant) == .interrupted { return }
    guard !isClosed, waiting.count < Self.mostWaiting else { return }
    waiting.append(message)
    guard !isSending else { return }
    isSending = true
    while !waiting.isEmpty, !isClosed {
      var timing = ExchangeTiming()
      // Whether the server takes its answer is its own affair: the call tells.
      try? await connection.exchange(waiting.removeFirst(), timing: &timing)
    }
    isSending = false
  }

  /// Closes the connection, which ends what is being sent.
  func close() {
    isClosed = true
    waiting = []
    connection.close()
  }
}
