import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// A scenario over https, through an nginx that stands before a server without TLS.
final class HTTPSTests: LongTestCase {
  func testCommands_haveTheOutcomesOfHTTP_whenTheServerIsSecure() async throws {
    let front = try HTTPSFront()
    try await withServer { network in
      try await front.start(before: network.serverURL.port)
      defer { front.stop() }
      let plain = try await outcomes("\(network.serverURL)", network)
      let secure = try await outcomes(
        "https://localhost:\(front.port)/mcp",
        network,
        front.settings
      )
      XCTAssertEqual(plain.outcomes, ["success"])
      XCTAssertEqual(secure.outcomes, plain.outcomes)
      XCTAssertNil(plain.network.details["tls"])
      let suite = try XCTUnwrap(secure.network.details["tls"])
      XCTAssertTrue(suite.hasPrefix("TLSv1.3, "), suite)
      XCTAssertTrue(secure.lines.contains("\"tls\":\"full\""))
      XCTAssertFalse(plain.lines.contains("\"tls"))

      // Nobody has checked the certificate, and the report says so.
      let insecure = try await outcomes(
        "https://localhost:\(front.port)/mcp",
        network,
        ["LOADTEST_TLS_INSECURE": "1"]
      )
      XCTAssertEqual(insecure.outcomes, ["success"])
      XCTAssertTrue(insecure.report.contains("LOADTEST_TLS_INSECURE"), insecure.report)
      XCTAssertFalse(secure.report.contains("LOADTEST_TLS_INSECURE"))
    }
  }

  /// The modern era over https: nothing that a scenario does is lost on either way.
  func testScenarios_areAllAnswered_whenEachRequestStandsAlone() async throws {
    let front = try HTTPSFront()
    let links = LinkCondition.all.filter { $0.name == "near" }
    try await withServer(links: links) { network in
      try await front.start(before: network.serverURL.port)
      defer { front.stop() }
      let link = try XCTUnwrap(links.first)
      var settings = front.settings
      settings["LOADTEST_MCP_ERA"] = "modern"
      settings["LOADTEST_LINKS"] = "\(network.target(over: link).port):50:5:0"
      let scenarios: [ScenarioName] = [.connectionRate, .sustainedLoad, .latencyTest]
      let run = try await self.run(scenarios, front, network, settings)
      for scenario in scenarios {
        let summary = try run.summary(of: scenario)
        XCTAssertEqual(Set(summary.totals.values.flatMap(\.keys)), ["success"], run.output)
        XCTAssertEqual(summary.configuration.network.era, .modern)
        XCTAssertEqual(summary.configuration.network.details["tls"]?.hasPrefix("TLSv1.3, "), true)
        XCTAssertGreaterThan(summary.requests.successful, 0)
      }
    }
  }

  func testExhaustion_findsTheLimitsOfTheServer_whenItIsSecure() async throws {
    let front = try HTTPSFront()
    let limits = ServerLimits(pool: 3, requestsPerWindow: 50, windowSeconds: 2)
    try await withServer(limits: limits) { network in
      try await front.start(before: network.serverURL.port)
      defer { front.stop() }
      // The authorities of the system are those of this file, where the variable says so.
      var settings = ["LOADTEST_MCP_ERA": "legacy"]
      settings["SSL_CERT_FILE"] = front.settings["LOADTEST_TLS_CA"]
      let run = try await self.run([.exhaustionTest], front, network, settings)
      let summary = try run.summary(of: .exhaustionTest)
      let outcomes = Set(summary.totals.values.flatMap(\.keys))
      XCTAssertEqual(outcomes, ["success", "rate_limited", "rejected"], run.output)
      XCTAssertEqual(summary.configuration.network.limits, limits)
      // nginx would turn what it cannot hand on into a page of its own.
      let broken = summary.verdicts.filter { $0.metric == .brokenAnswers }
      XCTAssertEqual(broken.map(\.outcome), [.pass], run.output)
    }
  }

  private func run(
    _ scenarios: [ScenarioName],
    _ front: HTTPSFront,
    _ network: EmbeddedNetwork,
    _ settings: [String: String]
  ) async throws -> NestedRun {
    let program = URL(fileURLWithPath: Bundle.main.bundlePath).path + "/loadtest"
    let environment = Self.environment("https://localhost:\(front.port)/mcp", network, settings)
    let run = try NestedRun(
      command: [program, "run"] + scenarios.map(\.rawValue),
      // Not all of them use these.
      environment: environment.filter {
        !["LOADTEST_WORKERS", "LOADTEST_WARM_UP"].contains($0.key)
      }
    )
    _ = try await run.waitForExit()
    return run
  }

