import EventIO

extension UnsafeRawBufferPointer {
  /// The whole number that these bytes write, also as `7.0` or `70e-1`, which is the same number in
  /// JSON; nil if they write none or one beyond 64 bits.
  var wholeNumber: Int64? { decimalInteger ?? wholeFraction }

  /// The whole number with a fraction or an exponent, such as programs write that know only
  /// floating point.
  private var wholeFraction: Int64? {
    guard count <= 32, let first, first == UInt8(ascii: "-") || first &- 48 <= 9,
      contains(where: { ".eE".utf8.contains($0) }),
      allSatisfy({ $0 &- 48 <= 9 || ".eE+-".utf8.contains($0) }),
      let value = Double(String(decoding: self, as: UTF8.self))
    else { return nil }
    return Int64(exactly: value)
  }
}
