import EventIO

/// Tells a client now and then that its call still runs, if it asked for that.
///
/// The first notification turns the answer into a stream of events; a call that ends before gets a
/// plain answer.
@ServerLoop
final class ProgressReporter {
  private let token: JSONValue
  private let exchange: HTTPExchange
  private let start = MonotonicInstant.now()
  private let turns = FirstComeQueue()
  private var timer: LoopTimer?
  private var hasBegun = false
  private var isFinished = false

  /// How often it tells.
  static let interval = Duration.seconds(1)

  /// Begins to report; nil if the client did not ask or cannot read it.
  init?(for request: JSONRPCRequest, _ admitted: AdmittedRequest, _ exchange: HTTPExchange) {
    guard admitted.acceptsEventStream, request.method == "tools/call",
      let token = request.parameters?["_meta"]?["progressToken"], token.isRequestID
    else { return nil }
    self.token = token
    self.exchange = exchange
    schedule()
  }

  /// Sends the answer if it must go into the stream; false if there is no stream.
  func finish(_ answer: JSONValue) async throws(Errno) -> Bool {
    isFinished = true
    timer?.cancel()
    await turns.take()
    defer { turns.give() }
    guard hasBegun else { return false }
    try await exchange.sendEvent(answer.encoded, isLast: true)
    return true
  }

  private func schedule() {
    timer = EventLoop.server.schedule(at: .now() + Self.interval) { [weak self] in
      guard let self else { return }
      ServerLoop.start { await self.report() }
    }
  }

  private func report() async {
    await turns.take()
    defer { turns.give() }
    guard !isFinished else { return }
    let seconds = (MonotonicInstant.now() - start).seconds
    let notification: JSONValue = [
      "jsonrpc": "2.0", "method": "notifications/progress",
      "params": [
        "progressToken": token,
        "progress": .number(((seconds * 1000).rounded() / 1000).plainText),
        "message": .string("running for \(Int(seconds)) s"),
      ],
    ]
    do throws(Errno) {
      if !hasBegun {
        try await exchange.beginEventStream(headers: [("X-Accel-Buffering", "no")])
        hasBegun = true
      }
      try await exchange.sendEvent(notification.encoded, isLast: false)
      schedule()
    } catch {
      // The client is gone: the answer will find that out too. The call goes on, as the protocol
      // wants it (a lost connection is no cancellation).
    }
  }
}
