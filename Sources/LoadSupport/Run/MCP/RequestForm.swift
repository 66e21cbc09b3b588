import EventIO

/// How requests are written for a server: what each says of itself in header fields and in `_meta`.
///
/// Known before the load, since calls are compiled before it; the check of the network finds it out.
struct RequestForm: Sendable, Equatable {
  /// The era that requests are written for.
  var era: ProtocolEra

  /// Arguments that header fields repeat, by the names of the tools that want that.
  var mirrored: [String: [MirroredArgument]] = [:]

  /// What the tool profile adds to `_meta` of each request, in both eras.
  var added: [JSONValue.Member] = []

  /// Whether the server is asked to tell of its progress with a call, by the number of its request.
  var asksForProgress = false

  /// What joins requests with the recording; nil where nobody asked for that.
  var trace: TraceContext?

  /// Requests in a session.
  static let legacy = RequestForm(era: .legacy)

  /// Requests that stand alone.
  static let modern = RequestForm(era: .modern)

  /// Who asks, as servers are told.
  static let clientInfo: JSONValue = [
    "name": .string(ClientIdentity.name), "version": .string(ClientIdentity.version),
  ]

  /// What `_meta` of each request has to say (MCP 2026-07-28, Base protocol, `_meta`), as far as a session has
  /// not said it, and what the profile adds.
  var meta: [JSONValue.Member] {
    guard era == .modern else { return added }
    return [
      .init(Self.key("protocolVersion"), .string(ProtocolRevision.withoutSessions.name)),
      .init(Self.key("clientInfo"), Self.clientInfo),
      .init(Self.key("clientCapabilities"), .object([])),
    ] + added
  }

  /// Whether requests have a `_meta` from us at all.
  private var hasMeta: Bool { !meta.isEmpty || trace?.place == .meta || asksForProgress }

  /// The same for a message that is no request: a profile's keys and a trace are not for those.
  var ofNotification: RequestForm { RequestForm(era: era) }

  /// A name of the protocol's own in `_meta`.
  static func key(_ name: String) -> String { prefix + name }

  /// What such names begin with.
  static let prefix = "io.modelcontextprotocol/"

  /// `_meta` as the last member of parameters that have others; nothing where there is none.
  var lastMember: ByteTemplate {
    var template = ByteTemplate()
    if hasMeta {
      template += ",".utf8
      appendMeta(with: [], to: &template) { $1 += $0.encoded }
    }
    return template
  }

  /// Parameters with `_meta` in them; what they say there themselves stays.
  ///
  /// `append` writes a value of theirs.
  func parameters<Failure: Error>(
    _ given: JSONValue?,
    append: (JSONValue, inout ByteTemplate) throws(Failure) -> Void
  ) throws(Failure) -> ByteTemplate? {
    var template = ByteTemplate()
    var members: [JSONValue.Member]?
    if case .object(let own)? = given { members = own }
    guard hasMeta, members != nil || given == nil || era == .modern else {
      guard let given else { return nil }
      try append(given, &template)
      return template
    }
    var own: [JSONValue.Member] = []
    template += "{".utf8
    for member in members ?? [] {
      if member.key.hasSameBytes(as: "_meta") {
        if case .object(let theirs) = member.value { own = theirs }
        continue
      }
      template.append(quoted: member.key)
      template += ":".utf8
      try append(member.value, &template)
      template += ",".utf8
    }
    try appendMeta(with: own, to: &template, append)
    template += "}".utf8
    return template
  }

  /// Adds the member `_meta`, in which the caller's own keys win.
  private func appendMeta<Failure: Error>(
    with own: [JSONValue.Member],
    to template: inout ByteTemplate,
    _ append: (JSONValue, inout ByteTemplate) throws(Failure) -> Void
  ) throws(Failure) {
    func isOwn(_ key: String) -> Bool { own.contains { $0.key.hasSameBytes(as: key) } }
    template += #""_meta":{"#.utf8
    var isFirst = true
    func begin(_ key: String, _ template: inout ByteTemplate) {
      if !isFirst { template += ",".utf8 }
      isFirst = false
      template.append(quoted: key)
      template += ":".utf8
    }
    for member in meta where !isOwn(member.key) {
      begin(member.key, &template)
      template += member.value.encoded
    }
    for member in own {
      begin(member.key, &template)
      try append(member.value, &template)
    }
    if asksForProgress, !isOwn("progressToken") {
      begin("progressToken", &template)
      template.append(.requestID, in: .value)
    }
    if let trace, trace.place == .meta, !isOwn(TraceContext.name) {
      begin(TraceContext.name, &template)
      template += "\"".utf8
      template.append(Self.parts(of: trace), in: .string)
      template += "\"".utf8
    }
    template += "}".utf8
  }

  /// The fields that repeat a request's method, and the name of what it is about, and the one by which it is
  /// found again.
  func fields(_ method: String, name: [ByteTemplate.Part]?) -> [CallTemplate.Field] {
    var fields: [CallTemplate.Field] = []
    if era == .modern {
      fields = [("Mcp-Method", [.text(method)])] + (name.map { [("Mcp-Name", $0)] } ?? [])
    }
    if let trace, trace.place == .header {
      fields.append((TraceContext.name, Self.parts(of: trace)))
    }
    return fields
  }

  private static func parts(of trace: TraceContext) -> [ByteTemplate.Part] {
    [.text(trace.beginning), .slot(.span), .text(TraceContext.ending)]
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
