import EventIO

extension UnsafeRawBufferPointer {
  /// The whole number that these bytes write, also as `7.0` or `70e-1`, which is the same number in
  /// JSON; nil if they write none or one beyond 64 bits.
  var wholeNumber: Int64? {
    var index = 0
    let isNegative = first == UInt8(ascii: "-")
    if isNegative { index = 1 }
    guard index < count else { return nil }
    var value: Int64 = 0
    while index < count {
      let digit = Int64(self[index]) - 48
      guard (0...9).contains(digit) else { return index > 0 ? wholeFraction : nil }
      let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(digit)
      if overflowed || carried { return nil }
      value = sum
      index += 1
    }
    return isNegative ? -value : value
  }

  /// The whole number with a fraction or an exponent, such as programs write that know only
  /// floating point.
  private var wholeFraction: Int64? {
    guard count <= 32, allSatisfy({ $0 &- 48 <= 9 || ".eE+-".utf8.contains($0) }),
      let value = Double(String(decoding: self, as: UTF8.self))
    else { return nil }
    return Int64(exactly: value)
  }
}
