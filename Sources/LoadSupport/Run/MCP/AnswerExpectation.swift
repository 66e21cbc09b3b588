import EventIO

/// What one operation wants of its own answers, beside what the tool profile says of all: values that it
/// expects or carries on, parts of the text, and a size.
///
/// What can be told while the answer is walked through is told there: a text may be long, an array too, and
/// neither is kept. A class, for each value of an answer comes by it.
final class AnswerExpectation: Sendable {
  /// A place in the result.
  struct Value: Sendable, Equatable {
    /// The JSON pointer to it.
    let pointer: String

    /// The pointer's tokens.
    let tokens: [String]

    /// What must stand there; nil for anything.
    let expected: ExpectedValue?

    /// Whether it is carried on, so that it must be there, and its words are shown nowhere.
    var isCaptured = false

    /// Whether it must be a number, for where it is sent.
    var mustBeNumber = false
  }

  /// The places, each once.
  let values: [Value]

  /// Parts that the answer's text has.
  let texts: [[UInt8]]

  /// Parts that it has not.
  let absentTexts: [[UInt8]]

  /// The greatest size of the answer in bytes.
  let maximumBytes: Int?

  /// All parts that are looked for, those first that must be there.
  private let parts: [[UInt8]]

  init(values: [Value], texts: [[UInt8]], absentTexts: [[UInt8]] = [], maximumBytes: Int?) {
    (self.values, self.texts, self.maximumBytes) = (values, texts, maximumBytes)
    (self.absentTexts, parts) = (absentTexts, texts + absentTexts)
  }

  /// Whether anything is to be found out of the answer's text.
  var searchesText: Bool { !parts.isEmpty }

  /// The most bytes of a value that is carried on.
  static let captureLimit = 4_096

  /// How much of a value is shown.
  private static let shownBytes = 60

  /// Whether some value is expected at a place.
  func expectsValue(at place: [String]) -> Bool {
    values.contains { value in
      value.expected != nil && value.tokens.count == place.count
        && zip(value.tokens, place).allSatisfy { $0.hasSameBytes(as: $1) }
    }
  }

  // MARK: During the walk

  /// Takes in a value that stands at one of the places.
  func note(
    _ place: AnswerCaptures.Place,
    of value: Int,
    in bytes: UnsafeRawBufferPointer,
    into captures: inout AnswerCaptures
  ) {
    let written = UnsafeRawBufferPointer(rebasing: bytes[place.range])
    let isRight =
      values[value].expected?.matches(written, isText: place.isText, plain: &captures.plain) ?? true
    captures.note(place, of: value, isRight: isRight)
  }

  /// Looks for the parts that the answer's text must have, or must not, in one of its texts.
  func search(
    _ bytes: UnsafeRawBufferPointer,
    _ range: Range<Int>,
    into captures: inout AnswerCaptures
  ) {
    if parts.isEmpty { return }
    captures.plain.removeAll(keepingCapacity: true)
    JSONScanner(bytes).decodeString(range, into: &captures.plain)
    for index in parts.indices where !captures.hasText(index) {
      let isThere = captures.plain.withUnsafeBytes { $0.hasPart(parts[index]) }
      if isThere { captures.noteText(index) }
    }
  }

  // MARK: Afterwards

  /// What is not as it was wanted, in words; nil if all is.
  func fault(
    of captures: AnswerCaptures,
    in body: UnsafeRawBufferPointer,
    hiding secrets: [Secret]
  ) -> String? {
    if let maximumBytes, body.count > maximumBytes {
      return "the answer has \(body.count) bytes, and \(maximumBytes) at most were expected"
    }
    for index in values.indices {
      if let fault = fault(ofValue: index, captures, body, secrets) { return fault }
    }
    for index in parts.indices where captures.hasText(index) != (index < texts.count) {
      let part = String(decoding: parts[index].prefix(Self.shownBytes), as: UTF8.self)
      return "the answer's text has \(index < texts.count ? "no " : "")\"\(part)\""
    }
    return nil
  }

  private func fault(
    ofValue index: Int,
    _ captures: AnswerCaptures,
    _ body: UnsafeRawBufferPointer,
    _ secrets: [Secret]
  ) -> String? {
    let value = values[index]
    let pointer = value.pointer.isEmpty ? "the whole result" : value.pointer
    guard let found = captures.found(index), let place = found.first else {
      let wanted = value.expected.map { ", where \($0.text(limit: Self.shownBytes)) was expected" }
      return "\(pointer) leads nowhere in the answer\(wanted ?? "")"
    }
    if let expected = value.expected, !found.isRight {
      let wanted = expected.text(limit: Self.shownBytes)
      if value.isCaptured { return "\(pointer) is not \(wanted)" }
      let shown = captures.withBytes(of: place, in: body) { written in
        Self.shown(written, isText: place.isText, hiding: secrets)
      }
      return "\(pointer) is \(shown), where \(wanted) was expected"
    }
    guard value.isCaptured else { return nil }
    return captures.withBytes(of: place, in: body) { written in
      value.refusal(of: written, isText: place.isText).map { "\(pointer) \($0)" }
    }
  }

