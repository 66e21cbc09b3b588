import EventIO
import Glibc

/// A whole answer, encoded into one array so that it goes out in one write.
struct HTTPResponse: Sendable {
  /// The status code.
  var status: Int

  /// The type of the body; nil leaves the field out.
  var contentType: String?

  /// Further header fields.
  var headers: [(name: String, value: String)] = []

  /// The body.
  var body: [UInt8] = []

  /// An answer without a body.
  init(status: Int) {
    self.status = status
  }

  /// An answer with a JSON body.
  init(status: Int = 200, json: JSONValue) {
    self.status = status
    contentType = "application/json"
    body = json.encoded
  }

  /// An answer with a plain text body.
  init(status: Int, text: String) {
    self.status = status
    contentType = "text/plain; charset=utf-8"
    body = Array(text.utf8)
  }

  /// The answer's bytes; those to HEAD end with the head, which is that of the answer to GET.
  func encoded(keepsAlive: Bool, toHEAD: Bool, date: String) -> [UInt8] {
    var bytes: [UInt8] = []
    // RFC 9112 §6.3: no body after these, whatever the head says.
    let hasBody = !toHEAD && status != 204 && status != 304
    bytes.reserveCapacity(256 + (hasBody ? body.count : 0))
    appendHead(to: &bytes, keepsAlive: keepsAlive, date: date)
    // RFC 9110 §8.6: no Content-Length with 204; elsewhere also for an empty body.
    if status != 204 { bytes += "Content-Length: \(body.count)\r\n".utf8 }
    bytes += "\r\n".utf8
    if hasBody { bytes += body }
    return bytes
  }

  /// The head of an answer whose body follows in chunks, or until the connection ends.
  func encodedStreamHead(isChunked: Bool, date: String) -> [UInt8] {
    var bytes: [UInt8] = []
    appendHead(to: &bytes, keepsAlive: isChunked, date: date)
    if isChunked { bytes += "Transfer-Encoding: chunked\r\n".utf8 }
    bytes += "\r\n".utf8
    return bytes
  }

  private func appendHead(to bytes: inout [UInt8], keepsAlive: Bool, date: String) {
    bytes += "HTTP/1.1 \(status) \(Self.reason(status))\r\nDate: \(date)\r\n".utf8
    if let contentType { bytes += "Content-Type: \(contentType)\r\n".utf8 }
    for (name, value) in headers { bytes += "\(name): \(value)\r\n".utf8 }
    if !keepsAlive { bytes += "Connection: close\r\n".utf8 }
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 202: "Accepted"
    case 204: "No Content"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: "Unknown"
    }
  }
}
