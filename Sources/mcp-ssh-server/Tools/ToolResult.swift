import EventIO

/// What a tool gives back.
struct ToolResult: Sendable {
  /// The text blocks for the model.
  var texts: [String]

  /// The members of structuredContent.
  var structured: [JSONValue.Member]

  /// Members beside content, for clients that look there.
  var extra: [JSONValue.Member] = []

  /// A result whose text is its structured form.
  static func structured(_ members: [JSONValue.Member], extra: [JSONValue.Member]) -> ToolResult {
    let text = String(decoding: JSONValue.object(members).encoded, as: UTF8.self)
    return ToolResult(texts: [text], structured: members, extra: extra)
  }

  /// The result of tools/call.
  var json: JSONValue {
    let content = texts.map { text -> JSONValue in ["type": "text", "text": .string(text)] }
    return .object(
      [
        .init("content", .array(content)), .init("structuredContent", .object(structured)),
        .init("isError", false),
      ] + extra
    )
  }
}

extension ToolError {
  /// The result of tools/call that tells of the failure.
  var json: JSONValue {
    let members: [JSONValue.Member] =
      [.init("code", .string(code)), .init("message", .string(message))] + details
    return [
      "content": [["type": "text", "text": .string(message)]],
      "structuredContent": .object(members),
      "isError": true,
    ]
  }
}
