import EventIO
import XCTest

@testable import LoadSupport

final class ClientIdentityTests: XCTestCase {
  private static let usual = "mcp-ssh-loadtest/\(PackageVersion.number)"

  /// What a session, a health check and a scrape say of who asks.
  private func agents(
    _ headers: [String: Secret] = [:],
    fields: [CallTemplate.Field] = []
  ) async throws -> [String: String?] {
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let session = try TestCalls.session(of: server, headers: headers, on: loop)
      _ = await session.initialize(plannedAt: 0)
      let call = CallTemplate(tool: "look", arguments: [], fields: fields, operation: "look")
      _ = await session.perform(call, plannedAt: 0)
      _ = await session.checkHealth(plannedAt: 0)
      _ = await session.end(plannedAt: 0)
      let scraper = MetricsScraper(page: session.endpoint.metricsPage, origin: .now(), loop: loop)
      _ = await scraper.fetch()
      await scraper.close()
      let requests = await server.requests
      return Dictionary(
        requests.map { request in
          let name = request.json["method"]?.string ?? "\(request.method) \(request.path)"
          return (name, request.fields["user-agent"])
        },
        uniquingKeysWith: { first, _ in first }
      )
    }
  }

  func testEveryRequest_saysWhoAsks() async throws {
    let agents = try await agents()
    XCTAssertEqual(
      Set(agents.keys),
      [
        "initialize", "notifications/initialized", "tools/call", "GET /health", "GET /metrics",
        "DELETE /mcp",
      ]
    )
    for (request, agent) in agents { XCTAssertEqual(agent, Self.usual, request) }
  }

  func testUsersField_isSentInItsPlace_whateverItsCase() async throws {
    let agents = try await agents(["USER-agent": Secret("mine/2")])
    XCTAssertEqual(agents.count, 6)
    for (request, agent) in agents { XCTAssertEqual(agent, "mine/2", request) }
    let url = HTTPURL(host: "h", port: 80)
    let endpoint = MCPClientEndpoint(url, at: [], headers: ["user-agent": Secret("mine/2")])
    let head = String(decoding: endpoint.head("GET", "/"), as: UTF8.self).lowercased()
    XCTAssertEqual(head.components(separatedBy: "user-agent:").count, 2, head)
  }

  func testCallsOwnField_isTheOnlyOneOfThatCall() async throws {
    let agents = try await agents(fields: [("User-agent", [.text("of a call")])])
    XCTAssertEqual(agents["tools/call"], "of a call")
    XCTAssertEqual(agents["initialize"], Self.usual)
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let bare = String(decoding: session.anonymousHead, as: UTF8.self)
      XCTAssertFalse(bare.contains("User-Agent"), bare)
      XCTAssertTrue(String(decoding: session.head, as: UTF8.self).contains("User-Agent: "))
    }
  }
}