  /// A value of the answer, for people.
  private static func shown(
    _ written: UnsafeRawBufferPointer,
    isText: Bool,
    hiding secrets: [Secret]
  ) -> String {
    if !isText {
      if written.first == UInt8(ascii: "{") { return "an object" }
      if written.first == UInt8(ascii: "[") { return "an array" }
    }
    let text = isText ? JSONScanner(written).decodeString(0..<written.count) : nil
    let words = ServerWords.shown(
      text ?? String(decoding: written, as: UTF8.self),
      hiding: secrets
    )
    let short = (words ?? "").cut(toBytes: shownBytes)
    return isText ? "\"\(short)\"" : String(short)
  }
}

extension AnswerExpectation.Value {
  /// Why a value cannot be carried on, as the end of a sentence; nil if it can.
  fileprivate func refusal(of written: UnsafeRawBufferPointer, isText: Bool) -> String? {
    if !isText {
      switch written.first {
      case UInt8(ascii: "{"): return "leads to an object, which cannot be captured"
      case UInt8(ascii: "["): return "leads to an array, which cannot be captured"
      case UInt8(ascii: "n"): return "leads to null, which cannot be captured"
      default: break
      }
    }
    // Escapes are longer than what they stand for: what is longer than any is not decoded.
    let limit = AnswerExpectation.captureLimit
    if written.count > 6 * limit { return Self.tooLong }
    let needsDecoding = isText && written.contains(UInt8(ascii: "\\"))
    guard needsDecoding || written.count > limit || mustBeNumber || written.contains(0) else {
      return nil
    }
    var value = SlotValue()
    value.set(json: written, isText: isText)
    if value.count > limit { return Self.tooLong }
    if value.hasNUL { return "has a NUL byte, which cannot be captured" }
    return mustBeNumber && !value.isJSONNumber ? "is no number, as {…|number} needs it" : nil
  }

  private static let tooLong =
    "is longer than \(AnswerExpectation.captureLimit) bytes, the most that can be captured"
}

/// A value that an answer must have: a text, a number, true, false or null.
struct ExpectedValue: Sendable, Equatable {
  private let isText: Bool

  /// A text's bytes without escapes, or the value as JSON.
  private let bytes: [UInt8]

  /// Compiles a value; nil for an object or an array, whose members have pointers of their own.
  init?(_ value: JSONValue) {
    switch value {
    case .object, .array: return nil
    case .string(let text): (isText, bytes) = (true, Array(text.utf8))
    case .null, .bool, .number: (isText, bytes) = (false, value.encoded)
    }
  }

  /// Whether it is the value that is written so in JSON; of a text what stands between its quotes.
  ///
  /// Numbers are compared as numbers: `1`, `1.0` and `10e-1` are one.
  func matches(
    _ written: UnsafeRawBufferPointer,
    isText: Bool,
    plain: inout [UInt8]
  ) -> Bool {
    guard isText == self.isText else { return false }
    if isText, written.contains(UInt8(ascii: "\\")) {
      plain.removeAll(keepingCapacity: true)
      JSONScanner(written).decodeString(0..<written.count, into: &plain)
      return plain == bytes
    }
    if written.elementsEqual(bytes) { return true }
    return !isText && bytes.withUnsafeBytes { $0.isSameNumber(as: written) }
  }

  /// It for people, cut to so many bytes.
  func text(limit: Int) -> String {
    let text = String(decoding: bytes, as: UTF8.self).cut(toBytes: limit)
    return isText ? "\"\(text)\"" : String(text)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether both are numbers in JSON, and the same one.
  fileprivate func isSameNumber(as other: UnsafeRawBufferPointer) -> Bool {
    guard isJSONNumber, other.isJSONNumber else { return false }
    if let number = wholeNumber, let theirs = other.wholeNumber { return number == theirs }
    // Whole numbers beyond 64 bits are the same only if they are written alike.
    if isWhole, other.isWhole { return false }
    return Double(String(decoding: self, as: UTF8.self))
      == Double(String(decoding: other, as: UTF8.self))
  }

  private var isWhole: Bool { allSatisfy { $0 &- 48 <= 9 || $0 == UInt8(ascii: "-") } }

  /// Whether a part stands anywhere in it; an empty one does.
  fileprivate func hasPart(_ part: [UInt8]) -> Bool {
    guard let first = part.first else { return true }
    var start = 0
    while start + part.count <= count {
      let rest = UnsafeRawBufferPointer(rebasing: self[start...(count - part.count)])
      guard let offset = rest.firstIndex(of: first) else { return false }
      start += offset
      if UnsafeRawBufferPointer(rebasing: self[start...]).starts(with: part) { return true }
      start += 1
    }
    return false
  }
}
