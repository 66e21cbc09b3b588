import EventIO

/// How a value stands in JSON: how it is read, how it is written, and what a schema says of it.
///
/// One declaration gives all three, so that they cannot differ.
struct JSONForm<Value: Sendable>: Sendable {
  typealias Problems = [WorkloadError.Problem]

  /// What would be valid, behind "it must be".
  let expected: String

  /// The kinds of JSON that it may be, whatever else may be wrong with it.
  let kinds: Set<JSONValue.Kind>

  /// What JSON Schema (draft 2020-12) can say of it.
  let schema: JSONValue

  /// The value, or nil with what is wrong.
  let read: @Sendable (JSONValue, WorkloadPath, inout Problems) -> Value?

  /// The JSON; nil for a value that has another form.
  let write: @Sendable (Value) -> JSONValue?
}

extension JSONForm {
  /// A form of one kind of JSON that is valid as a whole or not; what may be a secret is not shown.
  init(
    _ expected: String,
    _ kind: JSONValue.Kind,
    type: JSONValue? = nil,
    _ keywords: [JSONValue.Member] = [],
    isShown: Bool = true,
    from: @escaping @Sendable (JSONValue) -> Value?,
    to: @escaping @Sendable (Value) -> JSONValue?
  ) {
    let schema = [JSONValue.Member("type", type ?? .string(kind.rawValue))] + keywords
    self.init(expected: expected, kinds: [kind], schema: .object(schema)) { json, path, problems in
      let value = json.kind == kind ? from(json) : nil
      if value == nil {
        problems.refuse(json, path, expected, isShown: isShown || json.kind != kind)
      }
      return value
    } write: {
      to($0)
    }
  }

  /// The form of another type that holds the same; nil of a direction is not valid, or has another form.
  func map<Other: Sendable>(
    _ from: @escaping @Sendable (Value) -> Other?,
    _ to: @escaping @Sendable (Other) -> Value?
  ) -> JSONForm<Other> {
    JSONForm<Other>(expected: expected, kinds: kinds, schema: schema) { json, path, problems in
      guard let value = read(json, path, &problems) else { return nil }
      let other = from(value)
      if other == nil { problems.refuse(json, path, expected) }
      return other
    } write: {
      to($0).flatMap(write)
    }
  }

  /// Any of several forms, told apart by the kind of JSON; the first that can is written.
  static func either(_ forms: JSONForm...) -> JSONForm {
    let expected = forms.map(\.expected).joined(separator: ", or ")
    return JSONForm(
      expected: expected,
      kinds: forms.reduce(into: []) { $0.formUnion($1.kinds) },
      schema: ["anyOf": .array(forms.map(\.schema))]
    ) { json, path, problems in
      if let form = forms.first(where: { $0.kinds.contains(json.kind) }) {
        return form.read(json, path, &problems)
      }
      problems.refuse(json, path, expected)
      return nil
    } write: { value in
      forms.lazy.compactMap { $0.write(value) }.first
    }
  }

  /// An array of values.
  func list(_ count: ClosedRange<Int> = 1...Int.max, of what: String) -> JSONForm<[Value]> {
    var schema: [JSONValue.Member] = [.init("type", "array"), .init("items", self.schema)]
    if count.lowerBound > 0 { schema.append(.init("minItems", .integer(count.lowerBound))) }
    if count.upperBound < .max { schema.append(.init("maxItems", .integer(count.upperBound))) }
    let expected = "a list of \(count == 1...Int.max ? "at least one of " : "")\(what)"
    return JSONForm<[Value]>(expected: expected, kinds: [.array], schema: .object(schema)) {
      json,
      path,
      problems in
      guard let elements = json.array, count.contains(elements.count) else {
        problems.refuse(json, path, expected)
        return nil
      }
      let values = elements.indices.compactMap { read(elements[$0], path[$0], &problems) }
      return values.count == elements.count ? values : nil
    } write: { values in
      .array(values.map { write($0) ?? .null })
    }
  }

  /// A value by itself, or an array of several.
  func oneOrMore(of what: String) -> JSONForm<[Value]> {
    .either(map({ [$0] }, { $0.count == 1 ? $0[0] : nil }), list(of: what))
  }

  /// An array of two values.
  func pair(_ expected: String) -> JSONForm<(Value, Value)> {
    list(2...2, of: expected).map({ ($0[0], $0[1]) }, { [$0.0, $0.1] })
  }

  /// An object whose members have names of the user's own; it is written in the order of their bytes.
  func byName(_ key: JSONForm<String>, minimum: Int = 0) -> JSONForm<[String: Value]> {
    var schema: [JSONValue.Member] = [
      .init("type", "object"), .init("propertyNames", key.schema),
      .init("additionalProperties", self.schema),
    ]
    if minimum > 0 { schema.append(.init("minProperties", .integer(minimum))) }
    let expected = "an object\(minimum > 0 ? " that is not empty" : "")"
    return JSONForm<[String: Value]>(
      expected: expected,
      kinds: [.object],
      schema: .object(schema)
    ) { json, path, problems in
      guard let members = json.members, members.count >= minimum else {
        problems.refuse(json, path, expected)
        return nil
      }
      let former = problems.count
      var values: [String: Value] = [:]
      for member in members
      where key.read(.string(member.key), path[member.key], &problems) != nil {
        values[member.key] = read(member.value, path[member.key], &problems)
      }
      return problems.count == former ? values : nil
    } write: { values in
      let sorted = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      return .object(sorted.map { .init($0.key, write($0.value) ?? .null) })
    }
  }
}

extension [WorkloadError.Problem] {
  /// Says what must stand at a path in the place of a value.
  mutating func refuse(
    _ json: JSONValue,
    _ path: WorkloadPath,
    _ expected: String,
    isShown: Bool = true
  ) {
    let shown = isShown ? json.brief : "what stands there"
    append(.init(path: path, reason: "\(shown) is not valid: it must be \(expected)"))
  }
}

extension JSONValue {
  /// What a value is, by its name in JSON Schema.
  enum Kind: String, CaseIterable, Sendable {
    case null, boolean, number, string, array, object
  }

  var kind: Kind {
    switch self {
    case .null: .null
    case .bool: .boolean
    case .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

  /// The members, if this is an object.
  var members: [Member]? {
    if case .object(let members) = self { return members }
    return nil
  }

  /// The value in few words, for a message.
  var brief: String {
    switch self {
    case .array(let elements): return elements.isEmpty ? "an empty list" : "the list"
    case .object(let members): return members.isEmpty ? "an empty object" : "an object"
    default:
      let text = String(decoding: encoded, as: UTF8.self).shown
      return text.utf8.count > 60 ? "\(text.cut(toBytes: 60))…" : text
    }
  }
}
