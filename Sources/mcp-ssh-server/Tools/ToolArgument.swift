import EventIO

/// One argument of a tool: what `tools/list` says of it, and how a call's value is read.
struct ToolArgument<Value: Sendable>: Sendable {
  /// What `tools/list` says of it.
  let schema: ToolArgumentSchema

  private let read: @Sendable (JSONValue?) throws(InvalidValue) -> Value

  /// Makes an argument of a kind of its own; `read` gets nil where a call leaves it out.
  init(
    _ name: String,
    _ type: String,
    _ description: String,
    _ more: [JSONValue.Member] = [],
    isRequired: Bool = false,
    read: @escaping @Sendable (JSONValue?) throws(InvalidValue) -> Value
  ) {
    let members: [JSONValue.Member] = [
      .init("type", .string(type)), .init("description", .string(description)),
    ]
    schema = ToolArgumentSchema(name: name, members: members + more, isRequired: isRequired)
    self.read = read
  }

  /// Its value among the arguments of a call; throws what it should have been.
  func value(in arguments: JSONValue) throws(ToolError) -> Value {
    do throws(InvalidValue) {
      let value = arguments[schema.name]
      return try read(value == .null ? nil : value)
    } catch {
      switch error {
      case .expected(let valid, _): throw .invalidArgument(schema.name, valid)
      case .because(let reason): throw .invalidArgument(schema.name, reason)
      }
    }
  }
}

/// What `tools/list` says of an argument.
struct ToolArgumentSchema: Sendable {
  let name: String

  /// The members of its JSON schema.
  let members: [JSONValue.Member]

  let isRequired: Bool
}

extension ToolArgument where Value == String? {
  /// A text that may be there.
  static func text(_ name: String, _ description: String) -> ToolArgument {
    ToolArgument(name, "string", description) { value throws(InvalidValue) in
      guard let value else { return nil }
      guard let text = value.string else { throw .expected("a string") }
      return text
    }
  }
}

extension ToolArgument where Value == String {
  /// A text that must be there.
  static func required(_ name: String, _ description: String) -> ToolArgument {
    ToolArgument(name, "string", description, isRequired: true) { value throws(InvalidValue) in
      let text = value?.string
      guard value == nil || text != nil else { throw .expected("a string") }
      guard let text, !text.isEmpty else { throw .expected("a string; it is required") }
      return text
    }
  }

  /// The argument by which tools name an SSH session.
  static let sessionID = required("session_id", "The session_id that ssh_connect gave.")
}

extension ToolArgument where Value == Int? {
  /// A whole number that may be there; also as text, as some clients send it.
  static func integer(
    _ name: String,
    _ description: String,
    _ range: ClosedRange<Int>,
    shows more: [JSONValue.Member] = []
  ) -> ToolArgument {
    let bounds: [JSONValue.Member] = [
      .init("minimum", .number(String(range.lowerBound))),
      .init("maximum", .number(String(range.upperBound))),
    ]
    return ToolArgument(name, "integer", description, more + bounds) { value throws(InvalidValue) in
      guard let value else { return nil }
      guard let number = value.string.map({ Int($0) }) ?? value.integer, range.contains(number)
      else {
        throw .expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
  }
}

extension ToolArgument where Value == Int {
  /// The same with a default.
  static func integer(
    _ name: String,
    _ description: String,
    _ range: ClosedRange<Int>,
    usual: Int
  ) -> ToolArgument {
    let shown = JSONValue.Member("default", .number(String(usual)))
    return ToolArgument<Int?>.integer(name, description, range, shows: [shown]).or(usual)
  }
}

extension ToolArgument where Value == Bool {
  /// A truth value with a default.
  static func flag(_ name: String, _ description: String, usual: Bool) -> ToolArgument {
    ToolArgument(name, "boolean", description, [.init("default", .bool(usual))]) {
      value throws(InvalidValue) in
      guard let value else { return usual }
      guard let flag = value.bool else { throw .expected("true or false") }
      return flag
    }
  }
}

extension ToolArgument {
  private init(
    _ schema: ToolArgumentSchema,
    read: @escaping @Sendable (JSONValue?) throws(InvalidValue) -> Value
  ) {
    self.schema = schema
    self.read = read
  }

  /// The argument with a default.
  fileprivate func or<Wrapped>(_ usual: Wrapped) -> ToolArgument<Wrapped> where Value == Wrapped? {
    let read = read
    return ToolArgument<Wrapped>(schema) { value throws(InvalidValue) in
      try read(value) ?? usual
    }
  }
}
