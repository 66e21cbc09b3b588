import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// HTTPS against an nginx, with everything that can be wrong with a certificate or a connection.
final class HTTPSConnectionTests: XCTestCase {
  /// What became of one exchange.
  private struct Exchange {
    var timing = ExchangeTiming()
    var error: HTTPError?
    var body = ""

    init(_ connection: HTTPClientConnection, _ endpoint: MCPClientEndpoint) async {
      let request = endpoint.head("GET", endpoint.url.path) + Array("\r\n".utf8)
      do throws(HTTPError) {
        try await connection.exchange(request, timing: &timing)
        body = String(decoding: connection.body, as: UTF8.self)
      } catch {
        self.error = error
      }
    }

    var words: String { error.map { "\($0)" } ?? "" }
  }

  private static let loopback = try! SocketAddress.resolve(host: "127.0.0.1", port: 0)[0]

  private static func trusting(
    _ servers: TLSServers,
    _ change: (inout TLSSettings) -> Void = { _ in }
  ) -> TLSSettings {
    var settings = TLSSettings()
    settings.authorities = servers.directory + "/authority.pem"
    change(&settings)
    return settings
  }

  private static func endpoint(
    _ settings: TLSSettings,
    port: UInt16,
    host: String = "localhost",
    path: String = "/"
  ) throws -> MCPClientEndpoint {
    MCPClientEndpoint(
      HTTPURL(isSecure: true, host: host, port: port, path: path),
      at: [loopback.with(port: port)],
      security: try TLSContext(settings)
    )
  }

  /// So many exchanges over one client's connections.
  private static func exchanges(
    _ count: Int = 1,
    with endpoint: MCPClientEndpoint,
    timeouts: HTTPClientTimeouts = HTTPClientTimeouts()
  ) async throws -> [Exchange] {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    return await LoopHarness(loop: loop).run { loop in
      let connection = endpoint.connection(on: loop, timeouts: timeouts)
      var all: [Exchange] = []
      for _ in 0..<count {
        all.append(await Exchange(connection, endpoint))
        // What comes after the handshake by itself has come by the next request.
        await loop.turn()
      }
      connection.close()
      return all
    }
  }

  private func withServers(_ body: (TLSServers) async throws -> Void) async throws {
    let servers = try await TLSServers.start()
    defer { servers.stop() }
    try await body(servers)
  }

  private func port(_ kind: TLSServers.Kind, of servers: TLSServers) throws -> UInt16 {
    try XCTUnwrap(servers.ports[kind])
  }

  // MARK: What works

  func testConnection_isUsedAgain_whenTheServerKeepsItOpen() async throws {
    try await withServers { servers in
      let port = try port(.good, of: servers)
      let endpoint = try Self.endpoint(Self.trusting(servers), port: port)
      let all = try await Self.exchanges(4, with: endpoint)
      XCTAssertEqual(all.map(\.words), ["", "", "", ""])
      XCTAssertEqual(all.map(\.body), .init(repeating: "TLSv1.3 localhost http/1.1 ", count: 4))
      XCTAssertEqual(all.map { $0.timing.handshake?.isResumed }, [false, nil, nil, nil])
      XCTAssertEqual(all.map { $0.timing.connecting != nil }, [true, false, false, false])
      XCTAssertGreaterThan(try XCTUnwrap(all[0].timing.handshake?.nanoseconds), 0)
      let suite = try XCTUnwrap(endpoint.security?.suite)
      XCTAssertTrue(suite.hasPrefix("TLSv1.3, TLS_"), suite)
      XCTAssertTrue(suite.contains(", OpenSSL "), suite)
    }
  }

  func testVersion_is12_whenTheServerHasNoOther() async throws {
    try await withServers { servers in
      let endpoint = try Self.endpoint(
        Self.trusting(servers),
        port: port(.old, of: servers),
        path: "/close"
      )
      let all = try await Self.exchanges(3, with: endpoint)
      XCTAssertEqual(all.map(\.words), ["", "", ""])
      XCTAssertEqual(all.map { $0.timing.handshake?.isResumed }, [false, true, true])
      XCTAssertEqual(endpoint.security?.suite?.hasPrefix("TLSv1.2, "), true)
    }
  }

  func testAddress_isAccepted_whenTheCertificateHasIt() async throws {
    try await withServers { servers in
      let settings = Self.trusting(servers)
      let good = try Self.endpoint(settings, port: port(.good, of: servers), host: "127.0.0.1")
      // Without a name in the handshake.
      let one = try await Self.exchanges(with: good)[0]
      XCTAssertEqual(one.body, "TLSv1.3  http/1.1 ", one.words)
      let bad = try Self.endpoint(settings, port: port(.elsewhere, of: servers), host: "127.0.0.1")
      let other = try await Self.exchanges(with: bad)[0]
      XCTAssertTrue(other.words.contains("IP address mismatch"), other.words)
    }
  }

