import EventIO

/// What a JSON-RPC response says, as far as every request needs it, found without allocating.
package struct RPCReply: Equatable, Sendable {
  /// Whose answer it is.
  package enum Identity: Equatable, Sendable {
    /// It carries the id that was asked for.
    case matching

    /// Its id is null or missing: an error of a server that could not read the request.
    case anonymous

    /// It carries another id.
    case foreign
  }

  /// Whose answer it is.
  package var identity = Identity.anonymous

  /// Where the `result` stands, if there is one.
  package var result: Range<Int>?

  /// Where the `error` stands, if there is one.
  package var error: Range<Int>?

  /// Whether the result says `isError: true`.
  package var isToolError = false

  /// Whether it is a response at all: a request or notification of the server has a method.
  package var isResponse: Bool { result != nil || error != nil }

  /// Whether it is the wanted answer and reports no failure.
  var isPlainSuccess: Bool {
    result != nil && error == nil && identity == .matching && !isToolError
  }

  /// Reads a message, or the one with the wanted id out of a batch.
  package init(parsing bytes: UnsafeRawBufferPointer, expecting id: Int64) throws(JSONError) {
    var scanner = JSONScanner(bytes)
    if scanner.peek() == UInt8(ascii: "[") {
      try scanner.beginArray()
      var isFound = false
      while try scanner.nextElement() {
        let candidate = try Self.read(&scanner, expecting: id)
        guard candidate.isResponse, !isFound else { continue }
        self = candidate
        isFound = candidate.identity == .matching
      }
    } else {
      self = try Self.read(&scanner, expecting: id)
    }
    try scanner.expectEnd()
  }

  private init() {}

  private static func read(
    _ scanner: inout JSONScanner,
    expecting id: Int64
  ) throws(JSONError) -> RPCReply {
    var reply = RPCReply()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.count == 2, scanner.matches(key, "id") {
        reply.identity = try readIdentity(&scanner, expecting: id)
      } else if key.count == 6, scanner.matches(key, "result") {
        try reply.readResult(&scanner)
      } else if key.count == 5, scanner.matches(key, "error") {
        let range = try scanner.skipValue()
        if !scanner.matches(range, "null") { reply.error = range }
      } else {
        try scanner.skipValue()
      }
    }
    return reply
  }

  private static func readIdentity(
    _ scanner: inout JSONScanner,
    expecting id: Int64
  ) throws(JSONError) -> Identity {
    switch scanner.peek() {
    case UInt8(ascii: "n"):
      try scanner.skipValue()
      return .anonymous
    case UInt8(ascii: "\""):
      // Some servers give a number back as a string.
      return try scanner.readString() == String(id) ? .matching : .foreign
    default:
      return try scanner.readInteger() == id ? .matching : .foreign
    }
  }

  private mutating func readResult(_ scanner: inout JSONScanner) throws(JSONError) {
    guard scanner.peek() == UInt8(ascii: "{") else {
      let range = try scanner.skipValue()
      result = scanner.matches(range, "null") ? nil : range
      return
    }
    let start = scanner.offset
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.count == 7, scanner.matches(key, "isError") {
        isToolError = try scanner.readBool() ?? false
      } else {
        try scanner.skipValue()
      }
    }
    result = start..<scanner.offset
  }
}
