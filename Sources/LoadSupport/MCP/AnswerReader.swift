import EventIO

/// What an answer must show for its request to count as done.
package enum AnswerDemand: Sendable, Equatable {
  /// A result that reports no failure.
  case result

  /// An SSH session that it names.
  case session

  /// That a command ran: neither a status that is not accepted nor a text that means failure, and
  /// some text where the same command has given one before the load.
  case command(mustSpeak: Bool)
}

/// Reads answers by one plan, and holds them to what was demanded.
///
/// That a server reports no failure proves nothing: where a target lacks a program, or a gateway its
/// host, many a server reports the shell's words as a result like any other.
package struct AnswerReader: Sendable {
  /// What is taken of a result.
  let plan: AnswerPlan

  /// The profile, for refusals and their words.
  let profile: ToolProfile

  private let accepted: [Status]
  private let failureTexts: [Pattern]

  /// A status that is accepted: the same number, or the same text.
  private struct Status: Sendable {
    let number: Int64?
    let text: [UInt8]
  }

  /// A part of a text in lower case, anywhere or at its beginning.
  private struct Pattern: Sendable {
    let text: [UInt8]
    let isAtStart: Bool
  }

  /// How much of a text is searched for words of failure.
  private static let searched = 4_096

  /// Compiles what a profile says of answers.
  package init(_ profile: ToolProfile) {
    self.profile = profile
    plan = AnswerPlan(profile)
    accepted = profile.acceptedExitStatuses.map { value in
      let text = value.string.map { Array($0.utf8) } ?? value.encoded
      return Status(number: text.withUnsafeBytes { $0.wholeNumber }, text: text)
    }
    failureTexts = profile.failureTexts.map { text in
      let isAtStart = text.utf8.first == UInt8(ascii: "^")
      return Pattern(
        text: Array(isAtStart ? text.utf8.dropFirst() : text.utf8[...]),
        isAtStart: isAtStart
      )
    }
  }

  /// What shows that a result is no success, in a sentence without the answer's text; nil if nothing
  /// does.
  func fault(
    of captures: AnswerCaptures,
    in body: UnsafeRawBufferPointer,
    demanding demand: AnswerDemand
  ) -> String? {
    switch demand {
    case .result: return nil
    case .session:
      let isNamed = captures.withBytes(of: .session, in: body) { id in
        !id.isBlankText && !id.elementsEqual("false".utf8)
      }
      return isNamed == true ? nil : "the answer names no session"
    case .command(let mustSpeak):
      if let status = refusedStatus(captures, body) { return "exit status \(status)" }
      let fault = captures.withBytes(of: .text, in: body) { text -> String? in
        if text.isBlankText { return mustSpeak ? Self.silence : nil }
        return meansFailure(text) ? "a text that means failure" : nil
      }
      return fault ?? (mustSpeak ? Self.silence : nil)
    }
  }

  private static let silence = "an empty answer, where the same command has given a text before"

  /// The exit status that is not accepted, as it is written; nil if it is, or if none is told.
  private func refusedStatus(
    _ captures: AnswerCaptures,
    _ body: UnsafeRawBufferPointer
  ) -> String? {
    captures.withBytes(of: .exitStatus, in: body) { bytes -> String? in
      let number = bytes.wholeNumber
      for status in accepted {
        if let number, number == status.number { return nil }
        if bytes.elementsEqual(status.text) { return nil }
      }
      return String(decoding: bytes.prefix(20), as: UTF8.self)
    } ?? nil
  }

  private func meansFailure(_ text: UnsafeRawBufferPointer) -> Bool {
    let text = UnsafeRawBufferPointer(rebasing: text.prefix(Self.searched))
    for pattern in failureTexts {
      if pattern.isAtStart
        ? text.matches(pattern.text, at: text.startOfText) : text.contains(pattern.text)
      {
        return true
      }
    }
    return false
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

  /// Whether there is nothing but white space.
  fileprivate var isBlankText: Bool { startOfText == count }

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
