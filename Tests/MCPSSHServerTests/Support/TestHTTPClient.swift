import EventIO
import Glibc

/// A plain HTTP client over one connection, which reads what comes back byte by byte.
final class TestHTTPClient {
  struct Response {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var json: JSONValue? { try? JSONValue(parsing: body) }
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  struct ConnectionEnded: Error {}

  struct NoResponse: Error {
    let line: String
  }

  private let socket: Int32

  init(host: String = "127.0.0.1", port: UInt16) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let address = try SocketAddress.resolve(host: host, port: port)[0]
    let raw = socket
    _ = try systemCall("connect") { address.withSocketAddress { connect(raw, $0, $1) } }
    // A test that waits for ever says nothing.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(socket) }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw ConnectionEnded()
    }
  }

  func request(
    _ method: String = "POST",
    _ path: String = "/mcp",
    headers: [String: String] = [:],
    body: String = ""
  ) throws -> Response {
    try start(method, path, headers: headers, body: body)
    return try receive(toHEAD: method == "HEAD")
  }

  /// Sends a request without waiting for its answer.
  func start(
    _ method: String = "POST",
    _ path: String = "/mcp",
    headers: [String: String] = [:],
    body: String = ""
  ) throws {
    var fields = ["Host": "localhost", "Content-Length": String(body.utf8.count)]
    if method == "POST" { fields["Content-Type"] = "application/json" }
    fields.merge(headers) { $1 }
    let lines = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
    try send("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n\(body)")
  }

  func receive(toHEAD: Bool = false) throws -> Response {
    let statusLine = try line()
    guard let status = statusLine.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { throw NoResponse(line: statusLine) }
    var headers: [String: String] = [:]
    while case let field = try line(), !field.isEmpty {
      let parts = field.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { throw NoResponse(line: field) }
      headers[parts[0].lowercased()] = String(parts[1].dropFirst())
    }
    var body: [UInt8] = []
    if toHEAD {
      // What Content-Length says would be the body of the answer to GET.
    } else if headers["transfer-encoding"] == "chunked" {
      while case let size = Int(try line(), radix: 16) ?? 0, size > 0 {
        body += try bytes(size)
        _ = try line()
      }
      _ = try line()
    } else {
      body = try bytes(Int(headers["content-length"] ?? "0") ?? 0)
    }
    return Response(status: status, headers: headers, body: body)
  }

  /// Whether the server has closed the connection; waits for it, or for bytes that say otherwise.
  func isClosedByServer() -> Bool {
    var byte: UInt8 = 0
    let count = recv(socket, &byte, 1, 0)
    // What an earlier call left in errno says nothing of one that worked.
    return count == 0 || count < 0 && errno != EAGAIN
  }

  /// Sends what the socket takes without waiting, at most so many bytes; how many it took.
  func offer(_ bytes: [UInt8]) -> Int {
    Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
  }

  private func bytes(_ count: Int) throws -> [UInt8] {
    var all: [UInt8] = []
    while all.count < count {
      var some = [UInt8](repeating: 0, count: count - all.count)
      let received = recv(socket, &some, some.count, 0)
      guard received > 0 else { throw ConnectionEnded() }
      all += some.prefix(received)
    }
    return all
  }

  private func line() throws -> String {
    var line: [UInt8] = []
    while case let byte = try bytes(1)[0], byte != 0x0A { line.append(byte) }
    if line.last == 0x0D { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }
}