  func testSessions_areResumed_whenTheServerClosesEachConnection() async throws {
    try await withServers { servers in
      let port = try port(.good, of: servers)
      let endpoint = try Self.endpoint(Self.trusting(servers), port: port, path: "/close")
      let all = try await Self.exchanges(5, with: endpoint)
      XCTAssertEqual(all.map(\.words), .init(repeating: "", count: 5))
      XCTAssertEqual(all.map(\.body), [".", "r", "r", "r", "r"])
      XCTAssertEqual(
        all.map { $0.timing.handshake?.isResumed },
        [false, true, true, true, true]
      )
    }
  }

  func testSessions_areNotResumed_whenTheSettingsSaySo() async throws {
    try await withServers { servers in
      let settings = Self.trusting(servers) { $0.resumes = false }
      let endpoint = try Self.endpoint(settings, port: port(.good, of: servers), path: "/close")
      let all = try await Self.exchanges(3, with: endpoint)
      XCTAssertEqual(all.map { $0.timing.handshake?.isResumed }, [false, false, false])
      XCTAssertEqual(all.map(\.body), [".", ".", "."])
    }
  }

  func testAnswer_isWhole_whenItHasManyRecords() async throws {
    try await withServers { servers in
      let port = try port(.good, of: servers)
      let endpoint = try Self.endpoint(Self.trusting(servers), port: port, path: "/big")
      for one in try await Self.exchanges(2, with: endpoint) {
        XCTAssertEqual(one.words, "")
        XCTAssertEqual(one.body.utf8.count, TLSServers.big)
      }
    }
  }

  func testAnswer_isWhole_whenItsRecordsComeByteByByte() async throws {
    try await withServers { servers in
      let all = try await relayed(servers, piece: 1, count: 2)
      XCTAssertEqual(all.map(\.words), ["", ""])
      XCTAssertEqual(all.map(\.body), .init(repeating: "TLSv1.3 localhost http/1.1 ", count: 2))
      XCTAssertEqual(all.map { $0.timing.handshake != nil }, [true, false])
    }
  }

  func testClientCertificate_isShown_whenThereIsOne() async throws {
    try await withServers { servers in
      let port = try port(.clients, of: servers)
      let settings = Self.trusting(servers) {
        $0.certificate = servers.directory + "/client.pem"
        $0.key = servers.directory + "/client.key"
      }
      let one = try await Self.exchanges(with: Self.endpoint(settings, port: port))[0]
      XCTAssertEqual(one.body, "TLSv1.3 localhost http/1.1 CN=client", one.words)
      // nginx says so by HTTP.
      let without = Self.trusting(servers)
      let other = try await Self.exchanges(with: Self.endpoint(without, port: port))[0]
      XCTAssertTrue(other.body.contains("No required SSL certificate was sent"), other.body)
    }
  }

  func testAnyCertificate_isTaken_whenTheSettingsSaySo() async throws {
    try await withServers { servers in
      var settings = TLSSettings()
      settings.isInsecure = true
      for kind in [TLSServers.Kind.expired, .selfsigned, .elsewhere] {
        let endpoint = try Self.endpoint(settings, port: port(kind, of: servers))
        let one = try await Self.exchanges(with: endpoint)[0]
        XCTAssertEqual(one.body, "TLSv1.3 localhost http/1.1 ", "\(kind): \(one.words)")
      }
    }
  }

  // MARK: What does not

  func testCertificate_isRefusedInWords_whenItIsNotThatOfTheServer() async throws {
    try await withServers { servers in
      let trusting = Self.trusting(servers)
      let cases: [(TLSServers.Kind, TLSSettings, String)] = [
        (.elsewhere, trusting, "hostname mismatch"),
        (.expired, trusting, "certificate has expired"),
        (.selfsigned, trusting, "self-signed certificate"),
        (.good, TLSSettings(), "unable to get local issuer certificate"),
      ]
      for (kind, settings, words) in cases {
        let one = try await Self.exchanges(
          with: Self.endpoint(settings, port: port(kind, of: servers))
        )[0]
        let expected = "the certificate of localhost is not accepted: \(words)"
        XCTAssertTrue(one.words.contains(expected), "\(kind): \(one.words)")
        guard case .transport(let error) = one.error else { return XCTFail(one.words) }
        XCTAssertEqual(error.code, EPROTO)
        XCTAssertNil(one.timing.sent)
        XCTAssertNil(one.timing.handshake)
        let verdict = Classification(.transport(error))
        XCTAssertEqual(verdict.outcome, .transportError)
      }
    }
  }

