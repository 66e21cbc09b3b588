import EventIO

extension JSONForm<JSONValue> {
  /// Anything that JSON can say.
  static let any = JSONForm(
    expected: "any JSON",
    kinds: Set(JSONValue.Kind.allCases),
    schema: [:],
    read: { json, _, _ in json },
    write: { $0 }
  )

  /// An object with whatever members.
  static let anyObject = JSONForm("an object", .object, from: { $0 }, to: { $0 })
}

extension JSONForm<String> {
  /// A text for which a condition holds, which a schema says by keywords of its own.
  static func text(
    _ expected: String,
    _ keywords: [JSONValue.Member] = [],
    isShown: Bool = true,
    where isValid: @escaping @Sendable (String) -> Bool = { _ in true }
  ) -> JSONForm {
    JSONForm(expected, .string, keywords, isShown: isShown) {
      $0.string.flatMap { isValid($0) ? $0 : nil }
    } to: {
      .string($0)
    }
  }
}

extension JSONForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of a few words.
  static func word() -> JSONForm {
    let words = Value.allCases.map(\.rawValue)
    let keywords = [JSONValue.Member("enum", .array(words.map { .string($0) }))]
    return JSONForm(words.joined(separator: " or "), .string, keywords) {
      $0.string.flatMap(Value.init(rawValue:))
    } to: {
      .string($0.rawValue)
    }
  }
}

extension JSONForm<Bool> {
  static let bool = JSONForm("true or false", .boolean, from: { $0.bool }, to: { .bool($0) })
}

extension JSONForm<Int> {
  /// A whole number of a range.
  static func integer(_ range: ClosedRange<Int>) -> JSONForm {
    let (least, greatest) = (range.lowerBound, range.upperBound)
    return JSONForm(
      "a whole number from \(least) to \(greatest)",
      .number,
      type: "integer",
      [.init("minimum", .integer(least)), .init("maximum", .integer(greatest))]
    ) {
      $0.integer.flatMap { range.contains($0) ? $0 : nil }
    } to: {
      .integer($0)
    }
  }
}

extension JSONForm<Double> {
  /// A number of a range, of which zero may be no part.
  static func number(_ range: ClosedRange<Double>, orZero: Bool = true) -> JSONForm {
    let least = JSONValue(floatLiteral: range.lowerBound)
    let greatest = JSONValue(floatLiteral: range.upperBound)
    return JSONForm(
      "a number \(orZero ? "from \(least.brief)" : "above 0") to \(greatest.brief)",
      .number,
      [.init(orZero ? "minimum" : "exclusiveMinimum", least), .init("maximum", greatest)]
    ) {
      $0.double.flatMap { range.contains($0) && (orZero || $0 > 0) ? $0 : nil }
    } to: {
      .init(floatLiteral: $0)
    }
  }
}

extension JSONForm<Duration> {
  /// A time as people write it, or a number of seconds.
  static func time(_ range: ClosedRange<Duration> = .zero...Duration.seconds(86_400)) -> JSONForm {
    let expected =
      "a time from \(range.lowerBound.written) to \(range.upperBound.written), such as 1m30s or 500ms"
    let number = #"([0-9]+\.?[0-9]*|\.[0-9]+)"#
    let units = ["h", "m", "s", "ms"].map { "(\(number)\($0))?" }.joined()
    let pattern = JSONValue.Member("pattern", .string("^(?!$)(\(number)|\(units))$"))
    let written = JSONForm(expected, .string, [pattern]) {
      $0.string.flatMap { Duration(written: $0) }.flatMap { range.contains($0) ? $0 : nil }
    } to: { time in
      Duration(written: time.written) == time ? .string(time.written) : nil
    }
    let seconds = JSONForm<Double>.number(range.lowerBound.seconds...range.upperBound.seconds)
      .map({ Duration.nanoseconds(Int64(($0 * 1e9).rounded())) }, { $0.seconds })
    return .either(written, seconds)
  }
}
