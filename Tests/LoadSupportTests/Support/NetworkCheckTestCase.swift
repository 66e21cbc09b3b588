import EventIO
import XCTest

@testable import LoadSupport

/// Tests that try a fake server before any load.
class NetworkCheckTestCase: XCTestCase {
  static let list = """
    {"tools":[{"name":"ssh_run_command"},{"name":"ssh_disconnect"},
    {"name":"ssh_connect","inputSchema":{"properties":{"host":{},"reuse":{}}}}]}
    """

  /// Checks a fake server whose answers to some methods and paths are others than usual.
  func check(
    _ fake: FakeMCP = FakeMCP(),
    profile: ToolProfile = .standard,
    headers: [String: Secret] = [:],
    tools: String = list,
    metrics: String? = nil,
    path: String = "/mcp?token=hunter2",
    healthPath: String = MCPClientEndpoint.usualHealthPath,
    commands: [String] = [],
    isInsecure: Bool = false,
    era: ProtocolEra? = .legacy,
    deadAddresses: [SocketAddress] = []
  ) async throws -> (findings: NetworkCheck.Findings, requests: [ScriptedServer.Request]) {
    var fake = fake
    let onRequest = fake.onRequest
    fake.onRequest = { request in
      if let steps = onRequest(request) { return steps }
      if request.method == "GET", let metrics { return [.send(Answer.http(200, metrics))] }
      guard request.json["method"]?.string == "tools/list",
        let id = request.json["id"]?.integer
      else { return nil }
      return [.send(Answer.http(200, Answer.result(id, tools)))]
    }
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: path)
    do {
      let findings = try await NetworkCheck.run(
        MCPClientEndpoint(
          url,
          at: deadAddresses + [server.address],
          headers: headers,
          healthPath: healthPath
        ),
        profile: profile,
        target: SSHTarget(
          host: "t",
          port: 2222,
          user: "me",
          password: Secret("hunter2"),
          skipsHostKeyCheck: isInsecure
        ),
        commands: commands,
        era: era,
        timeouts: HTTPClientTimeouts()
      )
      let requests = await server.requests
      await server.stop()
      return (findings, requests)
    } catch {
      await server.stop()
      throw error
    }
  }

  func assertRefused(
    _ words: [String],
    line: UInt = #line,
    _ check: () async throws -> Void
  ) async {
    do {
      try await check()
      XCTFail("nothing was wrong", line: line)
    } catch {
      for word in words { XCTAssertTrue("\(error)".contains(word), "\(error)", line: line) }
      XCTAssertFalse("\(error)".contains("hunter2"), "\(error)", line: line)
    }
  }
}
