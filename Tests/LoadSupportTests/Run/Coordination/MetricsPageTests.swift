import EventIO
import XCTest

@testable import LoadSupport

/// Metrics that live elsewhere than on the server: another path, port or host.
final class MetricsPageTests: XCTestCase {
  private static let secret = ["LOADTEST_MCP_HEADERS": "Authorization: Bearer hunter2-hunter2"]

  private func settings(_ server: String?, _ page: String) throws -> RunSettings {
    var environment = Self.secret.merging(["LOADTEST_METRICS_URL": page]) { $1 }
    environment["LOADTEST_MCP_URL"] = server
    return try RunSettings(environment: environment)
  }

  func testPage_isThatOfTheServer_unlessOneIsNamed() throws {
    let settings = try RunSettings(environment: Self.secret)
    let url = try HTTPURL(parsing: "http://127.0.0.1:1/mcp?x=1")
    let page = try XCTUnwrap(settings.metricsPage(of: settings.endpoint(url)))
    XCTAssertEqual("\(page.url)", "http://127.0.0.1:1/metrics")
    XCTAssertEqual(page.headers.keys.sorted(), ["Authorization"])
    XCTAssertNil(try settings.metricsPage(of: nil))
  }

  /// Scheme, host and port make the origin; whatever is another gets nothing of the server's.
  func testCredentials_areSentToTheServerOnly() throws {
    for (page, isTold) in [
      ("http://127.0.0.1:1/stats?all=1", true), ("http://127.0.0.1:2/metrics", false),
      ("http://127.0.0.2:1/metrics", false), ("http://localhost:1/metrics", false),
      ("https://127.0.0.1:1/metrics", false),
    ] {
      let settings = try settings("http://127.0.0.1:1/mcp", page)
      let server = try settings.endpoint(XCTUnwrap(settings.serverURL))
      let other = try XCTUnwrap(settings.metricsPage(of: server.authorized(by: Secret("hunter2"))))
      XCTAssertEqual("\(other.url)", page)
      XCTAssertEqual(other.headers.isEmpty, !isTold, page)
      let head = String(decoding: other.head("GET", other.url.path), as: UTF8.self)
      XCTAssertEqual(head.contains("hunter2"), isTold, page)
      XCTAssertTrue(head.contains("User-Agent: mcp-ssh-loadtest/"), page)
      // Without a server nobody is known to be the one that the fields are for.
      let alone = try XCTUnwrap(self.settings(nil, page).metricsPage(of: nil))
      XCTAssertEqual(alone.headers, [:], page)
    }
  }

  func testCertificate_isShownToTheServerOnly() throws {
    var settings = try settings("https://127.0.0.1:1/mcp", "https://127.0.0.1:2/metrics")
    // Nobody reads them: they would be a failure if they were asked for.
    settings.tls.certificate = "/nowhere.pem"
    settings.tls.key = "/nowhere.pem"
    let page = try settings.metricsPage(
      of: MCPClientEndpoint(XCTUnwrap(settings.serverURL), at: [])
    )
    XCTAssertNil(page?.security?.settings.certificate)
    XCTAssertNil(page?.security?.settings.key)
  }

  /// Whoever reads that a host has no address must know whose it is.
  func testPage_thatHasNoAddress_isNamedByItsVariable() throws {
    let settings = try settings("http://127.0.0.1:1/mcp", "http://nowhere.invalid/metrics")
    let server = try settings.endpoint(XCTUnwrap(settings.serverURL))
    XCTAssertThrowsError(try settings.metricsPage(of: server)) { error in
      for words in ["nowhere.invalid", "LOADTEST_METRICS_URL", "--metrics-url"] {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
    }
  }

  func testSettings_takeAnyURL() throws {
    XCTAssertEqual(
      try settings(nil, "https://h:9100/prom").metricsURL,
      HTTPURL(isSecure: true, host: "h", port: 9100, path: "/prom")
    )
  }

  func testSettings_refuseWhatIsNoURL_withoutItsQuery() throws {
    XCTAssertThrowsError(try settings("http://h/", "h:9100?token=hunter2")) { error in
      XCTAssertTrue("\(error)".contains("LOADTEST_METRICS_URL"), "\(error)")
      XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
    }
  }

  /// Two servers: one of MCP without metrics, and one that has nothing but metrics.
  private func open(
    _ page: String,
    path: String = "/internal/prom?format=text"
  ) async throws -> (Network, [ScriptedServer.Request], run: [ServerMetricsLine]) {
    let loop = try EventLoop(name: "servers")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: FakeMCP().script)
    let metrics = try await ScriptedServer.start(on: loop) { request, _ in
      [.send(request.path == path ? Answer.http(200, page, type: "text/plain") : Answer.http(404))]
    }
    let url = "http://127.0.0.1:\(server.address.port)/mcp"
    var environment = Self.secret
    environment["LOADTEST_MCP_URL"] = url
    environment["LOADTEST_MCP_ERA"] = "legacy"
    environment["LOADTEST_METRICS_URL"] = "http://127.0.0.1:\(metrics.address.port)\(path)"
    let settings = try RunSettings(environment: environment)
    let setup = RunSetup(settings: settings, environment: [:], programs: "")
    let network = try await Network.open(setup, wishes: Network.Wishes(isLimited: true))
    var options = LoadRunHarness.Options()
    options.metricsPage = network.metricsPage
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    XCTAssertEqual(run.requests.count { $0.path == "/metrics" }, 0)
    let asked = await server.requests
    XCTAssertEqual(asked.count { $0.path == "/metrics" }, 0)
    XCTAssertTrue(asked.contains { $0.fields["authorization"] != nil })
    let requests = await metrics.requests
    await server.stop()
    await metrics.stop()
    let path = run.recorded.layout.serverMetrics
    return (network, requests, RecordingJSON.decodeLines(ServerMetricsLine.self, at: path).read)
  }

  func testCheckAndLoad_readThePageThatIsNamed_withoutTheServersCredentials() async throws {
    let (network, requests, lines) = try await open(
      "mcp_pool_connections_limit 7\nprocess_open_fds 5\n"
    )
    XCTAssertEqual(network.description.limits?.pool, 7)
    XCTAssertGreaterThan(requests.count, 2)
    for request in requests {
      XCTAssertEqual(request.path, "/internal/prom?format=text")
      XCTAssertNil(request.fields["authorization"])
      XCTAssertTrue(request.fields["user-agent"]?.hasPrefix("mcp-ssh-loadtest/") == true)
    }
    XCTAssertGreaterThan(lines.count, 2)
    XCTAssertEqual(Set(lines.map { $0.totals["process_open_fds"] }), [5])
    // What a query may hold is not shown.
    let shown = try XCTUnwrap(network.description.details["metrics"])
    XCTAssertTrue(shown.hasSuffix("/internal/prom?…"), shown)
    XCTAssertFalse(network.remarks.contains { $0.contains("LOADTEST_METRICS_URL") })
  }

  func testNetwork_saysSo_whenThePageHasNoMetrics() async throws {
    let (network, _, lines) = try await open("<html>")
    XCTAssertTrue(
      network.remarks.contains {
        $0.contains(
          "(LOADTEST_METRICS_URL) does not answer with metrics: its answer is no page of Prometheus's"
        )
      },
      "\(network.remarks)"
    )
    XCTAssertEqual(lines, [])
  }
}
