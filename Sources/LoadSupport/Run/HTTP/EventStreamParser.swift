/// Reads Server-Sent Events out of bytes that come in pieces of any size (WHATWG HTML §9.2.6).
///
/// A pure state machine. Lines end with LF, CRLF or CR; comments and unknown fields are passed
/// over; several `data` lines of one event are joined by line feeds.
struct EventStreamParser: Sendable {
  /// One dispatched event.
  struct Event: Equatable, Sendable {
    /// The event's type, `message` unless the stream names another.
    let type: String

    /// Its data as it came.
    let data: [UInt8]
  }

  /// The id of the last event that had one, without bytes that would end a header field; empty for none.
  private(set) var lastID: [UInt8] = []

  /// How long the server wants a client to wait before it comes again, in milliseconds; nil if it does not say.
  private(set) var retryMilliseconds: Int?

  private var id: [UInt8] = []
  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var hasData = false
  private var type: [UInt8] = []
  private var endedWithCarriageReturn = false
  private var isAtStart = true

  /// Makes a parser for the beginning of a stream.
  init() {}

  /// Takes bytes and returns the events that they complete.
  mutating func consume(_ input: some Sequence<UInt8>) -> [Event] {
    var events: [Event] = []
    for byte in input {
      if endedWithCarriageReturn {
        endedWithCarriageReturn = false
        if byte == UInt8(ascii: "\n") { continue }
      }
      switch byte {
      case UInt8(ascii: "\r"):
        endedWithCarriageReturn = true
        endLine(&events)
      case UInt8(ascii: "\n"):
        endLine(&events)
      default:
        line.append(byte)
      }
    }
    return events
  }

  private mutating func endLine(_ events: inout [Event]) {
    if isAtStart {
      isAtStart = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    defer { line.removeAll(keepingCapacity: true) }
    if line.isEmpty {
      lastID = id
      if hasData {
        let name = type.isEmpty ? "message" : String(decoding: type, as: UTF8.self)
        events.append(Event(type: name, data: data))
      }
      data = []
      hasData = false
      type = []
      return
    }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    var value = line[colon...].dropFirst()
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    if line[..<colon].elementsEqual("data".utf8) {
      if hasData { data.append(UInt8(ascii: "\n")) }
      data.append(contentsOf: value)
      hasData = true
    } else if line[..<colon].elementsEqual("event".utf8) {
      type = Array(value)
    } else if line[..<colon].elementsEqual("id".utf8),
      value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    {
      id = Array(value)
    } else if line[..<colon].elementsEqual("retry".utf8), value.allSatisfy({ $0 &- 48 <= 9 }) {
      retryMilliseconds = Int(String(decoding: value, as: UTF8.self)) ?? retryMilliseconds
    }
  }
}
