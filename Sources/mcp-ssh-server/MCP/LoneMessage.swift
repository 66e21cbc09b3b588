import EventIO

/// A message that stands alone, as all do since MCP 2026-07-28: it says its revision and what its client can do
/// by itself, and belongs to no session.
///
/// What header fields repeat of it is compared byte by byte, so that whoever routes by them and this server see
/// the same request (Streamable HTTP, Server Validation).
enum LoneMessage {
  /// The only such revision that is spoken here.
  static let revision = "2026-07-28"

  /// All revisions, the newest first.
  static let supported = [revision] + ProtocolVersion.allCases.map(\.rawValue).reversed()

  private static let prefix = "io.modelcontextprotocol/"

  /// Whether a request means to be one, by its header or its `_meta`.
  static func isMeant(by head: HTTPRequest, _ body: JSONValue? = nil) -> Bool {
    head.headers["mcp-protocol-version"]?.hasSameBytes(as: revision) == true
      || body?["params"]?["_meta"]?[prefix + "protocolVersion"] != nil
  }

  /// The message, if all that it must say is there and agrees.
  static func checked(
    _ head: HTTPRequest,
    _ body: JSONValue
  ) throws(Rejection) -> JSONRPCMessage {
    if body.array != nil { throw Rejection(400, -32600, "batches are not part of \(revision)") }
    let message = try Rejection.onBadMessage { () throws(JSONRPCError) in try JSONRPCMessage(body) }
    switch message {
    case .request(let request):
      try checkMeta(request, head)
      try checkFields(request, head)
    case .notification: break
    case .response: throw Rejection(400, -32600, "clients send no answers in \(revision)")
    }
    return message
  }

  private static func checkMeta(
    _ request: JSONRPCRequest,
    _ head: HTTPRequest
  ) throws(Rejection) {
    let meta = request.parameters?["_meta"]
    guard let version = meta?[prefix + "protocolVersion"]?.string,
      case .object? = meta?[prefix + "clientCapabilities"]
    else {
      throw Rejection(
        400,
        -32602,
        "_meta needs \(prefix)protocolVersion, a text, and \(prefix)clientCapabilities, an object"
      )
    }
    try check("MCP-Protocol-Version", head.headers["mcp-protocol-version"], is: version)
    guard version.hasSameBytes(as: revision) else {
      throw Rejection(
        400,
        -32022,
        "the revision \(version.bounded(to: 100)) is not spoken here",
        data: [
          "supported": .array(supported.map { .string($0) }),
          "requested": .string(version.bounded(to: 100)),
        ]
      )
    }
  }

  private static func checkFields(
    _ request: JSONRPCRequest,
    _ head: HTTPRequest
  ) throws(Rejection) {
    try check("Mcp-Method", head.headers["mcp-method"], is: request.method)
    let key =
      switch request.method {
      case "tools/call", "prompts/get": "name"
      case "resources/read": "uri"
      default: ""
      }
    guard let name = request.parameters?[key]?.string else { return }
    try check("Mcp-Name", head.headers["mcp-name"], is: name)
  }

  /// Compares a field with what it repeats, as it is or wrapped in Base64, of which there is one way to write it.
  private static func check(
    _ field: String,
    _ value: String?,
    is expected: String
  ) throws(Rejection) {
    if let value {
      if value.hasSameBytes(as: expected) { return }
      let wrapped = "=?base64?\(Base64.encode(Array(expected.utf8)))?="
      if field == "Mcp-Name", value.hasSameBytes(as: wrapped) { return }
    }
    throw Rejection(
      400,
      -32020,
      "the header \(field) "
        + (value == nil ? "is missing" : "is not what the body says: \(expected.bounded(to: 100))")
    )
  }

  /// What every result says besides.
  static func completed(_ result: JSONValue, more: [JSONValue.Member] = []) -> JSONValue {
    guard case .object(let members) = result else { return result }
    let server: JSONValue = [
      "name": .string(ProgramVersion.name), "version": .string(ProgramVersion.number),
    ]
    return .object(
      [.init("resultType", "complete")] + members + more
        + [.init("_meta", .object([.init(prefix + "serverInfo", server)]))]
    )
  }

  /// How long a list may be kept, and by whom.
  ///
  /// What it depends on changes with a restart only; it is the operator's, so not by caches that others share.
  static let caching: [JSONValue.Member] = [
    .init("ttlMs", 60_000), .init("cacheScope", "private"),
  ]
}
