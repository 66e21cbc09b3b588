import EventIO

/// What a walk through an answer has taken, by ranges; its storage is used again for the next answer.
struct AnswerCaptures {
  /// A value that was wanted.
  struct Capture {
    /// What it was wanted for.
    let slot: AnswerPlan.Slot

    /// Which of the pointers led to it; the first is 0.
    let rank: Int

    /// Where it stands: a text without its quotes.
    let range: Range<Int>

    /// Whether it is a text, whose escapes are still in it.
    let isText: Bool

    /// Whether it stands in the JSON of a text, that is, in `decoded`.
    let isInText: Bool
  }

  /// Texts that had JSON in them, escapes resolved.
  var decoded: [UInt8] = []

  private var captured: [Capture] = []

  /// How many values are kept: an answer may repeat a key a million times.
  private static let most = 64

  /// Nothing taken yet.
  init() {}

  /// Makes ready for the next answer.
  mutating func reset() {
    decoded.removeAll(keepingCapacity: true)
    captured.removeAll(keepingCapacity: true)
  }

  /// Takes a value.
  mutating func add(_ capture: Capture) {
    if captured.count < Self.most { captured.append(capture) }
  }

  /// The first value of the first pointer that led to any; nil if none did.
  subscript(slot: AnswerPlan.Slot) -> Capture? {
    var first: Capture?
    for capture in captured where capture.slot == slot && capture.rank < first?.rank ?? .max {
      first = capture
    }
    return first
  }

  /// All values for something, in the order in which they stand in the answer.
  func values(of slot: AnswerPlan.Slot) -> [Capture] { captured.filter { $0.slot == slot } }

  /// Whether anything was taken for something.
  func has(_ slot: AnswerPlan.Slot) -> Bool { captured.contains { $0.slot == slot } }

  /// The bytes of a captured value, as they are written.
  func withBytes<Result>(
    of capture: Capture,
    in body: UnsafeRawBufferPointer,
    _ use: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    if capture.isInText {
      return decoded.withUnsafeBytes { use(UnsafeRawBufferPointer(rebasing: $0[capture.range])) }
    }
    return use(UnsafeRawBufferPointer(rebasing: body[capture.range]))
  }

  /// Whether the bytes of any value for something are as they must be; of those of the first pointer that
  /// led to any alone, where that is what counts.
  func contains(
    _ slot: AnswerPlan.Slot,
    ofFirstPointer: Bool = false,
    in body: UnsafeRawBufferPointer,
    where isWanted: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    let rank = ofFirstPointer ? self[slot]?.rank : nil
    return captured.contains { capture in
      capture.slot == slot && rank ?? capture.rank == capture.rank
        && withBytes(of: capture, in: body, isWanted)
    }
  }

  /// A captured value; nil if there is none.
  ///
  /// Not for what comes once a request.
  func value(of slot: AnswerPlan.Slot, in body: UnsafeRawBufferPointer) -> JSONValue? {
    self[slot].flatMap { value(of: $0, in: body) }
  }

  /// A captured value as it is written, to be sent again; nil if there is none.
  func slotValue(of slot: AnswerPlan.Slot, in body: UnsafeRawBufferPointer) -> SlotValue? {
    self[slot].map { capture in
      withBytes(of: capture, in: body) { SlotValue(json: $0, isText: capture.isText) }
    }
  }

  /// The value of a capture.
  ///
  /// Not for what comes once a request.
  func value(of capture: Capture, in body: UnsafeRawBufferPointer) -> JSONValue? {
    withBytes(of: capture, in: body) { bytes in
      if capture.isText { return .string(JSONScanner(bytes).decodeString(0..<bytes.count)) }
      return try? JSONValue(parsing: bytes)
    }
  }
}
