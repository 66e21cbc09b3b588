import EventIO

/// What a client accepts, as far as this server can answer it.
struct AcceptedMedia: Equatable, Sendable {
  /// Whether a JSON body is welcome.
  let json: Bool

  /// Whether a stream of events is welcome.
  let eventStream: Bool

  /// Reads an Accept field (RFC 9110 §12.5.1); without one everything is welcome.
  init(_ field: String?) {
    guard let field else {
      json = true
      eventStream = false
      return
    }
    // What nearly all clients send needs no parsing.
    if field == "application/json, text/event-stream" {
      json = true
      eventStream = true
      return
    }
    var json = false
    var eventStream = false
    // No client has more to say; what is behind is left together and matches nothing.
    for range in field.split(at: UInt8(ascii: ","), maxSplits: 64) {
      let parts = range.split(at: UInt8(ascii: ";")).map { $0.trimmed().asciiLowercased() }
      guard let type = parts.first, !parts.dropFirst().contains(where: Self.isZeroWeight) else {
        continue
      }
      switch type {
      case "*/*", "application/*", "application/json": json = true
      case "text/*", "text/event-stream": eventStream = true
      default: break
      }
    }
    self.json = json
    self.eventStream = eventStream
  }

  private static func isZeroWeight(_ parameter: String) -> Bool {
    parameter.hasBytePrefix("q=") && Double(Substring(parameter.utf8.dropFirst(2))) == 0
  }
}
