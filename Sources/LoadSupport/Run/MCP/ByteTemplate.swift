import EventIO

/// Bytes with slots between them: a message that is compiled once and filled for each request.
struct ByteTemplate: Sendable, Equatable {
  /// What goes into a slot.
  enum Slot: Sendable, Equatable {
    /// The number of the request.
    case requestID

    /// Sixteen hexadecimal digits by which the request is found in the recording.
    case span

    /// The value with that index among those that the call is given.
    case value(Int)

    /// The SSH session that a call is made in: the only value of the calls of tool profiles.
    static let session = Slot.value(0)
  }

  /// Where a slot stands, which decides how its bytes are written.
  enum Place: Sendable, Equatable {
    /// In the place of a JSON value.
    case value

    /// Inside a JSON text.
    case string

    /// In the value of a header field, which is written whole by `appendFieldValue`.
    case field

    /// In the place of a JSON value, where a text has been checked to be a number.
    case number

    /// Inside a JSON text, quoted for a shell.
    case quotedString

    /// In the value of a header field, quoted for a shell.
    case quotedField
  }

  /// A part of a text: fixed, or a slot.
  enum Part: Sendable, Equatable {
    case text(String)
    case slot(Slot)

    /// A slot whose value is quoted for a shell.
    case quoted(Slot)
  }

  /// The end of some fixed bytes, and the slot behind them.
  private struct Gap: Sendable, Equatable {
    let offset: Int
    let slot: Slot
    let place: Place
  }

  private var bytes: [UInt8] = []
  private var gaps: [Gap] = []

  /// Adds fixed bytes.
  static func += (template: inout ByteTemplate, bytes: some Sequence<UInt8>) {
    template.bytes.append(contentsOf: bytes)
  }

  /// Adds another template.
  static func += (template: inout ByteTemplate, other: ByteTemplate) {
    template.gaps += other.gaps.map { gap in
      Gap(offset: template.bytes.count + gap.offset, slot: gap.slot, place: gap.place)
    }
    template.bytes += other.bytes
  }

  /// Adds a text as JSON.
  mutating func append(quoted text: String) { bytes.appendJSONString(text) }

  /// Adds the parts of a text, as their place wants them.
  mutating func append(_ parts: [Part], in place: Place) {
    for part in parts {
      switch part {
      case .slot(let slot): append(slot, in: place)
      case .quoted(let slot): append(slot, in: place == .field ? .quotedField : .quotedString)
      case .text(let text): SlotValue(plain: text.utf8).append(to: &bytes, in: place)
      }
    }
  }

  /// Adds a slot.
  mutating func append(_ slot: Slot, in place: Place) {
    gaps.append(Gap(offset: bytes.count, slot: slot, place: place))
  }

  /// Whether a slot is in it.
  func has(_ slot: Slot) -> Bool { gaps.contains { $0.slot == slot } }

  /// Appends the bytes with all slots filled; one that is given no value stays empty.
  func fill(
    id: Int64,
    span: UInt64 = 0,
    _ values: [SlotValue],
    into message: inout [UInt8]
  ) {
    var start = 0
    for gap in gaps {
      message.append(contentsOf: bytes[start..<gap.offset])
      start = gap.offset
      switch gap.slot {
      case .requestID: message.append(contentsOf: String(id).utf8)
      case .span: message.append(hexadecimal: span)
      case .value(let index) where index < values.count:
        values[index].append(to: &message, in: gap.place)
      case .value: SlotValue().append(to: &message, in: gap.place)
      }
    }
    message.append(contentsOf: bytes[start...])
  }
}
