import EventIO

/// The instants of one exchange with a server, by the monotonic clock in nanoseconds.
package struct ExchangeTiming: Sendable, Equatable {
  /// When the request was handed to the kernel, or the last byte of one that took several calls; nil if it never was.
  package var sent: Int64?

  /// When the first byte of the response was read; nil if none came.
  package var firstByte: Int64?

  /// How long opening a connection took, if this exchange had to.
  package var connecting: Int64?

  /// The TLS handshake on that connection; nil if there was none, or it failed.
  package var handshake: TLSHandshake?

  /// How long the request waited for the end of the stream that brought the answer before; nil if it did not.
  package var endingStream: Int64?

  /// Nothing has happened yet.
  package init() {}
}
