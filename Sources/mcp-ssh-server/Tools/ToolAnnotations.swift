import EventIO

/// What a tool does to the world, for clients that ask their user before some calls
/// (specification 2025-06-18, ToolAnnotations).
struct ToolAnnotations: Equatable, Sendable {
  /// The name for people.
  let title: String

  /// Whether it changes nothing.
  var isReadOnly = false

  /// Whether it may destroy something.
  var isDestructive = false

  /// Whether a second call with the same arguments changes nothing more.
  var isIdempotent = false

  /// Whether it reaches beyond this server.
  var isOpenWorld = true

  /// The value of the member `annotations`.
  var json: JSONValue {
    [
      "title": .string(title), "readOnlyHint": .bool(isReadOnly),
      "destructiveHint": .bool(isDestructive), "idempotentHint": .bool(isIdempotent),
      "openWorldHint": .bool(isOpenWorld),
    ]
  }
}
