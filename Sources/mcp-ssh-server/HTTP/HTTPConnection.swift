import EventIO
import Glibc

/// Answers the requests of one connection, in their order.
///
/// While a request is being answered nothing is read, so a client that pipelines is slowed down by
/// its own requests, and an idle connection costs a channel and an empty buffer.
@ServerLoop
final class HTTPConnection {
  private let channel: Channel
  private let clientAddress: String
  private let handler: any HTTPHandler
  private let timeouts: HTTPTimeouts
  private var parser: HTTPRequestParser
  private var isEnding = false

  /// Whether a request is being answered.
  private(set) var isAnswering = false

  init(
    channel: Channel,
    limits: HTTPRequestParser.Limits,
    timeouts: HTTPTimeouts,
    handler: any HTTPHandler
  ) {
    self.channel = channel
    self.handler = handler
    self.timeouts = timeouts
    parser = HTTPRequestParser(limits: limits)
    clientAddress = PeerAddress.numericHost(of: channel.rawDescriptor)
  }

  /// Serves until the client leaves, an error puts the connection out of step, or `end`.
  func serve() async {
    defer {
      channel.close()
      handler.ended(ObjectIdentifier(channel))
    }
    do throws(Errno) {
      while let request = try await nextRequest() {
        isAnswering = true
        let exchange = makeExchange(for: request)
        if isEnding { exchange.endConnectionAfterAnswer() }
        try await handler.handle(request, exchange)
        isAnswering = false
        if !exchange.keepsAlive || isEnding { break }
      }
    } catch {
      // The client is gone or does not read; there is nobody left to tell.
    }
  }

  /// Ends the connection once the answer under way is out.
  func end() {
    isEnding = true
    if !isAnswering { channel.close() }
  }

  /// Ends the connection at once.
  func abort() {
    channel.close()
  }

  private func nextRequest() async throws(Errno) -> HTTPRequest? {
    var requestDeadline: MonotonicInstant?
    while true {
      switch parseNext() {
      case .success(.request(let request)): return request
      case .success(.needsMore): break
      case .success(.expectsContinue):
        try await channel.writeAll(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
      case .failure(let error):
        await refuse(error)
        return nil
      }
      if parser.isInsideRequest, requestDeadline == nil {
        requestDeadline = .now() + timeouts.request
      }
      let deadline = requestDeadline ?? .now() + timeouts.idle
      switch await channel.waitReadable(until: deadline) {
      case .interrupted: return nil
      case .timedOut:
        if requestDeadline != nil {
          await refuse(HTTPRequestError(status: 408, reason: "the request did not arrive in time"))
        }
        return nil
      case .ready:
        guard try SharedReadBuffer.read(from: channel, { parser.append($0) }) else { return nil }
      }
    }
  }

  private func parseNext() -> Result<HTTPRequestParser.Event, HTTPRequestError> {
    Result { () throws(HTTPRequestError) in try parser.next() }
  }

  private func makeExchange(for request: HTTPRequest) -> HTTPExchange {
    HTTPExchange(
      channel: channel,
      request: request,
      clientAddress: clientAddress,
      writeTimeout: timeouts.write
    )
  }

  /// Answers and ends the connection so that the client gets to read the answer: closing with
  /// unread input would reset the connection and may discard it (RFC 9112 §9.6).
  private func refuse(_ error: HTTPRequestError) async {
    var request = HTTPRequest(method: "", path: "")
    request.keepsAlive = false
    let exchange = makeExchange(for: request)
    do throws(Errno) {
      try await handler.refuse(error, exchange)
      _ = shutdown(channel.rawDescriptor, Int32(SHUT_WR))
      let deadline = MonotonicInstant.now() + timeouts.linger
      while await channel.waitReadable(until: deadline) == .ready {
        guard try SharedReadBuffer.read(from: channel, { _ in }) else { return }
      }
    } catch {
      // The client did not wait for the answer.
    }
  }
}

/// How long a connection waits for what.
struct HTTPTimeouts: Sendable {
  /// For the next request to begin.
  var idle = Duration.seconds(600)

  /// For a request that has begun to be whole.
  var request = Duration.seconds(30)

  /// For a client to take an answer.
  var write = Duration.seconds(30)

  /// For a client to notice a refusal.
  var linger = Duration.seconds(1)
}

/// What answers the requests of all connections.
@ServerLoop
protocol HTTPHandler: AnyObject {
  /// Answers a request; throws when the client cannot be reached.
  func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno)

  /// Notes the end of a connection, which exchanges named.
  func ended(_ connection: ObjectIdentifier)

  /// Answers what was no request.
  func refuse(_ error: HTTPRequestError, _ exchange: HTTPExchange) async throws(Errno)
}
