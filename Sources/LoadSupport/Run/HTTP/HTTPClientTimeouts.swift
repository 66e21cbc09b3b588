/// How much of a response is taken, so that no peer can exhaust memory.
package struct HTTPLimits: Sendable, Equatable {
  /// Bytes of status line and header fields, those of interim responses and empty lines before them
  /// included; also of a trailer section, and of all chunk extensions of a response.
  var head = 64 * 1024

  /// Bytes of the body, transfer coding removed.
  var body = 16 * 1024 * 1024

  /// The defaults: 64 KiB of head, 16 MiB of body.
  init() {}
}

/// How long each stage of an exchange may take.
package struct HTTPClientTimeouts: Sendable, Equatable {
  /// From the first SYN to an open connection.
  var connect: Duration = .seconds(10)

  /// From the last byte of the request to the first of the response.
  var firstByte: Duration = .seconds(30)

  /// From the last byte of the request to the last of the response; also from the first byte of the
  /// request to its last.
  var wholeRequest: Duration = .seconds(30)

  /// How long a request waits for the end of the event stream that brought the answer before: a kept connection has
  /// one response after the other (RFC 9112 §9.3), and opening another costs more.
  var endOfStream: Duration = .milliseconds(50)

  /// The defaults: 10 s to connect, 30 s to the first byte and for the whole.
  init() {}
}
