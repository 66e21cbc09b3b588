extension UnsafeRawBufferPointer {
  /// The whole number that these bytes write in decimal digits, a negative one with a minus before them; nil
  /// if they write none, or one beyond 64 bits.
  @inline(__always)
  package var decimalInteger: Int64? {
    var index = 0
    let isNegative = first == UInt8(ascii: "-")
    if isNegative { index = 1 }
    guard index < count else { return nil }
    var value: Int64 = 0
    while index < count {
      let digit = Int64(self[index]) - 48
      guard (0...9).contains(digit) else { return nil }
      let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(digit)
      if overflowed || carried { return nil }
      value = sum
      index += 1
    }
    return isNegative ? -value : value
  }
}
