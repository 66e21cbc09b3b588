extension [UInt8] {
  /// Appends the value of a header field.
  ///
  /// What is not visible ASCII with blanks inside, or looks as if it were wrapped, goes in Base64 (MCP
  /// 2026-07-28, Streamable HTTP, which names the form): no byte of it can end the field.
  mutating func appendFieldValue(_ value: [UInt8]) {
    let isPlain =
      value.allSatisfy { (0x20..<0x7F).contains($0) } && value.first != 0x20 && value.last != 0x20
      && !value.starts(with: "=?".utf8)
    if isPlain { return append(contentsOf: value) }
    append(contentsOf: "=?base64?".utf8)
    let letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
      .withContiguousStorageIfAvailable { Array($0) } ?? []
    for start in stride(from: 0, to: value.count, by: 3) {
      let group = value[start..<Swift.min(start + 3, value.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for index in 0..<4 {
        append(index <= group.count ? letters[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
      }
    }
    append(contentsOf: "?=".utf8)
  }
}