  func testRun_saysWhatIsWrong_whenTheAuthorityIsUnknown() async throws {
    let front = try HTTPSFront()
    try await withServer { network in
      try await front.start(before: network.serverURL.port)
      defer { front.stop() }
      let url = "https://localhost:\(front.port)/mcp"
      let run = try NestedRun(environment: Self.environment(url, network))
      _ = try await run.waitForExit()
      for words in ["unable to get local issuer certificate", "(see HTTPS in docs/settings.md)"] {
        XCTAssertTrue(run.output.contains(words), run.output)
      }
    }
  }

  /// What a run came to.
  private struct Found {
    let outcomes: Set<String>
    let network: NetworkDescription
    let lines: String
    let report: String
  }

  private static func environment(
    _ url: String,
    _ network: EmbeddedNetwork,
    _ more: [String: String] = [:]
  ) -> [String: String] {
    [
      "LOADTEST_MCP_URL": url, "LOADTEST_TARGET_PORT": String(network.target.port),
      "LOADTEST_DURATION": "1", "LOADTEST_WARM_UP": "0", "LOADTEST_WORKERS": "4",
    ].merging(more) { $1 }
  }

  private func outcomes(
    _ url: String,
    _ network: EmbeddedNetwork,
    _ more: [String: String] = [:]
  ) async throws -> Found {
    let run = try NestedRun(environment: Self.environment(url, network, more))
    _ = try await run.waitForExit()
    let layout = try XCTUnwrap(run.recording, run.output).scenario("command_throughput")
    let summary = try run.summary(of: .commandThroughput)
    return Found(
      outcomes: Set(summary.totals.values.flatMap(\.keys)),
      network: summary.configuration.network,
      lines: try String(contentsOfFile: layout.samples(0), encoding: .utf8),
      report: try String(contentsOfFile: layout.report, encoding: .utf8)
    )
  }
}

/// An nginx on loopback with a certificate of its own, which hands requests on to a server.
private final class HTTPSFront {
  let port: UInt16
  private let nginx: String
  private let directory: String
  private var child: ChildProcess?

  /// Makes the certificates, or skips the test where a program is missing.
  init() throws {
    let places = ["/usr/sbin", "/usr/bin", "/run/current-system/sw/bin"]
    let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let program = { (name: String) in
      (search.split(separator: ":").map(String.init) + places).map { "\($0)/\(name)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
    guard let nginx = program("nginx"), program("openssl") != nil else {
      throw XCTSkip("nginx or openssl is not installed")
    }
    self.nginx = nginx
    directory = FileManager.default.temporaryDirectory.path + "/https-\(UUID())"
    port = try Socket.freeLoopbackPort()
    let script =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().path + "/Fixtures/tls-certificates.sh"
    let maker = try ChildProcess.spawn(ProcessSpecification("/bin/sh", [script, directory]))
    guard try maker.wait() == .exited(0) else { throw XCTSkip("openssl makes no certificates") }
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(atPath: directory)
  }

  var settings: [String: String] { ["LOADTEST_TLS_CA": directory + "/authority.pem"] }

  func start(before server: UInt16) async throws {
    let configuration = """
      daemon off; master_process off; pid \(directory)/nginx.pid;
      events {}
      http {
        access_log off;
        client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;
        scgi_temp_path t5;
        upstream server { server 127.0.0.1:\(server); keepalive 64; }
        server {
          listen 127.0.0.1:\(port) ssl; ssl_protocols TLSv1.2 TLSv1.3;
          ssl_certificate good.pem; ssl_certificate_key good.key;
          keepalive_requests 100000;
          location / {
            proxy_pass http://server; proxy_http_version 1.1; proxy_buffering off;
            proxy_set_header Connection ""; proxy_set_header Host localhost;
          }
        }
      }
      """
    try configuration.write(toFile: directory + "/nginx.conf", atomically: true, encoding: .utf8)
    child = try ChildProcess.spawn(
      ProcessSpecification(
        nginx,
        ["-p", directory, "-e", directory + "/error.log", "-c", directory + "/nginx.conf"]
      )
    )
    var settings = RunSettings()
    settings.serverURL = HTTPURL(host: "127.0.0.1", port: port)
    let deadline = MonotonicInstant.now() + .seconds(30)
    while (try? Network.reach(settings)) == nil, MonotonicInstant.now() < deadline {
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  func stop() {
    child?.signal(SIGKILL)
    _ = try? child?.wait()
    child = nil
  }
}
