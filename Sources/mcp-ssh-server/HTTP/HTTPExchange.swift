import EventIO
import Glibc

/// One request's way to its answer: whole, or as a stream of events.
@ServerLoop
final class HTTPExchange {
  /// The client's numeric address.
  let clientAddress: String

  /// What the connection is known by as long as it is open.
  var connection: ObjectIdentifier { ObjectIdentifier(channel) }

  /// The status that was sent; nil as long as none was.
  private(set) var status: Int?

  /// Whether the connection can carry another request afterwards.
  private(set) var keepsAlive: Bool

  private let channel: Channel
  private let isChunked: Bool
  private let isHEAD: Bool
  private let writeTimeout: Duration
  private let budget: BodyBudget

  /// What is answered where there is no room for the answer.
  private let withoutRoom: () -> HTTPResponse

  init(
    channel: Channel,
    request: HTTPRequest,
    clientAddress: String,
    writeTimeout: Duration,
    budget: BodyBudget,
    withoutRoom: @escaping () -> HTTPResponse
  ) {
    self.channel = channel
    self.clientAddress = clientAddress
    self.writeTimeout = writeTimeout
    self.budget = budget
    self.withoutRoom = withoutRoom
    keepsAlive = request.keepsAlive
    isChunked = request.acceptsChunked
    isHEAD = request.method == "HEAD"
  }

  /// Asks for the connection to end after this answer.
  func endConnectionAfterAnswer() {
    keepsAlive = false
  }

  /// Has something done if the client hangs up before the watch is ended.
  func watchForHangUp(_ action: @escaping @ServerLoop () -> Void) -> HangUpWatch {
    HangUpWatch(channel, action)
  }

  /// Sends the whole answer in one write, or an error in its place where clients that do not read have
  /// others wait already.
  func respond(_ response: HTTPResponse) async throws(Errno) {
    var response = response
    var share = BodyBudget.Share()
    if !budget.hold(response.body.count, &share) { response = withoutRoom() }
    defer { _ = budget.hold(0, &share) }
    status = response.status
    let date = HTTPDate.current()
    try await write(response.encoded(keepsAlive: keepsAlive, toHEAD: isHEAD, date: date))
  }

  /// Begins an answer that is a stream of server-sent events.
  func beginEventStream(headers: [(name: String, value: String)]) async throws(Errno) {
    var response = HTTPResponse(status: 200)
    response.contentType = "text/event-stream"
    response.headers = headers + [("Cache-Control", "no-cache")]
    status = 200
    if !isChunked { keepsAlive = false }
    try await write(response.encodedStreamHead(isChunked: isChunked, date: HTTPDate.current()))
  }

  /// Sends one event, and the end of the stream with the last one.
  func sendEvent(_ data: [UInt8], isLast: Bool) async throws(Errno) {
    var share = BodyBudget.Share()
    // The head of the stream is out: there is no other way to tell.
    guard budget.hold(data.count, &share) else { throw Errno(ENOBUFS, "answers under way") }
    defer { _ = budget.hold(0, &share) }
    let event = ServerSentEvent.encode(data)
    guard isChunked else { return try await write(event) }
    var chunk = Array("\(String(event.count, radix: 16))\r\n".utf8)
    chunk += event
    chunk += (isLast ? "\r\n0\r\n\r\n" : "\r\n").utf8
    try await write(chunk)
  }

  private func write(_ bytes: [UInt8]) async throws(Errno) {
    try await channel.writeAll(bytes, until: .now() + writeTimeout)
  }
}

/// The framing of the events of a text/event-stream.
enum ServerSentEvent {
  /// One event of the default type; the data is one line, as JSON without white space is.
  static func encode(_ data: [UInt8]) -> [UInt8] {
    var event = Array("event: message\ndata: ".utf8)
    event += data
    event += "\n\n".utf8
    return event
  }
}