  func testRedirect_isRefused_whenItLeavesTLS() async throws {
    try await withServers { servers in
      let port = try port(.good, of: servers)
      let endpoint = try Self.endpoint(Self.trusting(servers), port: port, path: "/down")
      let loop = try EventLoop(name: "test")
      defer { loop.stop() }
      let attempt = await LoopHarness(loop: loop).run { loop in
        let session = MCPClientSession(
          endpoint,
          profile: .standard,
          timeouts: HTTPClientTimeouts(),
          on: loop
        )
        let attempt = await session.perform(TestCalls.call, plannedAt: 0)
        await session.close()
        return attempt
      }
      XCTAssertEqual(attempt.httpStatus, 307)
      XCTAssertEqual(attempt.error?.contains("from https to http"), true, attempt.error ?? "")
      XCTAssertNotNil(attempt.handshaking)
    }
  }

  func testMetrics_areReadOverHTTPS() async throws {
    try await withServers { servers in
      let endpoint = try Self.endpoint(
        Self.trusting(servers),
        port: port(.good, of: servers),
        path: "/mcp"
      )
      let loop = try EventLoop(name: "test")
      defer { loop.stop() }
      let scraper = MetricsScraper(page: endpoint.metricsPage, origin: .now(), loop: loop)
      let page = await scraper.fetch()
      await scraper.close()
      XCTAssertNotNil(page)
    }
  }

  func testAnswer_isToldInWords_whenTheServerSpeaksNoTLS() async throws {
    try await withServers { servers in
      let endpoint = try Self.endpoint(Self.trusting(servers), port: port(.plain, of: servers))
      let one = try await Self.exchanges(with: endpoint)[0]
      XCTAssertTrue(one.words.hasPrefix("TLS handshake to 127.0.0.1:"), one.words)
      XCTAssertTrue(one.words.contains("wrong version number"), one.words)
    }
  }

  func testAlert_isToldInWords_whenTheServerWantsACertificate() async throws {
    try await withServers { servers in
      let openssl = try TestProgram.path("openssl")
      let port = try Socket.freeLoopbackPort()
      let server = try ChildProcess.spawn(
        ProcessSpecification(
          openssl,
          [
            "s_server", "-accept", "127.0.0.1:\(port)", "-cert", "good.pem", "-key", "good.key",
            "-Verify", "1", "-verify_return_error", "-www",
          ],
          workingDirectory: servers.directory
        )
      )
      defer {
        server.signal(SIGKILL)
        _ = try? server.wait()
      }
      try await TestProgram.waitForListener(on: port)
      let one = try await Self.exchanges(
        with: Self.endpoint(Self.trusting(servers), port: port)
      )[0]
      XCTAssertTrue(one.words.contains("alert certificate required"), one.words)
    }
  }

  func testAnswer_isAnError_whenTheServerClosesWithoutTheEndOfTLS() async throws {
    try await withServers { servers in
      let one = try await relayed(servers, path: "/big", limit: 300_000)[0]
      XCTAssertTrue(one.words.contains("close_notify"), one.words)
      XCTAssertNotNil(one.timing.firstByte)
      let early = try await relayed(servers, limit: 100)[0]
      XCTAssertTrue(early.words.hasPrefix("TLS handshake to "), early.words)
      XCTAssertTrue(early.words.contains("the server closed the connection"), early.words)
    }
  }

  func testHandshake_timesOut_whenTheServerSaysNothing() async throws {
    try await LoopHarness.run { _, _ in
      []
    } _: { loop, server in
      var timeouts = HTTPClientTimeouts()
      timeouts.connect = .milliseconds(50)
      let endpoint = try Self.endpoint(TLSSettings(), port: server.address.port)
      let connection = endpoint.connection(on: loop, timeouts: timeouts)
      let one = await Exchange(connection, endpoint)
      XCTAssertEqual(one.error, .timeout(.opening(.handshake)))
      XCTAssertEqual(one.words, "timed out waiting for the TLS handshake")
      XCTAssertEqual(Classification(.timeout(.opening(.handshake))).outcome, .timeout)
    }
  }

  private func relayed(
    _ servers: TLSServers,
    path: String = "/",
    piece: Int = 65_536,
    limit: Int = .max,
    count: Int = 1
  ) async throws -> [Exchange] {
    let upstream = Self.loopback.with(port: try port(.good, of: servers))
    let loop = try EventLoop(name: "relay")
    defer { loop.stop() }
    let relay = try await ByteRelay.start(to: upstream, piece: piece, limit: limit, on: loop)
    let endpoint = try Self.endpoint(
      Self.trusting(servers),
      port: relay.address.port,
      path: path
    )
    let all = try await Self.exchanges(count, with: endpoint)
    await relay.stop()
    return all
  }

  // MARK: Files

  func testContext_saysWhichFileCannotBeUsed() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("-----BEGIN CERTIFICATE-----\n".utf8, to: "broken.pem")
    for place in [\TLSSettings.authorities, \.certificate] {
      var settings = TLSSettings()
      settings[keyPath: place] = file
      XCTAssertThrowsError(try TLSContext(settings)) { error in
        XCTAssertTrue("\(error)".hasPrefix("\(file) is no file of "), "\(error)")
      }
    }
  }
}
