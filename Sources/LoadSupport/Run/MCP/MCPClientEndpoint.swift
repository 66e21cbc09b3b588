import EventIO

/// Where a server listens, resolved once before the load; or what starts its processes.
package struct MCPClientEndpoint: Sendable {
  /// The URL of the MCP endpoint.
  package let url: HTTPURL

  /// What its host resolved to, or that of the proxy before it, at least one; the first is used until the check before the load has
  /// found the one that answers.
  package let addresses: [SocketAddress]

  /// How its connections are secured; nil for an `http://` URL.
  let security: TLSContext?

  /// What stands before it; nil for nothing.
  let proxy: Proxy?

  /// What starts its processes, which are spoken to over pipes; nil for a server over HTTP.
  ///
  /// Nothing listens then, and URL and address stand for nothing.
  private(set) var stdio: StdioServer?

  /// Header fields to send with each request, for example an authorization.
  private(set) var headers: [String: Secret]

  /// Where the server tells of its health.
  let healthPath: String

  /// What servers may repeat and must not be shown: the values of those fields, and the queries of its paths.
  var secrets: [Secret] {
    let fields = headers.values + [proxy?.authorization].compactMap(\.self)
    return (stdio?.secrets ?? []) + fields.flatMap { Secret.all(inField: $0.value) }
      + [url.path, healthPath].flatMap { Secret.all(inQueryOf: $0) }
  }

  /// Who asks: what the user wants servers to be told, else ourselves.
  private var userAgent: String {
    headers.first { ClientIdentity.isField($0.key) }?.value.value ?? ClientIdentity.userAgent
  }

  /// The head of a request of ours, without the empty line at its end: what every request says, the given
  /// fields, and those of the endpoint.
  ///
  /// `tellsAgent` is false where the request has a field of its own that says who asks.
  func head(
    _ method: String,
    _ path: String,
    fields: [String] = [],
    tellsAgent: Bool = true
  ) -> [UInt8] {
    let own = headers.filter { !ClientIdentity.isField($0.key) }
      .sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.value)" }
    let agent = tellsAgent ? ["\(ClientIdentity.field): \(userAgent)"] : []
    // A proxy is told the server with the path (RFC 9112 §3.2.2), where it does not only hand bytes on.
    let asked = url.isSecure ? nil : proxy
    let target = asked == nil ? path : "http://\(url.hostField)\(path)"
    let lines =
      ["\(method) \(target) HTTP/1.1", "Host: \(url.hostField)", "Accept-Encoding: identity"]
      + agent + (asked?.fields ?? []) + fields + own
    return Array(lines.map { $0 + "\r\n" }.joined().utf8)
  }

  /// What messages of a session go over, which is not open yet.
  func transport(on loop: EventLoop, timeouts: HTTPClientTimeouts) -> any Transport {
    if let stdio { return StdioTransport(stdio, on: loop, timeouts: timeouts) }
    return connection(on: loop, timeouts: timeouts)
  }

  /// What errors call the server.
  var name: String { stdio?.name ?? url.withoutQuery }

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
      [name = url.host, tunnel = proxy?.tunnel(to: url, for: userAgent)] address, loop throws(Errno)
      in
      let channel = try Channel(Socket.startConnecting(to: address), on: loop)
      return try TLSStream(
        over: channel,
        to: name,
        by: security,
        session,
        on: loop,
        after: tunnel?.open
      )
    }
  }

  /// Resolves the host of the URL, or that of the proxy.
  ///
  /// Blocks.
  init(
    _ url: HTTPURL,
    security: TLSContext? = nil,
    proxy: Proxy? = nil,
    headers: [String: Secret] = [:],
    healthPath: String = Self.usualHealthPath
  ) throws(AddressError) {
    // The server's name is the proxy's to look up.
    let place = proxy?.url ?? url
    let addresses = try SocketAddress.resolve(host: place.host, port: place.port)
    guard !addresses.isEmpty else {
      throw AddressError(host: place.host, reason: "it has no address")
    }
    self.init(
      url,
      at: addresses,
      security: security,
      proxy: proxy,
      headers: headers,
      healthPath: healthPath
    )
  }

  /// Resolves the URL's host; nothing stands before the server.
  ///
  /// Blocks.
  package init(_ url: HTTPURL) throws(AddressError) {
    try self.init(url, proxy: nil)
  }

  /// A server at addresses that are known, of which there is at least one.
  init(
    _ url: HTTPURL,
    at addresses: [SocketAddress],
    security: TLSContext? = nil,
    proxy: Proxy? = nil,
    headers: [String: Secret] = [:],
    healthPath: String = Self.usualHealthPath
  ) {
    self.url = url
    self.security = security
    self.proxy = proxy
    self.addresses = addresses
    self.headers = headers
    self.healthPath = healthPath
  }

  /// A server whose processes are started.
  init(_ stdio: StdioServer) throws(AddressError) {
    // Port 0 is nobody's: what should not be asked there reaches nothing.
    try self.init(HTTPURL(host: "127.0.0.1", port: 0))
    self.stdio = stdio
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

  /// The same server by another path.
  func at(_ path: String) -> MCPClientEndpoint {
    var url = url
    url.path = path
    return MCPClientEndpoint(
      url,
      at: addresses,
      security: security,
      proxy: proxy,
      headers: headers,
      healthPath: healthPath
    )
  }

  /// Where servers usually tell of their metrics.
  package var metricsPage: MCPClientEndpoint { at("/metrics") }

  /// The same server at one of its addresses alone.
  package func only(at address: SocketAddress) -> MCPClientEndpoint {
    if stdio != nil { return self }
    return MCPClientEndpoint(
      url,
      at: [address],
      security: security,
      proxy: proxy,
      headers: headers,
      healthPath: healthPath
    )
  }
}
