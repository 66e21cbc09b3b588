import EventIO

/// What an answer must show for its request to count as done.
enum AnswerDemand: Sendable, Equatable {
  /// A result that reports no failure.
  case result

  /// That something was done: nothing in the result says that it was not.
  case done

  /// That a tool, whatever it is for, did what it was asked: neither a status that is not accepted nor
  /// anything else that reports a failure, but texts may say what they like.
  case tool

  /// An SSH session that it names.
  case session

  /// That a command ran: neither a status that is not accepted nor a text that means failure, and
  /// some text, and some exit status, where the same command has given one before the load.
  case command(mustSpeak: Bool, mustTellStatus: Bool = false)
}

/// Reads answers by one plan, and holds them to what was demanded.
///
/// That a server reports no failure proves nothing: where a target lacks a program, or a gateway its
/// host, many a server reports the shell's words as a result like any other.
///
/// A class, for calls hand it on: to copy what a tool profile has would cost more than to read an answer.
final class AnswerReader: Sendable {
  /// What is taken of a result.
  let plan: AnswerPlan

  /// The profile, for refusals and their words.
  let profile: ToolProfile

  /// What its operation wants besides; nil for nothing.
  let expectation: AnswerExpectation?

  /// Whether the accepted statuses are the operation's own: an answer must tell one of them, and has then
  /// said that all went as it was expected, whatever its words are.
  private let expectsStatus: Bool

  private let accepted: [Status]

  /// Those of them that are numbers, which nearly all answers tell.
  private let acceptedNumbers: [Int64]
  private let failureTexts: [Pattern]

  /// Whether backslashes that are escaped may be a part of one of them.
  private let readsBackslashes: Bool

  /// A status that is accepted: the same number, or the same text.
  private struct Status: Sendable {
    let number: Int64?
    let text: [UInt8]
  }

  /// A part of a text in lower case, anywhere or at its beginning.
  private struct Pattern: Sendable {
    let text: [UInt8]

    /// Its length, beside it: most texts are shorter than it, and need not be compared.
    let count: Int
    let isAtStart: Bool
  }

  /// How much of a text is searched for words of failure.
  private static let searched = 4_096

  /// Compiles what a profile says of answers, and what an operation expects of its own.
  init(
    _ profile: ToolProfile,
    _ expectation: AnswerExpectation? = nil,
    exitStatus: [Int]? = nil
  ) {
    self.profile = profile
    self.expectation = expectation
    plan = AnswerPlan(profile, expectation)
    expectsStatus = exitStatus != nil
    let statuses = exitStatus?.map { JSONValue.number(String($0)) }
    accepted = (statuses ?? profile.acceptedExitStatuses).map { value in
      let text = value.string.map { Array($0.utf8) } ?? value.encoded
      return Status(number: text.withUnsafeBytes { $0.wholeNumber }, text: text)
    }
    acceptedNumbers = accepted.compactMap(\.number)
    readsBackslashes = profile.failureTexts.contains { $0.utf8.contains(UInt8(ascii: "\\")) }
    failureTexts = profile.failureTexts.map { text in
      let isAtStart = text.utf8.first == UInt8(ascii: "^")
      let wanted = Array(isAtStart ? text.utf8.dropFirst() : text.utf8[...])
      return Pattern(text: wanted, count: wanted.count, isAtStart: isAtStart)
    }
  }

  /// What shows that a result is no success.
  struct Fault {
    /// It in words, without the answer's text.
    let text: String

    /// Whether the server says that something failed, and may say why.
    let isTold: Bool

    static func told(_ text: String) -> Fault { Fault(text: text, isTold: true) }
    static func shown(_ text: String) -> Fault { Fault(text: text, isTold: false) }
  }

  /// What shows that a result is no success; nil if nothing does.
  func fault(
    of captures: AnswerCaptures,
    in body: UnsafeRawBufferPointer,
    demanding demand: AnswerDemand
  ) -> Fault? {
    if demand == .result { return nil }
    if let fault = statusFault(captures, body, demand) { return fault }
    if captures.contains(.failing, in: body, where: { !$0.isNothing }) {
      return .told("a result that reports a failure")
    }
    if expectsStatus { return nil }
    if captures.contains(.succeeding, in: body, where: { $0.isNothing }) {
      return .told("a result that reports no success")
    }
    switch demand {
    case .result, .done, .tool: break
    case .session:
      let isNamed = captures.contains(.session, ofFirstPointer: true, in: body) { id in
        !id.isBlankText && !id.elementsEqual("false".utf8)
      }
      return isNamed ? nil : .told("the answer names no session")
    case .command(let mustSpeak, _):
      let speaks = captures.contains(.text, ofFirstPointer: true, in: body) { !$0.isBlankText }
      if mustSpeak, !speaks { return .shown(Self.silence) }
    }
    if !captures.has(.exitStatus), captures.contains(.error, in: body, where: { !$0.isNothing }) {
      return .told("a result with an error")
    }
    if demand == .tool { return nil }
    return captures.contains(.text, in: body, where: { meansFailure($0) })
      ? .told("a text that means failure") : nil
  }

