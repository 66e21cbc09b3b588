extension JSONValue {
  /// The value as JSON text for people, with its final line end: what fits into a line stands in one.
  package func indented(width: Int = 100) -> [UInt8] {
    var text: [UInt8] = []
    appendIndented(to: &text, indent: 0, column: 0, width: width)
    return text + [0x0A]
  }

  private func appendIndented(to text: inout [UInt8], indent: Int, column: Int, width: Int) {
    let line = spaced
    let items: [(key: String?, value: JSONValue)]
    switch self {
    case .object(let members): items = members.map { ($0.key, $0.value) }
    case .array(let elements): items = elements.map { (nil, $0) }
    default: items = []
    }
    // A comma may follow.
    guard column + line.count >= width, !items.isEmpty else {
      text += line
      return
    }
    let isObject = line.first == UInt8(ascii: "{")
    text.append(UInt8(ascii: isObject ? "{" : "["))
    for (index, item) in items.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      text += [0x0A] + [UInt8](repeating: 0x20, count: indent + 2)
      let start = text.count
      if let key = item.key {
        text.appendJSONString(key)
        text += ": ".utf8
      }
      let column = indent + 2 + text.count - start
      item.value.appendIndented(to: &text, indent: indent + 2, column: column, width: width)
    }
    text += [0x0A] + [UInt8](repeating: 0x20, count: indent)
    text.append(UInt8(ascii: isObject ? "}" : "]"))
  }

  /// The value in one line, with blanks behind colons and commas.
  private var spaced: [UInt8] {
    func list(_ items: [[UInt8]], _ open: Unicode.Scalar, _ close: Unicode.Scalar) -> [UInt8] {
      [UInt8(ascii: open)] + items.joined(separator: ", ".utf8) + [UInt8(ascii: close)]
    }
    switch self {
    case .array(let elements): return list(elements.map(\.spaced), "[", "]")
    case .object(let members):
      let items = members.map { member in
        var text: [UInt8] = []
        text.appendJSONString(member.key)
        return text + ": ".utf8 + member.value.spaced
      }
      return list(items, "{", "}")
    default: return encoded
    }
  }
}
