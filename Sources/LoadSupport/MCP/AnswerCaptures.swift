import EventIO

/// What a walk through an answer has taken, by ranges; its storage is used again for the next answer.
package struct AnswerCaptures {
  /// A value that was wanted.
  struct Capture {
    /// Which of the pointers led to it; the first is 0.
    var rank = Int.max

    /// Where it stands: a text without its quotes.
    var range = 0..<0

    /// Whether it is a text, whose escapes are still in it.
    var isText = false

    /// Whether it stands in the JSON of a text, that is, in `decoded`.
    var isInText = false

    /// Whether there is any.
    var isThere: Bool { rank != .max }
  }

  /// Texts that had JSON in them, escapes resolved.
  var decoded: [UInt8] = []

  private var text = Capture()
  private var exitStatus = Capture()
  private var session = Capture()

  /// Nothing taken yet.
  package init() {}

  /// What was taken for something.
  subscript(slot: AnswerPlan.Slot) -> Capture {
    get {
      switch slot {
      case .text: text
      case .exitStatus: exitStatus
      case .session: session
      }
    }
    set {
      switch slot {
      case .text: text = newValue
      case .exitStatus: exitStatus = newValue
      case .session: session = newValue
      }
    }
  }

  /// Makes ready for the next answer.
  mutating func reset() {
    decoded.removeAll(keepingCapacity: true)
    (text, exitStatus, session) = (Capture(), Capture(), Capture())
  }

  /// The bytes of a captured value, as they are written; nil if there is none.
  func withBytes<Result>(
    of slot: AnswerPlan.Slot,
    in body: UnsafeRawBufferPointer,
    _ use: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    let capture = self[slot]
    guard capture.isThere else { return nil }
    if capture.isInText {
      return decoded.withUnsafeBytes { use(UnsafeRawBufferPointer(rebasing: $0[capture.range])) }
    }
    return use(UnsafeRawBufferPointer(rebasing: body[capture.range]))
  }

  /// A captured value; nil if there is none.
  ///
  /// Not for what comes once a request.
  func value(of slot: AnswerPlan.Slot, in body: UnsafeRawBufferPointer) -> JSONValue? {
    withBytes(of: slot, in: body) { bytes in
      if self[slot].isText { return .string(JSONScanner(bytes).decodeString(0..<bytes.count)) }
      return try? JSONValue(parsing: bytes)
    } ?? nil
  }
}
