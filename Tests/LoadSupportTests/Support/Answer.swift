/// Responses as servers write them.
enum Answer {
  /// A response with a length.
  static func http(
    _ status: Int = 200,
    _ body: String = "",
    type: String = "application/json",
    fields: [String] = []
  ) -> [UInt8] {
    let lines =
      ["HTTP/1.1 \(status) X", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)"]
      + fields
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
  }

  /// A chunked response that is not ended.
  static func openStream(_ text: String) -> [UInt8] {
    let head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Array(head.utf8) + chunk(text)
  }

  static func chunk(_ text: String) -> [UInt8] {
    Array((String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n").utf8)
  }

  static let lastChunk = Array("0\r\n\r\n".utf8)

  /// A JSON-RPC response.
  static func result(_ id: Int, _ result: String = "{}") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
  }

  /// A JSON-RPC error.
  static func error(_ id: Int, _ code: Int, _ message: String, data: String = "null") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"\#(message)","data":\#(data)}}"#
  }

  /// The result of a tool.
  static func text(_ text: String, isError: Bool = false) -> String {
    #"{"content":[{"type":"text","text":"\#(text)"}],"isError":\#(isError)}"#
  }
}
