import EventIO
import XCTest

@testable import LoadSupport

final class ProxyTests: XCTestCase {
  private static let proxy = Result { try HTTPURL(parsing: "http://127.0.0.1:3128") }

  private static func settings(
    _ choice: ProxySettings.Choice?,
    _ environment: [String: String] = [:],
    credentials: String? = nil
  ) throws -> ProxySettings {
    try ProxySettings(
      choice,
      credentials: credentials.map { Secret($0) },
      environment: environment
    )
  }

  private func proxy(_ settings: ProxySettings, for url: String) throws -> String? {
    settings.proxy(for: try HTTPURL(parsing: url))?.name
  }

  // MARK: Which proxy

  func testProxy_isNone_whenNobodyAsksForOne() throws {
    let environment = ["https_proxy": "http://p:1", "HTTP_PROXY": "http://p:2"]
    let settings = try Self.settings(nil, environment)
    XCTAssertNil(try proxy(settings, for: "http://server.test/"))
    XCTAssertNil(try proxy(settings, for: "https://server.test/"))
    // The variable is mentioned where it would have counted.
    let unused = { (url: String) in settings.unusedVariable(for: try HTTPURL(parsing: url)) }
    XCTAssertEqual(try unused("https://server.test/"), "https_proxy")
    XCTAssertNil(try unused("http://server.test/"))
    XCTAssertNil(try unused("https://127.0.0.1/"))
  }

