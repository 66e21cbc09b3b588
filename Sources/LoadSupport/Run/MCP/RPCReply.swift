import EventIO

/// What a JSON-RPC message says, as far as every request needs it, found without allocating.
struct RPCReply: Equatable, Sendable {
  /// Whose answer it is.
  enum Identity: Equatable, Sendable {
    /// It carries the id that was asked for.
    case matching

    /// Its id is null or missing: an error of a server that could not read the request.
    case anonymous

    /// It carries another id.
    case foreign
  }

  /// Whose answer it is.
  var identity = Identity.anonymous

  /// Where the id stands, if there is one.
  var id: Range<Int>?

  /// Where the name of the method stands: the server asks or tells something itself.
  var method: Range<Int>?

  /// Where the `result` stands, if there is one.
  var result: Range<Int>?

  /// Where the `error` stands, if there is one.
  var error: Range<Int>?

  /// Whether the result says `isError: true`.
  var isToolError = false

  /// Where the result says that it is something else than complete (`resultType`, MCP 2026-07-28); nil where it
  /// does not.
  var otherResultType: Range<Int>?

  /// Whether it is a response at all: a request or notification of the server has a method.
  var isResponse: Bool { result != nil || error != nil }

  /// Whether it answers one of some requests of ours, whose numbers are never used twice.
  func answers(anyOf requests: Set<Int64>, in message: [UInt8]) -> Bool {
    guard let id else { return false }
    return message.withUnsafeBytes { bytes in
      UnsafeRawBufferPointer(rebasing: bytes[id]).wholeNumber.map(requests.contains) ?? false
    }
  }

  /// Whether it is the wanted answer and reports no failure.
  var isPlainSuccess: Bool {
    result != nil && error == nil && identity == .matching && !isToolError
  }

  /// Reads a message, or the one with the wanted id out of a batch.
  init(parsing bytes: UnsafeRawBufferPointer, expecting id: Int64) throws(JSONError) {
    var captures = AnswerCaptures()
    try self.init(parsing: bytes, expecting: id, plan: .nothing, into: &captures)
  }

  /// Reads a message, or the one with the wanted id out of a batch, and takes of its result what the
  /// plan wants.
  init(
    parsing bytes: UnsafeRawBufferPointer,
    expecting id: Int64,
    plan: AnswerPlan,
    into captures: inout AnswerCaptures
  ) throws(JSONError) {
    captures.reset()
    var scanner = JSONScanner(bytes, at: bytes.countOfByteOrderMark)
    if scanner.peek() == UInt8(ascii: "[") {
      try scanner.beginArray()
      var isFound = false
      while try scanner.nextElement() {
        // What has been taken of the wanted one stays.
        let candidate = try Self.read(
          &scanner,
          expecting: id,
          plan: isFound ? .nothing : plan,
          into: &captures
        )
        guard candidate.isResponse, !isFound else { continue }
        self = candidate
        isFound = candidate.identity == .matching
      }
    } else {
      self = try Self.read(&scanner, expecting: id, plan: plan, into: &captures)
    }
    try scanner.expectEnd()
  }

  private init() {}

  private static func read(
    _ scanner: inout JSONScanner,
    expecting id: Int64,
    plan: AnswerPlan,
    into captures: inout AnswerCaptures
  ) throws(JSONError) -> RPCReply {
    var reply = RPCReply()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.count == 2, scanner.matches(key, "id") {
        try reply.readID(&scanner, expecting: id)
      } else if key.count == 6, scanner.matches(key, "result") {
        try reply.readResult(&scanner, plan, &captures)
      } else if key.count == 5, scanner.matches(key, "error") {
        let range = try scanner.skipValue()
        if !scanner.matches(range, "null") { reply.error = range }
      } else if key.count == 6, scanner.matches(key, "method") {
        reply.method = try scanner.readStringRange()
      } else {
        try scanner.skipValue()
      }
    }
    return reply
  }

  private mutating func readID(
    _ scanner: inout JSONScanner,
    expecting expected: Int64
  ) throws(JSONError) {
    // Some servers give a number back as a text, or as 7.0.
    let isText = scanner.peek() == UInt8(ascii: "\"")
    let range = try scanner.skipValue()
    guard isText || !scanner.matches(range, "null") else {
      (id, identity) = (nil, .anonymous)
      return
    }
    id = range
    let number = isText ? range.lowerBound + 1..<range.upperBound - 1 : range
    let isMine = UnsafeRawBufferPointer(rebasing: scanner.bytes[number]).wholeNumber == expected
    identity = isMine ? .matching : .foreign
  }

  private mutating func readResult(
    _ scanner: inout JSONScanner,
    _ plan: AnswerPlan,
    _ captures: inout AnswerCaptures
  ) throws(JSONError) {
    if !plan.isEmpty { captures.reset() }
    guard scanner.peek() == UInt8(ascii: "{") else {
      let start = scanner.offset
      try plan.walk(&scanner, at: AnswerPlan.root, into: &captures)
      let range = start..<scanner.offset
      result = scanner.matches(range, "null") ? nil : range
      return
    }
    let start = scanner.offset
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.count == 10, scanner.matches(key, "resultType") {
        // Looked at only: an operation may expect something of it as of any member.
        var ahead = scanner
        let type = try ahead.skipValue()
        otherResultType = scanner.matches(type, #""complete""#) ? nil : type
      }
      if key.count == 7, scanner.matches(key, "isError") {
        // True, 1 and "true" say so; of two members neither takes back what the other says.
        let value = try scanner.skipValue()
        let isFalse = ["false", "\"false\"", "null", "0"].contains { scanner.matches(value, $0) }
        isToolError = isToolError || !isFalse
      } else if let place = plan.place(behind: key, of: AnswerPlan.root, in: scanner.bytes) {
        try plan.walk(&scanner, at: place, into: &captures)
      } else {
        try scanner.skipValue()
      }
    }
    result = start..<scanner.offset
  }
}

extension UnsafeRawBufferPointer {
  /// The length of the byte order mark before a JSON text: RFC 8259 §8.1 forbids to send one and
  /// allows to ignore it, and some platforms write one.
  var countOfByteOrderMark: Int {
    count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF ? 3 : 0
  }

  /// The text without such a mark.
  var withoutByteOrderMark: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[countOfByteOrderMark...])
  }
}
