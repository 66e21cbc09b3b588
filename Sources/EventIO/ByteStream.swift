import Glibc

/// What a stream that is not open yet waits for.
package enum OpeningStage: String, Sendable {
  case connection = "the connection"
  case tunnel = "the proxy's tunnel"
  case handshake = "the TLS handshake"
}

/// A connection over which bytes go both ways without blocking: a `Channel`, or what encrypts over one.
///
/// Whoever speaks a protocol over it makes a few calls a message and none a byte, so that it need not
/// know which of the two it has. Confined to the loop's thread.
package protocol ByteStream: AnyObject {
  /// Waits until bytes may go: the connection stands, and so does what the stream begins with, such as a
  /// handshake.
  ///
  /// - Throws: why there is no connection.
  func waitUntilOpen(until deadline: MonotonicInstant?) async throws(Errno) -> WaitResult

  /// Takes what it has room for.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult

  /// Waits until a write may take something.
  func waitWritable(until deadline: MonotonicInstant?) async -> WaitResult

  /// Lends what there is to read for the time of the call.
  ///
  /// Returns how many bytes there were, zero at the end of the stream, nil when there was nothing; then
  /// `body` is not called.
  func read(_ body: (UnsafeRawBufferPointer) -> Void) throws(Errno) -> Int?

  /// Whether there is input, or the peer's end, that nobody has read yet: what the kernel has told of, and
  /// what the stream holds decoded.
  var hasUnreadInput: Bool { get }

  /// Resumes a task when a read may give something; at once where the stream holds some.
  ///
  /// A stream that always has something never lets its reader wait: whoever reads looks at deadlines and
  /// at `interruptions` with every read.
  func resumeWhenReadable(
    _ continuation: UnsafeContinuation<WaitResult, Never>,
    until deadline: MonotonicInstant?
  )

  /// How often waits have been ended from outside.
  var interruptions: Int { get }

  /// What it waits for, or waited for last, before bytes may go.
  var openingStage: OpeningStage { get }

  /// The handshake that it began with; nil where there was none, or it is not over.
  var handshake: TLSHandshake? { get }

  /// Ends every wait and closes the connection.
  func close()

  /// The number of the socket below; -1 for none.
  var rawDescriptor: Int32 { get }
}

extension ByteStream {
  package var handshake: TLSHandshake? { nil }
  package var openingStage: OpeningStage { .connection }

  package var rawDescriptor: Int32 { -1 }

  /// Closes the connection by RST: nothing more is sent or taken, and the peer's calls fail.
  package func reset() {
    // Without lingering, close resets a connection (socket(7), SO_LINGER).
    var abort = linger(l_onoff: 1, l_linger: 0)
    let length = socklen_t(MemoryLayout<linger>.size)
    setsockopt(rawDescriptor, SOL_SOCKET, SO_LINGER, &abort, length)
    close()
  }

  /// Sends the end of the stream and goes on reading: the connection is half closed.
  package func endOutput() { shutdown(rawDescriptor, Int32(SHUT_WR)) }
}

extension Channel: ByteStream {
  package func waitUntilOpen(
    until deadline: MonotonicInstant? = nil
  ) async throws(Errno) -> WaitResult {
    let result = await waitWritable(until: deadline)
    let code = result == .ready ? Socket.connectionError(of: self) : 0
    if code != 0 { throw Errno(code, "connect") }
    return result
  }
}
