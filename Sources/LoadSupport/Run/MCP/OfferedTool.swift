import EventIO

/// A tool as a server's `tools/list` describes it: what a call of it takes, and what its result has.
///
/// A server may put anything there: what is no schema has no fields, and what is too large or goes in circles is
/// read as far as the limits go.
package struct OfferedTool: Sendable, Equatable {
  /// A member that a JSON Schema gives an object.
  struct Field: Sendable, Equatable {
    /// The keys that lead to it, at least one.
    let path: [String]

    /// The names of its types; none where it may be anything.
    let types: [String]

    /// Whether the schema asks for it, whichever of its alternatives holds.
    let isRequired: Bool

    /// What the schema says of it.
    let description: String

    /// A value that the schema gives: the only one, the default, or the first of several.
    let value: JSONValue?

    /// Whether the schema lists its values.
    var hasChoices = false

    /// Its name, which is the last of the keys.
    var name: String { path[path.count - 1] }

    /// Whether it may be of one of these types, as far as the schema tells.
    func isAny(of others: [String]) -> Bool {
      types.isEmpty || types.contains(where: others.contains)
    }
  }

  /// The tool's name in `tools/call`.
  let name: String

  /// What it says of itself, cut to what people read.
  let description: String

  /// The arguments, and below those that are objects their members.
  let fields: [Field]

  /// Whether the schema leaves room for arguments that it does not name.
  let takesOthers: Bool

  /// The members of the structured content of its results; none where no `outputSchema` tells.
  let resultFields: [Field]

  /// The most bytes of a description that are kept.
  private static let longestDescription = 500

  /// Takes an entry of `tools/list`; nil where it has no name.
  init?(_ entry: JSONValue) {
    guard let name = entry["name"]?.string, !name.isEmpty else { return nil }
    self.name = name
    description = String((entry["description"]?.string ?? "").cut(toBytes: Self.longestDescription))
    let schema = entry["inputSchema"] ?? .null
    fields = SchemaWalk.fields(of: schema)
    let others = schema["additionalProperties"]
    takesOthers =
      fields.isEmpty || schema["patternProperties"] != nil || others != nil && others != false
    resultFields = SchemaWalk.fields(of: entry["outputSchema"] ?? .null)
  }

  /// The arguments by themselves.
  var arguments: [Field] { fields.filter { $0.path.count == 1 } }

  /// The argument of some name; nil where the schema has none.
  func argument(_ name: String) -> Field? { arguments.first { $0.name.hasSameBytes(as: name) } }
}

/// A way through a JSON Schema, which may refer to itself, be of any size, or be none.
private struct SchemaWalk {
  private let root: JSONValue
  private var fields: [OfferedTool.Field] = []

  /// So many schemas are looked at, and so many fields kept.
  private var room = 5_000
  private static let mostFields = 300
  private static let deepest = 4

  static func fields(of schema: JSONValue) -> [OfferedTool.Field] {
    var walk = SchemaWalk(root: schema)
    walk.collect(schema, at: [])
    return walk.fields
  }

  private init(root: JSONValue) { self.root = root }

  private mutating func collect(_ schema: JSONValue, at path: [String]) {
    let parts = parts(of: schema)
    let required = parts.filter(\.isCertain)
      .flatMap { $0.schema["required"]?.array?.prefix(Self.mostFields) ?? [] }
    var known: Set<[UInt8]> = []
    var inner: [(schema: JSONValue, path: [String])] = []
    for part in parts {
      guard case .object(let properties)? = part.schema["properties"] else { continue }
      for property in properties where known.insert(Array(property.key.utf8)).inserted {
        guard fields.count < Self.mostFields else { return }
        let place = path + [property.key]
        let isRequired = required.contains { $0.string?.hasSameBytes(as: property.key) == true }
        fields.append(field(property.value, at: place, isRequired: isRequired))
        inner.append((property.value, place))
      }
    }
    // Level by level: what is deep inside takes no room from what stands beside it.
    guard path.count + 1 < Self.deepest else { return }
    for (schema, path) in inner { collect(schema, at: path) }
  }

  private mutating func field(
    _ schema: JSONValue,
    at path: [String],
    isRequired: Bool
  ) -> OfferedTool.Field {
    let parts = parts(of: schema).map(\.schema)
    let types = parts.flatMap { part in
      (part["type"]?.array ?? [part["type"]].compactMap(\.self)).compactMap(\.string)
    }
    let description = parts.lazy.compactMap { $0["description"]?.string }.first ?? ""
    return OfferedTool.Field(
      path: path,
      types: types.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
      isRequired: isRequired,
      description: String(description.cut(toBytes: 200)),
      value: parts.lazy.compactMap { $0["const"] ?? $0["default"] ?? $0["enum"]?.array?.first }
        .first { $0 != .null },
      hasChoices: parts.contains { $0["enum"]?.array?.isEmpty == false }
    )
  }

  /// A schema, what it refers to, and what it is put together of; what is one of several alternatives is not
  /// certain.
  private mutating func parts(
    of schema: JSONValue,
    isCertain: Bool = true,
    depth: Int = 0
  ) -> [(schema: JSONValue, isCertain: Bool)] {
    guard depth < 12, room > 0, case .object = schema else { return [] }
    room -= 1
    var all = [(schema, isCertain)]
    if let target = schema["$ref"]?.string.flatMap(resolve) {
      all += parts(of: target, isCertain: isCertain, depth: depth + 1)
    }
    for key in ["allOf", "anyOf", "oneOf"] {
      for part in schema[key]?.array ?? [] {
        all += parts(of: part, isCertain: isCertain && key == "allOf", depth: depth + 1)
      }
    }
    return all
  }

  /// What a reference within the schema means: a JSON pointer behind `#` (RFC 6901 §6); nil for any other.
  private func resolve(_ reference: String) -> JSONValue? {
    guard reference.utf8.first == UInt8(ascii: "#"),
      let tokens = JSONPointer.tokens(String(reference.unicodeScalars.dropFirst()))
    else { return nil }
    return tokens.reduce(Optional(root)) { $0?[$1] }
  }
}
