/// Times as people write them: `10s`, `1m30s`, `500ms`, or a plain number of seconds.
extension Duration {
  /// Reads a time, or gives nil; numbers may have decimals, and larger units come first.
  package init?(written text: String) {
    if text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
      let seconds = Double(text)
    {
      guard abs(seconds) < Self.limitSeconds else { return nil }
      self = .nanoseconds(Int64((seconds * 1e9).rounded()))
      return
    }
    var rest = text.utf8[...]
    var units = Self.units[...]
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
      let letters = rest[digits.endIndex...].prefix { (0x61...0x7A).contains($0) }
      guard let number = Double(String(decoding: digits, as: UTF8.self)),
        let unit = units.firstIndex(where: { $0.name.utf8.elementsEqual(letters) })
      else { return nil }
      total += number * units[unit].seconds
      units = units[(unit + 1)...]
      rest = rest[letters.endIndex...]
    }
    guard units.startIndex > 0, total < Self.limitSeconds else { return nil }
    self = .nanoseconds(Int64((total * 1e9).rounded()))
  }

  /// The time as it is written, such as `1m30s`.
  package var written: String {
    if self < .seconds(1), self > .zero { return "\((seconds * 1000).plain)ms" }
    let (hours, rest) = (nanoseconds / 3_600_000_000_000, nanoseconds % 3_600_000_000_000)
    let (minutes, left) = (rest / 60_000_000_000, rest % 60_000_000_000)
    let parts = [
      hours > 0 ? "\(hours)h" : "", minutes > 0 ? "\(minutes)m" : "",
      left > 0 ? "\((Double(left) / 1e9).plain)s" : "",
    ]
    let text = parts.joined()
    return text.isEmpty ? "0s" : text
  }

  /// Thirty years: more than anybody waits, and less than 64 bits of nanoseconds hold.
  private static let limitSeconds = 1e9

  private static let units: [(name: String, seconds: Double)] = [
    ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001),
  ]
}

extension Double {
  /// The number without a needless fraction: `3`, `0.5`.
  var plain: String { Int(exactly: self).map(String.init) ?? String(self) }
}
