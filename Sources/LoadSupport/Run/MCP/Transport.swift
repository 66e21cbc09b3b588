/// Carries messages to a server and back, for one call after the other.
///
/// Over HTTP that is a connection, and the answer comes with the exchange; over pipes answers would be told
/// apart by their ids. Confined to its loop.
protocol Transport: AnyObject {
  /// Sends a message and takes what comes back, until the answer is there or nothing more comes.
  ///
  /// `onMessage` is asked of each message that comes by itself, as an event of a stream does, whether it is
  /// the answer; others may come first. The body of a response needs no question. `limit` is one that is
  /// shorter than the timeout for the whole request.
  func exchange(
    _ message: [UInt8],
    timing: inout ExchangeTiming,
    withinNanoseconds limit: Int64?,
    onMessage: ([UInt8]) -> Bool
  ) async throws(HTTPError)

  /// The status that came with the answer.
  var status: Int { get }

  /// Status and fields that came with the answer.
  var head: HTTPResponseHead { get }

  /// The message that was taken for the answer; nil if none was.
  var answer: [UInt8]? { get }

  /// What came in one piece: the answer, unless it came as a message of its own.
  var body: [UInt8] { get }

  /// Whether a stream of events ended before one of them was taken for the answer.
  var isCutStream: Bool { get }

  /// The id of the last event of that stream, by which it is gone on with; nil if none had one.
  var lastEventID: [UInt8]? { get }

  /// How long the server wants to be left alone before that.
  var reconnectPause: Duration { get }

  /// How many bytes the exchange has brought, of heads and of all messages.
  var bytesReceived: Int64 { get }

  /// When the bytes that were read last came, in nanoseconds of the monotonic clock.
  var lastReceived: Int64 { get }

  /// How the client is gone with the next exchange; nil where it stays, and over what cannot be left so.
  var parting: Workload.Leaving? { get set }

  /// How many connections have been opened.
  var connectionsOpened: Int { get }

  /// Closes what is open; the next exchange opens another.
  func close()
}

extension Transport {
  var status: Int { head.status }

  var parting: Workload.Leaving? {
    get { nil }
    set {}
  }
}

extension HTTPClientConnection: Transport {}