  func testProxy_isNone_whenTheServerIsOnLoopback() throws {
    let settings = try Self.settings(.named(Self.proxy.get()))
    for host in ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "LOCALHOST", "a.localhost"] {
      XCTAssertNil(try proxy(settings, for: "http://\(host):3000/"), host)
      XCTAssertNil(try proxy(settings, for: "https://\(host)/"), host)
      XCTAssertTrue(settings.isNamedInVain(for: try HTTPURL(parsing: "http://\(host)/")), host)
    }
    let other = try HTTPURL(parsing: "http://server.test/")
    XCTAssertFalse(settings.isNamedInVain(for: other))
    let asked = try Self.settings(.environment, ["http_proxy": "http://p:1"])
    XCTAssertFalse(asked.isNamedInVain(for: try HTTPURL(parsing: "http://127.0.0.1/")))
    for host in ["127.example", "10.0.0.1", "localhost.test", "notlocalhost"] {
      XCTAssertEqual(try proxy(settings, for: "https://\(host)/"), "http://127.0.0.1:3128", host)
    }
  }

  func testProxy_isThatOfTheEnvironment_asCurlReadsIt() throws {
    let cases: [([String: String], String, String?)] = [
      (["http_proxy": "http://p:1"], "http://s/", "http://p:1"),
      (["http_proxy": "p:1"], "http://s/", "http://p:1"),
      (["http_proxy": "http://p:1"], "https://s/", nil),
      (["HTTP_PROXY": "http://p:1"], "http://s/", nil),
      (["HTTPS_PROXY": "http://p:1"], "https://s/", "http://p:1"),
      (["https_proxy": "http://p:2", "HTTPS_PROXY": "http://p:1"], "https://s/", "http://p:2"),
      (["all_proxy": "http://p:3"], "http://s/", "http://p:3"),
      (["ALL_PROXY": "http://p:3", "https_proxy": ""], "https://s/", "http://p:3"),
      (["all_proxy": "http://p:3", "no_proxy": "*"], "http://s/", nil),
      (["all_proxy": "http://p:3", "NO_PROXY": "a, .b.test"], "http://x.B.test/", nil),
      (["all_proxy": "http://p:3", "no_proxy": "b.test"], "http://b.test/", nil),
      (["all_proxy": "http://p:3", "no_proxy": "b.test"], "http://ab.test/", "http://p:3"),
      (["all_proxy": "http://p:3", "no_proxy": "b.test:81"], "http://b.test/", "http://p:3"),
      (["all_proxy": "http://p:3", "no_proxy": "b.test:81"], "http://b.test:81/", nil),
      (["all_proxy": "http://p:3", "no_proxy": ","], "http://s/", "http://p:3"),
    ]
    for (environment, url, expected) in cases {
      let settings = try Self.settings(.environment, environment)
      XCTAssertEqual(try proxy(settings, for: url), expected, "\(environment), \(url)")
      XCTAssertNil(settings.unusedVariable(for: try HTTPURL(parsing: url)))
    }
  }

  func testSettings_refuseAProxy_thatIsNoneOrHoldsItsCredentials() throws {
    for text in ["https://p:1", "http://u:hunter2@p:1", "http://", "p:x", "socks5://p:1"] {
      XCTAssertThrowsError(try Self.settings(.environment, ["http_proxy": text]), text) { error in
        XCTAssertTrue("\(error)".contains("http_proxy="), "\(error)")
        XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
      }
      XCTAssertThrowsError(try RunSettings(environment: ["LOADTEST_PROXY": text]), text) { error in
        XCTAssertTrue(error is SettingError, "\(error)")
        XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
      }
    }
  }

  func testCredentials_areReadFromAFile() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("user:hunter2-hunter2\nmore\n".utf8, to: "credentials")
    let settings = try RunSettings(
      environment: [
        "LOADTEST_PROXY": "http://p:1", "LOADTEST_PROXY_CREDENTIALS_FILE": path,
        "LOADTEST_MCP_URL": "https://server.test/mcp",
      ]
    )
    let url = try HTTPURL(parsing: "https://server.test/mcp")
    let proxy = try XCTUnwrap(settings.proxies.proxy(for: url))
    XCTAssertEqual(proxy.authorization, Secret("Basic dXNlcjpodW50ZXIyLWh1bnRlcjI="))
    XCTAssertEqual(proxy.name, "http://p:1")
  }

  // MARK: Through it

  /// Every way out goes through it, also that of the metrics.
  func testMetrics_areReadThroughTheProxy() async throws {
    try await LoopHarness.run { _, _ in
      [.send(Answer.http(200, "up 1\n", type: "text/plain"))]
    } _: { loop, server in
      let url = try HTTPURL(parsing: "http://server.test:8080/mcp")
      let settings = try Self.settings(
        .named(HTTPURL(host: "127.0.0.1", port: server.address.port))
      )
      let endpoint = try MCPClientEndpoint(url, proxy: settings.proxy(for: url))
      let scraper = MetricsScraper(page: endpoint.metricsPage, origin: .now(), loop: loop)
      let page = await scraper.fetch()
      await scraper.close()
      XCTAssertNotNil(page)
      let paths = await server.requests.map(\.path)
      XCTAssertEqual(paths, ["http://server.test:8080/metrics"])
    }
  }

  func testRequest_namesTheServer_whenItGoesToAProxy() async throws {
    try await LoopHarness.run { _, _ in
      [.send(Answer.http(200, "through"))]
    } _: { loop, server in
      let settings = try Self.settings(
        .named(HTTPURL(host: "127.0.0.1", port: server.address.port)),
        credentials: "user:hunter2-hunter2"
      )
      let url = try HTTPURL(parsing: "http://server.test:8080/mcp")
      let endpoint = try MCPClientEndpoint(url, proxy: settings.proxy(for: url))
      let connection = endpoint.connection(on: loop, timeouts: HTTPClientTimeouts())
      var timing = ExchangeTiming()
      let request = endpoint.head("GET", "/metrics") + Array("\r\n".utf8)
      try await connection.exchange(request, timing: &timing)
      let requests = await server.requests
      let asked = try XCTUnwrap(requests.first)
      XCTAssertEqual(asked.path, "http://server.test:8080/metrics")
      XCTAssertEqual(asked.fields["host"], "server.test:8080")
      let basic = "Basic dXNlcjpodW50ZXIyLWh1bnRlcjI="
      XCTAssertEqual(asked.fields["proxy-authorization"], basic)
      // A server may repeat what it was sent.
      XCTAssertTrue(endpoint.secrets.contains(Secret(basic)))
    }
  }

  func testTunnel_isAskedFor_whenTheServerIsSecure() async throws {
    let servers = try await TLSServers.start()
    defer { servers.stop() }
    let loop = try EventLoop(name: "proxy")
    defer { loop.stop() }
    let loopback = try SocketAddress.resolve(
      host: "127.0.0.1",
      port: XCTUnwrap(servers.ports[.elsewhere])
    )[0]
    let proxy = try await ByteRelay.start(to: loopback, isProxy: true, on: loop)
    let settings = try Self.settings(
      .named(HTTPURL(host: "127.0.0.1", port: proxy.address.port)),
      credentials: "u:p"
    )
    var tls = TLSSettings()
    tls.authorities = servers.directory + "/authority.pem"
    let url = try HTTPURL(parsing: "https://elsewhere.test/")
    let endpoint = try MCPClientEndpoint(
      url,
      security: TLSContext(tls),
      proxy: settings.proxy(for: url)
    )
    try await LoopHarness(loop: loop).run { loop in
      let connection = endpoint.connection(on: loop, timeouts: HTTPClientTimeouts())
      for number in 0..<2 {
        var timing = ExchangeTiming()
        let request = endpoint.head("GET", "/") + Array("\r\n".utf8)
        try await connection.exchange(request, timing: &timing)
        let body = String(decoding: connection.body, as: UTF8.self)
        XCTAssertEqual(body, "TLSv1.3 elsewhere.test http/1.1 ")
        XCTAssertEqual(timing.handshake != nil, number == 0)
      }
      connection.close()
    }
    let asked = await proxy.asked
    await proxy.stop()
    XCTAssertEqual(
      asked,
      [
        "CONNECT elsewhere.test:443 HTTP/1.1\r\nHost: elsewhere.test:443\r\n"
          + "User-Agent: mcp-ssh-loadtest/\(PackageVersion.number)\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
      ]
    )
  }

  func testTunnel_failsInWords_whenTheProxyRefuses() async throws {
    for (answer, words) in [
      (Answer.http(407), "gave HTTP 407 (LOADTEST_PROXY_CREDENTIALS_FILE names some) to CONNECT"),
      (Answer.http(502), "gave HTTP 502 to CONNECT server.test:443"),
      (Array("HTTP/1.1 200 OK\r\n\r\nmore".utf8), "gave more than an answer to CONNECT"),
      (Array("HTTP/1.1 200".utf8), "gave no answer to CONNECT server.test:443"),
    ] {
      try await LoopHarness.run { _, _ in
        [.send(answer), .close]
      } _: { loop, server in
        let place = HTTPURL(host: "127.0.0.1", port: server.address.port)
        let settings = try Self.settings(.named(place))
        let url = try HTTPURL(parsing: "https://server.test/")
        let endpoint = try MCPClientEndpoint(
          url,
          security: TLSContext(TLSSettings()),
          proxy: settings.proxy(for: url)
        )
        let connection = endpoint.connection(on: loop, timeouts: HTTPClientTimeouts())
        var timing = ExchangeTiming()
        do throws(HTTPError) {
          try await connection.exchange(endpoint.head("GET", "/"), timing: &timing)
          XCTFail("it went through")
        } catch {
          XCTAssertTrue("\(error)".contains(words), "\(error)")
        }
      }
    }
  }

  func testTunnel_timesOutInWords_whenTheProxySaysNothing() async throws {
    try await LoopHarness.run { _, _ in
      []
    } _: { loop, server in
      let place = HTTPURL(host: "127.0.0.1", port: server.address.port)
      let url = try HTTPURL(parsing: "https://server.test/")
      let endpoint = try MCPClientEndpoint(
        url,
        security: TLSContext(TLSSettings()),
        proxy: Self.settings(.named(place)).proxy(for: url)
      )
      var timeouts = HTTPClientTimeouts()
      timeouts.connect = .milliseconds(50)
      let connection = endpoint.connection(on: loop, timeouts: timeouts)
      var timing = ExchangeTiming()
      do throws(HTTPError) {
        try await connection.exchange(endpoint.head("GET", "/"), timing: &timing)
        XCTFail("it went through")
      } catch {
        XCTAssertEqual(error, .timeout(.opening(.tunnel)))
        XCTAssertEqual("\(error)", "timed out waiting for the proxy's tunnel")
      }
    }
  }
}