  /// What is wrong with the exit status, where one counts.
  private func statusFault(
    _ captures: AnswerCaptures,
    _ body: UnsafeRawBufferPointer,
    _ demand: AnswerDemand
  ) -> Fault? {
    var mustTell = false
    switch demand {
    case .command(_, let mustTellStatus): mustTell = mustTellStatus
    case .tool: break
    case .result, .done, .session: return nil
    }
    if let status = refusedStatus(captures, body) { return .shown("exit status \(status)") }
    if captures.has(.exitStatus) { return nil }
    if expectsStatus {
      let expected = accepted.map { String(decoding: $0.text, as: UTF8.self) }
      return .shown("no exit status, where \(expected.joined(separator: " or ")) was expected")
    }
    return mustTell && !captures.has(.failing)
      ? .told("no exit status, where the same command has told one before") : nil
  }

  private static let silence = "an empty answer, where the same command has given a text before"

  /// The exit status that is not accepted, as it is written; nil if all are, or if none is told.
  private func refusedStatus(
    _ captures: AnswerCaptures,
    _ body: UnsafeRawBufferPointer
  ) -> String? {
    var refused: String?
    _ = captures.contains(.exitStatus, ofFirstPointer: true, in: body) { bytes in
      if let number = bytes.wholeNumber, acceptedNumbers.contains(number) { return false }
      if accepted.contains(where: { bytes.elementsEqual($0.text) }) { return false }
      refused = String(decoding: bytes.prefix(20), as: UTF8.self)
      return true
    }
    return refused
  }

  private func meansFailure(_ text: UnsafeRawBufferPointer) -> Bool {
    let text = UnsafeRawBufferPointer(rebasing: text.prefix(Self.searched))
    guard text.hidesLetters(besidesBackslashes: !readsBackslashes) else {
      return meansFailure(plain: text)
    }
    var decoded: [UInt8] = []
    JSONScanner(text).decodeString(0..<text.count, into: &decoded)
    return Self.withoutTerminalSequences(decoded).withUnsafeBytes { meansFailure(plain: $0) }
  }

  private func meansFailure(plain text: UnsafeRawBufferPointer) -> Bool {
    failureTexts.contains { pattern in
      if pattern.count > text.count { return false }
      return pattern.isAtStart
        ? text.matches(pattern.text, at: text.startOfText) : text.contains(pattern.text)
    }
  }

  /// A text without colours and the like: ESC [, parameters, and one letter (ECMA-48 §5.4).
  private static func withoutTerminalSequences(_ text: [UInt8]) -> [UInt8] {
    var plain: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] == 0x1B, index + 1 < text.count, text[index + 1] == UInt8(ascii: "[") {
        index += 2
        while index < text.count, !(0x40...0x7E).contains(text[index]) { index += 1 }
      } else {
        plain.append(text[index])
      }
      index += 1
    }
    return plain
  }
}

/// The text of a JSON string, whose escapes are still in it.
extension UnsafeRawBufferPointer {
  /// Where something begins that is no white space; the count if nothing does.
  fileprivate var startOfText: Int {
    var index = 0
    while index < count {
      if self[index] <= UInt8(ascii: " ") {
        index += 1
      } else if self[index] == UInt8(ascii: "\\"), index + 1 < count {
        switch self[index + 1] {
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): index += 2
        default: return index
        }
      } else {
        return index
      }
    }
    return count
  }

  /// Whether there is nothing that can be seen: white space, controls and format characters only.
  fileprivate var isBlankText: Bool {
    let start = startOfText
    guard start < count else { return true }
    let first = self[start]
    if first < 0x7F, first != UInt8(ascii: "\\") { return false }
    var decoded: [UInt8] = []
    JSONScanner(self).decodeString(start..<count, into: &decoded)
    return String(decoding: decoded, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
      let properties = scalar.properties
      return properties.isWhitespace || properties.isDefaultIgnorableCodePoint
        || properties.generalCategory == .control
    }
  }

  /// Whether it says that there is nothing: no text, false or zero, also in words.
  fileprivate var isNothing: Bool {
    isBlankText
      || count <= 5
        && [[0x30], Array("false".utf8), Array("none".utf8), Array("null".utf8), Array("no".utf8)]
          .contains { $0.count == count && matches($0, at: 0) }
  }

  /// Whether letters stand in it as escapes other than those of white space and quotes, or a terminal's
  /// commands may; escaped backslashes, of which JSON in a text is full, hide none.
  fileprivate func hidesLetters(besidesBackslashes: Bool) -> Bool {
    var index = 0
    while index < count {
      if self[index] == UInt8(ascii: "\\") {
        guard index + 1 < count else { return true }
        switch self[index + 1] {
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "\""),
          UInt8(ascii: "/"):
          break
        case UInt8(ascii: "\\") where besidesBackslashes: break
        default: return true
        }
        index += 1
      }
      index += 1
    }
    return false
  }

  /// Whether a text in lower case stands at an offset; A to Z count as a to z.
  fileprivate func matches(_ lower: [UInt8], at offset: Int) -> Bool {
    guard offset + lower.count <= count else { return false }
    for index in 0..<lower.count where lowercased(at: offset + index) != lower[index] {
      return false
    }
    return true
  }

  @inline(__always)
  private func lowercased(at offset: Int) -> UInt8 {
    let byte = self[offset]
    return byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }

  /// Whether a text in lower case stands anywhere.
  fileprivate func contains(_ lower: [UInt8]) -> Bool {
    guard let first = lower.first, lower.count <= count else { return false }
    for offset in 0...count - lower.count
    where lowercased(at: offset) == first && matches(lower, at: offset) {
      return true
    }
    return false
  }
}
