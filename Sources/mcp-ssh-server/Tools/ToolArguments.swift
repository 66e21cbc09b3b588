import EventIO

/// The arguments of one tool call; what is wrong with them becomes a `ToolError`.
struct ToolArguments: Sendable {
  private let value: JSONValue

  /// Takes the arguments member of tools/call; leaving it out means none.
  init(_ value: JSONValue?) throws(ToolError) {
    switch value {
    case nil, .null: self.value = .object([])
    case .some(.object(let members)): self.value = .object(members)
    default:
      throw ToolError(code: "invalid_argument", message: "arguments: expected an object")
    }
  }

  /// A text that must be there.
  func required(_ name: String) throws(ToolError) -> String {
    guard let text = try string(name), !text.isEmpty else {
      throw .invalidArgument(name, "a string; it is required")
    }
    return text
  }

  /// A text that may be there.
  func string(_ name: String) throws(ToolError) -> String? {
    switch value[name] {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw .invalidArgument(name, "a string")
    }
  }

  /// A whole number that may be there; also as text, as some clients send it.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(ToolError) -> Int? {
    let number: Int?
    switch value[name] {
    case nil, .null: return nil
    case .string(let text): number = Int(text)
    case .some(let other): number = other.integer
    }
    guard let number, range.contains(number) else {
      throw .invalidArgument(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A truth value that may be there.
  func bool(_ name: String) throws(ToolError) -> Bool? {
    switch value[name] {
    case nil, .null: return nil
    case .bool(let value): return value
    default: throw .invalidArgument(name, "true or false")
    }
  }
}
