import EventIO

/// Where a server listens, resolved once before the load.
package struct MCPClientEndpoint: Sendable {
  /// The URL of the MCP endpoint.
  package let url: HTTPURL

  /// What its host resolved to, at least one; the first is used until the check before the load has
  /// found the one that answers.
  package let addresses: [SocketAddress]

  /// How its connections are secured; nil for an `http://` URL.
  let security: TLSContext?

  /// Header fields to send with each request, for example an authorization.
  private(set) var headers: [String: Secret]

  /// Where the server tells of its health.
  let healthPath: String

  /// The values of those fields, as servers may repeat them.
  ///
  /// Whole, and without a scheme before them. Short ones are no secrets, and would be found
  /// everywhere.
  var secrets: [Secret] {
    let values = headers.values.flatMap { field in
      let value = field.value
      return [value] + value.split(at: 0x20, maxSplits: 1).dropFirst().map { String($0) }
    }
    return values.filter { $0.utf8.count >= Secret.leastBytes }.map { Secret($0) }
  }

  /// The head of a request of ours, without the empty line at its end: what every request says, the given
  /// fields, and those of the endpoint.
  func head(_ method: String, _ path: String, fields: [String] = []) -> [UInt8] {
    let own = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.value)" }
    let lines =
      ["\(method) \(path) HTTP/1.1", "Host: \(url.hostField)", "Accept-Encoding: identity"] + fields
      + own
    return Array(lines.map { $0 + "\r\n" }.joined().utf8)
  }

  /// A connection to the server, which is not open yet.
  func connection(
    on loop: EventLoop,
    timeouts: HTTPClientTimeouts,
    limits: HTTPLimits = HTTPLimits()
  ) -> HTTPClientConnection {
    guard let security else {
      return HTTPClientConnection(to: address, on: loop, timeouts: timeouts, limits: limits)
    }
    let session = TLSSession(security)
    return HTTPClientConnection(to: address, on: loop, timeouts: timeouts, limits: limits) {
      [name = url.host] address, loop throws(Errno) in
      let channel = try Channel(Socket.startConnecting(to: address), on: loop)
      return try TLSStream(over: channel, to: name, by: security, session, on: loop)
    }
  }

  /// Resolves the URL's host.
  ///
  /// Blocks.
  package init(
    _ url: HTTPURL,
    security: TLSContext? = nil,
    headers: [String: Secret] = [:],
    healthPath: String = Self.usualHealthPath
  ) throws(AddressError) {
    let addresses = try SocketAddress.resolve(host: url.host, port: url.port)
    guard !addresses.isEmpty else {
      throw AddressError(host: url.host, reason: "it has no address")
    }
    self.init(url, at: addresses, security: security, headers: headers, healthPath: healthPath)
  }

  /// A server at addresses that are known, of which there is at least one.
  init(
    _ url: HTTPURL,
    at addresses: [SocketAddress],
    security: TLSContext? = nil,
    headers: [String: Secret] = [:],
    healthPath: String = Self.usualHealthPath
  ) {
    self.url = url
    self.security = security
    self.addresses = addresses
    self.headers = headers
    self.healthPath = healthPath
  }

  /// The same server, with more header fields.
  func adding(_ more: [String: Secret]) -> MCPClientEndpoint {
    var endpoint = self
    for (name, value) in more {
      let known = headers.keys.first {
        $0.asciiLowercased().hasSameBytes(as: name.asciiLowercased())
      }
      endpoint.headers[known ?? name] = value
    }
    return endpoint
  }

  /// The same server, with a bearer token (RFC 6750 §2.1).
  func authorized(by token: Secret) -> MCPClientEndpoint {
    adding(["Authorization": Secret("Bearer \(token.value)")])
  }

  /// Where servers usually tell of their health.
  static let usualHealthPath = "/health"

  /// What requests go to.
  package var address: SocketAddress { addresses[0] }

  /// The same server at one of its addresses alone.
  package func only(at address: SocketAddress) -> MCPClientEndpoint {
    MCPClientEndpoint(
      url,
      at: [address],
      security: security,
      headers: headers,
      healthPath: healthPath
    )
  }
}
