import EventIO

/// How requests are written for a server: what each says of itself in header fields and in `_meta`.
///
/// Known before the load, since calls are compiled before it; the check of the network finds it out.
struct RequestForm: Sendable, Equatable {
  /// The era that requests are written for.
  let era: ProtocolEra

  /// Arguments that header fields repeat, by the names of the tools that want that.
  var mirrored: [String: [MirroredArgument]] = [:]

  /// Requests in a session.
  static let legacy = RequestForm(era: .legacy)

  /// Requests that stand alone.
  static let modern = RequestForm(era: .modern)

  /// Who asks, as servers are told.
  static let clientInfo: JSONValue = ["name": "mcp-ssh-loadtest", "version": "1"]

  /// What `_meta` of each request has to say (MCP 2026-07-28, Base protocol, `_meta`); nothing where a session
  /// has said it.
  private var meta: [JSONValue.Member] {
    guard era == .modern else { return [] }
    return [
      .init(Self.key("protocolVersion"), .string(ProtocolRevision.withoutSessions.name)),
      .init(Self.key("clientInfo"), Self.clientInfo),
      .init(Self.key("clientCapabilities"), .object([])),
    ]
  }

  /// A name of the protocol's own in `_meta`.
  static func key(_ name: String) -> String { "io.modelcontextprotocol/" + name }

  /// `_meta` as the last member of parameters that have others; no bytes where there is none.
  var lastMember: [UInt8] {
    meta.isEmpty ? [] : Array(#","_meta":"#.utf8) + JSONValue.object(meta).encoded
  }

  /// Parameters with `_meta` in them; what they say there themselves stays.
  func parameters(_ given: JSONValue?) -> JSONValue? {
    guard era == .modern else { return given }
    var members: [JSONValue.Member] = []
    if case .object(let own)? = given { members = own }
    var all = meta
    if case .object(let own)? = given?["_meta"] {
      all = all.filter { given?["_meta"]?[$0.key] == nil } + own
    }
    return .object(
      members.filter { !$0.key.hasSameBytes(as: "_meta") } + [.init("_meta", .object(all))]
    )
  }

  /// The fields that repeat a request's method, and the name of what it is about.
  func fields(_ method: String, name: [ByteTemplate.Part]?) -> [CallTemplate.Field] {
    guard era == .modern else { return [] }
    return [("Mcp-Method", [.text(method)])] + (name.map { [("Mcp-Name", $0)] } ?? [])
  }

  /// The parameter that names what a request of some method is about; nil where none does.
  static func nameKey(of method: String) -> String? {
    switch method {
    case "tools/call", "prompts/get": "name"
    case "resources/read": "uri"
    default: nil
    }
  }
}

/// An argument of a tool that a header field repeats, as its `x-mcp-header` asks (MCP 2026-07-28, Streamable
/// HTTP, Custom Headers from Tool Parameters).
struct MirroredArgument: Sendable, Equatable {
  /// The keys that lead to it among the arguments.
  let path: [String]

  /// The header field's name.
  let field: String

  /// Its value among those that are given, as the field has it; nil where it is not there.
  func value(in arguments: JSONValue) -> String? {
    switch path.reduce(Optional(arguments), { $0?[$1] }) {
    case .string(let text), .number(let text): text
    case .bool(let value): value ? "true" : "false"
    case .null, .array, .object, nil: nil
    }
  }

  /// Those of a tool by its schema; nil where an annotation breaks the rules, and nobody may call the tool.
  static func all(of schema: JSONValue) -> [MirroredArgument]? {
    var found: [MirroredArgument] = []
    return collect(schema, at: [], into: &found) ? found : nil
  }

  /// Takes in a schema that is reached by these keys of `properties`, or in another way; false where it breaks
  /// the rules.
  private static func collect(
    _ schema: JSONValue,
    at path: [String]?,
    into found: inout [MirroredArgument]
  ) -> Bool {
    if let elements = schema.array {
      return elements.allSatisfy { collect($0, at: nil, into: &found) }
    }
    guard case .object(let members) = schema else { return true }
    if let name = schema["x-mcp-header"] {
      guard let path, !path.isEmpty, let name = name.string, FieldGrammar.isName(name),
        ["integer", "string", "boolean"].contains(schema["type"]?.string)
      else { return false }
      let field = "Mcp-Param-\(name)"
      let isKnown = found.contains {
        $0.field.asciiLowercased().hasSameBytes(as: field.asciiLowercased())
      }
      if isKnown { return false }
      found.append(MirroredArgument(path: path, field: field))
    }
    for member in members {
      guard member.key.hasSameBytes(as: "properties"), case .object(let properties) = member.value
      else {
        // Data, in which nothing is an annotation.
        if ["default", "const", "enum", "examples"].contains(member.key) { continue }
        guard collect(member.value, at: nil, into: &found) else { return false }
        continue
      }
      for property in properties {
        let place = path.map { $0 + [property.key] }
        guard collect(property.value, at: place, into: &found) else { return false }
      }
    }
    return true
  }
}
