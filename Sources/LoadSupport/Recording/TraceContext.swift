/// What requests of a run carry so that lines of a server's log can be found in the recording and back: a
/// `traceparent` (W3C Trace Context, level 1, §3.2).
///
/// All requests of one load have the same trace id, which its header tells; the parent id is each request's own,
/// and stands in its line as `span`.
struct TraceContext: Sendable, Equatable, Codable {
  /// Where requests carry it.
  enum Place: String, Sendable, Codable, CaseIterable {
    /// In the header field `traceparent`.
    case header

    /// As `traceparent` in `_meta` of the parameters, where MCP has it.
    case meta
  }

  /// 32 hexadecimal digits, not all of them 0.
  let id: String

  /// Where it stands.
  let place: Place

  private enum CodingKeys: String, CodingKey {
    case id
    case place = "in"
  }

  /// The name of the field and of the key.
  static let name = "traceparent"

  /// Begins a trace with an id that no other has.
  init(in place: Place) {
    // Never all 0.
    id = UInt64.random(in: 1 ... .max).hexadecimal + UInt64.random(in: 0 ... .max).hexadecimal
    self.place = place
  }

  /// What stands before the parent id: the version and the trace id.
  var beginning: String { "00-\(id)-" }

  /// What stands behind it: that the request is recorded.
  static let ending = "-01"

  /// The whole value for one request.
  func value(_ span: UInt64) -> String {
    beginning + span.hexadecimal + Self.ending
  }
}

extension UInt64 {
  /// The number's sixteen hexadecimal digits, in lower case.
  var hexadecimal: String {
    var digits: [UInt8] = []
    digits.append(hexadecimal: self)
    return String(decoding: digits, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Appends the sixteen hexadecimal digits of a number, in lower case.
  mutating func append(hexadecimal number: UInt64) {
    for shift in stride(from: 60, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
