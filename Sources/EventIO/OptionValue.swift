/// One kind of value of options: how it is written, read and shown.
package struct OptionValue<Value: Sendable>: Sendable {
  /// What stands for it in the help; nil for a switch.
  let placeholder: String?

  /// The words that it may be; empty where there are too many to list.
  var choices: [String] = []

  /// What the help says of a default; nil to say nothing.
  let show: @Sendable (Value) -> String?

  /// Reads a value, or says why the text is none.
  let read: @Sendable (String) throws(InvalidValue) -> Value

  /// Makes a kind of one's own.
  package init(
    _ placeholder: String?,
    show: @escaping @Sendable (Value) -> String? = { _ in nil },
    read: @escaping @Sendable (String) throws(InvalidValue) -> Value
  ) {
    self.placeholder = placeholder
    self.show = show
    self.read = read
  }
}

extension OptionValue where Value == String {
  /// Any text that is not empty.
  package static func text(_ placeholder: String) -> OptionValue {
    OptionValue(placeholder, show: \.self) { $0 }
  }
}

extension OptionValue where Value == Double {
  /// A number that may have decimals.
  package static func number(_ placeholder: String, _ range: ClosedRange<Double>) -> OptionValue {
    OptionValue(placeholder, show: \.plain) { text throws(InvalidValue) in
      // No hexadecimal, which nobody means.
      guard !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }),
        let value = Double(text),
        range.contains(value)
      else {
        throw .expected("a number from \(range.lowerBound.plain) to \(range.upperBound.plain)")
      }
      return value
    }
  }
}

extension OptionValue where Value: FixedWidthInteger {
  /// A whole number.
  package static func integer(_ range: ClosedRange<Value>) -> OptionValue {
    OptionValue("N", show: \.description) { text throws(InvalidValue) in
      guard let value = Value(text), range.contains(value) else {
        throw .expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
  }
}

extension OptionValue where Value == Duration {
  /// A time.
  package static func time(_ range: ClosedRange<Duration>) -> OptionValue {
    OptionValue("TIME", show: \.written) { text throws(InvalidValue) in
      guard let value = Duration(written: text), range.contains(value) else {
        throw .expected(
          "a time from \(range.lowerBound.written) to \(range.upperBound.written), such as 10s, "
            + "1m30s, 500ms or a number of seconds"
        )
      }
      return value
    }
  }
}

extension OptionValue where Value == Bool {
  /// On or off, in these words, of which the help shows none: leaving the switch away is off, unless a
  /// placeholder asks for a word.
  package static func onOff(
    _ words: KeyValuePairs<String, Bool> = ["0": false, "1": true],
    placeholder: String? = nil
  ) -> OptionValue {
    let valid = words.map(\.key).listed
    let values = Dictionary(uniqueKeysWithValues: words.map { ($0.key, $0.value) })
    var kind = OptionValue(placeholder) { text throws(InvalidValue) in
      guard let value = values[text] else { throw .expected(valid) }
      return value
    }
    if placeholder != nil { kind.choices = words.map(\.key) }
    return kind
  }
}

extension OptionValue where Value: RawRepresentable<String> & CaseIterable {
  /// One of a few names.
  package static func name(_ placeholder: String) -> OptionValue {
    var kind = OptionValue(placeholder, show: \.rawValue) { text throws(InvalidValue) in
      guard let value = Value(rawValue: text) else {
        throw .expected(Value.allCases.map(\.rawValue).listed)
      }
      return value
    }
    kind.choices = Value.allCases.map(\.rawValue)
    return kind
  }
}

extension [String] {
  /// The words with commas between them, and "or" before the last.
  package var listed: String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " or " + last
  }
}
