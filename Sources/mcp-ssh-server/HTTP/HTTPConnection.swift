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
  private let budget: BodyBudget
  private let answerBudget: BodyBudget
  private var share = BodyBudget.Share()
  private var parser: HTTPRequestParser
  private var requestDeadline: MonotonicInstant?
  private var isEnding = false

  /// Whether a request is being answered.
  private(set) var isAnswering = false

  /// Whether the handler has let some request pass: until then the client has shown nothing.
  private(set) var isKnown = false

  /// Since when the client has had no answer: from the last one, or from the start.
  private(set) var quietSince = MonotonicInstant.now()

  init(
    channel: Channel,
    limits: HTTPRequestParser.Limits,
    timeouts: HTTPTimeouts,
    budget: BodyBudget,
    answerBudget: BodyBudget,
    handler: any HTTPHandler
  ) {
    self.channel = channel
    self.handler = handler
    self.timeouts = timeouts
    self.budget = budget
    self.answerBudget = answerBudget
    parser = HTTPRequestParser(limits: limits)
    clientAddress = PeerAddress.numericHost(of: channel.rawDescriptor)
  }

  /// Whether the client has begun to send a request.
  var isReceiving: Bool { parser.isInsideRequest }

  /// Serves until the client leaves, an error puts the connection out of step, or `end`.
  func serve() async {
    defer {
      channel.close()
      _ = budget.hold(0, &share)
      handler.ended(ObjectIdentifier(channel))
    }
    do throws(Errno) {
      while let request = try await nextRequest() {
        isAnswering = true
        let exchange = makeExchange(for: request)
        if isEnding { exchange.endConnectionAfterAnswer() }
        try await handler.handle(request, exchange)
        if !exchange.keepsAlive || isEnding { break }
        endAnswer()
        await giveTurn()
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

  // MARK: Requests

  private func nextRequest() async throws(Errno) -> HTTPRequest? {
    while true {
      switch parseNext() {
      case .success(.request(let request)): return request
      case .success(.head(let head)):
        if let answer = handler.answer(toHead: head, from: clientAddress) {
          guard try await answerEarly(answer, to: head) else { return nil }
        } else {
          isKnown = true
        }
      case .success(.expectsContinue):
        try await channel.writeAll(
          Array("HTTP/1.1 100 Continue\r\n\r\n".utf8),
          until: .now() + timeouts.write
        )
      case .success(.needsMore):
        guard try await receive() else { return nil }
      case .failure(let error):
        await refuse(error)
        return nil
      }
    }
  }

  /// Takes in what comes next; false if the connection is over.
  private func receive() async throws(Errno) -> Bool {
    guard budget.hold(parser.heldBytes, &share) else {
      await refuse(.tooManyBytesHeld(limit: budget.limitBytes))
      return false
    }
    if parser.isInsideRequest, requestDeadline == nil {
      requestDeadline = .now() + timeouts.request
    }
    var deadline = requestDeadline ?? quietSince + timeouts.idle
    if !isKnown { deadline = min(deadline, quietSince + timeouts.stranger) }
    // A client that always has more to send never waits, and would never come to a deadline.
    let isLate = MonotonicInstant.now() >= deadline
    switch isLate ? .timedOut : await channel.waitReadable(until: deadline) {
    case .interrupted: return false
    case .timedOut:
      if parser.isInsideRequest {
        await refuse(HTTPRequestError(status: 408, reason: "the request did not arrive in time"))
      }
      return false
    case .ready:
      guard try SharedReadBuffer.read(from: channel, { parser.append($0) }) else { return false }
      // There is more, but other connections have their turn first.
      if channel.hasUnreadInput { await Task.yield() }
      return true
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
      writeTimeout: timeouts.write,
      budget: answerBudget,
      withoutRoom: { [handler] in handler.answer(to: .tooManyAnswers) }
    )
  }

  /// A client that has sent its next request already must not keep others from theirs.
  private func giveTurn() async {
    if parser.isInsideRequest { await Task.yield() }
  }

  private func endAnswer() {
    isAnswering = false
    quietSince = .now()
    requestDeadline = nil
  }

  // MARK: Answers before the body

  /// Answers a request whose body nobody wants; false if that ended the connection.
  private func answerEarly(
    _ response: HTTPResponse,
    to head: HTTPRequest
  ) async throws(Errno) -> Bool {
    // A body that is here already costs nothing, and the connection stays in step.
    let isWhole = if case .success(.request) = parseNext() { true } else { false }
    var head = head
    head.keepsAlive = head.keepsAlive && isWhole && !isEnding
    isAnswering = true
    try await makeExchange(for: head).respond(response)
    endAnswer()
    if !isWhole { try await linger() }
    await giveTurn()
    return head.keepsAlive
  }

  /// Answers what is no request, and ends the connection.
  private func refuse(_ error: HTTPRequestError) async {
    var request = HTTPRequest(method: "", path: "")
    request.keepsAlive = false
    do throws(Errno) {
      try await makeExchange(for: request).respond(handler.answer(to: error))
      try await linger()
    } catch {
      // The client did not wait for the answer.
    }
  }

  /// Lets the client read the answer: closing with unread input would reset the connection and may
  /// discard it (RFC 9112 §9.6).
  private func linger() async throws(Errno) {
    _ = shutdown(channel.rawDescriptor, Int32(SHUT_WR))
    let deadline = MonotonicInstant.now() + timeouts.linger
    while MonotonicInstant.now() < deadline,
      await channel.waitReadable(until: deadline) == .ready
    {
      guard try SharedReadBuffer.read(from: channel, { _ in }) else { return }
      await Task.yield()
    }
  }
}

/// How long a connection waits for what.
struct HTTPTimeouts: Sendable {
  /// For the next request to begin.
  var idle = Duration.seconds(600)

  /// For a client to send a head that the handler lets pass, as long as it never has.
  var stranger = Duration.seconds(10)

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
  /// Judges a request by its head: an answer is sent at once, and the body is not read.
  func answer(toHead head: HTTPRequest, from clientAddress: String) -> HTTPResponse?

  /// Answers a request that passed; throws when the client cannot be reached.
  func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno)

  /// Notes the end of a connection, which exchanges named.
  func ended(_ connection: ObjectIdentifier)

  /// What to answer to something that is no request, or none that can be taken in.
  func answer(to error: HTTPRequestError) -> HTTPResponse
}
