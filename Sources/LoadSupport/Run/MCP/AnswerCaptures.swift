import EventIO

/// What a walk through an answer has taken, by ranges; its storage is used again for the next answer.
struct AnswerCaptures {
  /// A value that was wanted.
  struct Capture {
    /// What it was wanted for.
    let slot: AnswerPlan.Slot

    /// Which of the pointers led to it; the first is 0.
    let rank: Int

    /// Where it stands.
    let place: Place
  }

  /// Where a value stands: a text without its quotes.
  struct Place {
    let range: Range<Int>

    /// Whether it is a text, whose escapes are still in it.
    let isText: Bool

    /// Whether it stands in the JSON of a text, that is, in `decoded`.
    let isInText: Bool
  }

  /// What an operation's own pointer has led to.
  struct Found {
    /// The first value; nil if it led nowhere.
    var first: Place?

    /// Whether any value is what was expected.
    var isRight = false
  }

  /// What the operation's own pointers have led to, by their number.
  private var values: [Found] = []

  /// Which of the expected parts of the text have been met, by their number.
  private var metTexts: [Bool] = []

  /// Storage for texts whose escapes are resolved to be compared.
  var plain: [UInt8] = []

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
    values.removeAll(keepingCapacity: true)
    metTexts.removeAll(keepingCapacity: true)
  }

  /// Takes in what an operation's own pointer has led to.
  mutating func note(_ place: Place, of value: Int, isRight: Bool) {
    while values.count <= value { values.append(Found()) }
    if values[value].first == nil { values[value].first = place }
    if isRight { values[value].isRight = true }
  }

  /// Takes in that an expected part of the text has been met.
  mutating func noteText(_ part: Int) {
    while metTexts.count <= part { metTexts.append(false) }
    metTexts[part] = true
  }

  /// What an operation's own pointer has led to; nil if it led nowhere.
  func found(_ value: Int) -> Found? {
    value < values.count && values[value].first != nil ? values[value] : nil
  }

  /// Whether an expected part of the text has been met.
  func hasText(_ part: Int) -> Bool { part < metTexts.count && metTexts[part] }

  /// The bytes of a value, as they are written.
  func withBytes<Result>(
    of place: Place,
    in body: UnsafeRawBufferPointer,
    _ use: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    if place.isInText {
      return decoded.withUnsafeBytes { use(UnsafeRawBufferPointer(rebasing: $0[place.range])) }
    }
    return use(UnsafeRawBufferPointer(rebasing: body[place.range]))
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
        && withBytes(of: capture.place, in: body, isWanted)
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
      withBytes(of: capture.place, in: body) { SlotValue(json: $0, isText: capture.place.isText) }
    }
  }

  /// The value of a capture.
  ///
  /// Not for what comes once a request.
  func value(of capture: Capture, in body: UnsafeRawBufferPointer) -> JSONValue? {
    withBytes(of: capture.place, in: body) { bytes in
      if capture.place.isText { return .string(JSONScanner(bytes).decodeString(0..<bytes.count)) }
      return try? JSONValue(parsing: bytes)
    }
  }

  /// The values that are carried on, which no words may show; short ones would be found everywhere.
  ///
  /// Not for what comes once a request.
  func secrets(
    of expectation: AnswerExpectation?,
    in body: UnsafeRawBufferPointer
  ) -> [Secret] {
    (expectation?.values ?? []).enumerated().compactMap { index, value in
      guard value.isCaptured, let place = found(index)?.first else { return nil }
      let text = withBytes(of: place, in: body) { $0.decodedText(isText: place.isText) }
      return text.utf8.count >= Secret.leastBytes ? Secret(text) : nil
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func decodedText(isText: Bool) -> String {
    isText ? JSONScanner(self).decodeString(0..<count) : String(decoding: self, as: UTF8.self)
  }
}
