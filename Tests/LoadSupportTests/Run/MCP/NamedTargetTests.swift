import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// Servers that know their targets by names of their own: no host, no port, no login.
final class NamedTargetTests: XCTestCase {
  /// One that opens sessions by a name alone.
  private static let connecting = #"""
    {
      "name": "named", "session_keys": ["session_id"],
      "connect": {"name": "open", "arguments": {"target": "server"}},
      "run": {"name": "ssh_run_command", "arguments": {"session": "session_id", "command": "command"}},
      "disconnect": {"name": "close", "arguments": {"session": "session_id"}}
    }
    """#

  /// One whose commands name it, and that could be told a host as well.
  private static let direct = #"""
    {
      "name": "direct",
      "run": {
        "name": "ssh_run_command",
        "arguments": {"target": "alias", "host": "host", "port": "port", "user": "user", "command": "command"}
      }
    }
    """#

  private static func profile(_ text: String) throws -> ToolProfile {
    try ToolProfile(parsing: text.utf8)
  }

  func testCall_namesTheTarget_andNothingOfItsPlaceOrLogin() throws {
    let target = SSHTarget(
      host: "h",
      port: 22,
      user: "u",
      password: Secret("hunter2"),
      name: "web-1"
    )
    func arguments(_ call: CallTemplate?) throws -> JSONValue? {
      var (message, body): ([UInt8], [UInt8]) = ([], [])
      try XCTUnwrap(call).write(
        id: 1,
        [SlotValue(plain: "s".utf8)],
        head: [],
        to: &message,
        body: &body
      )
      return try JSONValue(parsing: body)["params"]?["arguments"]
    }
    let connecting = try Self.profile(Self.connecting)
    XCTAssertEqual(try arguments(target.connectCall(connecting)), ["server": "web-1"])
    XCTAssertEqual(
      try arguments(target.runCall("id", operation: "id", connecting)),
      ["session_id": "s", "command": "id"]
    )
    let direct = try Self.profile(Self.direct)
    XCTAssertNil(target.connectCall(direct))
    XCTAssertEqual(
      try arguments(target.runCall("id", operation: "id", direct)),
      ["alias": "web-1", "command": "id"]
    )
    var placed = target
    placed.name = nil
    XCTAssertEqual(
      try arguments(placed.runCall("id", operation: "id", direct)),
      ["host": "h", "port": 22, "user": "u", "command": "id"]
    )
    XCTAssertEqual(target.place(direct), "web-1")
    XCTAssertEqual(placed.place(direct), "h:22")
    XCTAssertEqual(placed.place(connecting), "the server's own")
  }

  // MARK: Settings

  private func settings(_ profile: String, _ more: [String: String]) throws -> RunSettings {
    let path = try TemporaryDirectory().path + "/profile.json"
    try Data(profile.utf8).write(to: URL(fileURLWithPath: path))
    let environment = [
      "LOADTEST_MCP_URL": "http://h:1/mcp", "LOADTEST_TOOL_PROFILE": path,
      "LOADTEST_TARGET_NAME": "web-1",
    ]
    return try RunSettings(environment: environment.merging(more) { $1 })
  }

  func testSettings_refuseWhatCannotBeToldBesideAName() throws {
    XCTAssertEqual(try settings(Self.connecting, [:]).target.name, "web-1")
    for (name, value) in [
      ("TARGET_HOST", "x"), ("TARGET_PORT", "2222"), ("TARGET_USER", "me"), ("PASSWORD", "hunter2"),
      ("LINKS", "2322"),
    ] {
      XCTAssertThrowsError(try settings(Self.direct, ["LOADTEST_\(name)": value]), name) { error in
        for words in ["LOADTEST_\(name)", "LOADTEST_TARGET_NAME"] {
          XCTAssertTrue("\(error)".contains(words), "\(error)")
        }
        XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
      }
    }
    let standard = ["LOADTEST_TOOL_PROFILE": "standard"]
    XCTAssertThrowsError(try settings(Self.direct, standard)) { error in
      XCTAssertTrue("\(error)".contains("has no argument \"target\""), "\(error)")
    }
  }

  func testNetwork_isNotOpened_whenTheNameIsMissing() async throws {
    var settings = try settings(Self.connecting, [:])
    settings.target.name = nil
    let setup = RunSetup(settings: settings, environment: [:], programs: "")
    do {
      _ = try await Network.open(setup, wishes: Network.Wishes())
      XCTFail("the target has no name")
    } catch {
      XCTAssertTrue("\(error)".contains("LOADTEST_TARGET_NAME (--target-name)"), "\(error)")
    }
  }

  // MARK: The check and the load

  /// Opens the network of a server that opens sessions by name.
  private func open(_ fake: FakeMCP) async throws -> (Network, [ScriptedServer.Request]) {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let settings = try settings(
      Self.connecting,
      [
        "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
        "LOADTEST_MCP_ERA": "legacy",
      ]
    )
    let setup = RunSetup(settings: settings, environment: [:], programs: "")
    let network: Result<Network, any Error>
    do {
      network = .success(try await Network.open(setup, wishes: Network.Wishes()))
    } catch {
      network = .failure(error)
    }
    let requests = await server.requests
    await server.stop()
    return (try network.get(), requests)
  }

  private static func named(_ answer: @escaping @Sendable (Int) -> [ScriptedServer.Step]) -> FakeMCP
  {
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.json["params"]?["name"] == "open", let id = request.json["id"]?.integer else {
        return nil
      }
      return answer(id)
    }
    return fake
  }

  func testNetwork_tellsTheTargetByItsName() async throws {
    let (network, requests) = try await open(
      Self.named { [.send(Answer.http(200, Answer.result($0, FakeMCP().connected)))] }
    )
    XCTAssertEqual(network.description.target, "web-1")
    let connect = requests.first { $0.json["params"]?["name"] == "open" }
    XCTAssertEqual(connect?.json["params"]?["arguments"], ["server": "web-1"])
    var options = LoadRunHarness.Options()
    options.profile = network.profile
    options.target = network.target
    options.heldSessions = 1...1
    let run = try await LoadRunHarness(
      options,
      against: Self.named { [.send(Answer.http(200, Answer.result($0, FakeMCP().connected)))] }
        .script
    )
    try run.assertAccounted()
    XCTAssertEqual(Set(run.load.map(\.attempt.outcome)), [.success])
    let opened = run.requests.filter { $0.json["params"]?["name"] == "open" }
    XCTAssertEqual(
      opened.map { $0.json["params"]?["arguments"] },
      [["server": "web-1"], ["server": "web-1"]]
    )
  }

  func testCheck_saysWhichNameDidNotWork_andWhatToCompare() async throws {
    var fake = Self.named { id in
      [.send(Answer.http(200, Answer.error(id, -32602, "unknown property server")))]
    }
    let onRequest = fake.onRequest
    fake.onRequest = { request in
      guard request.json["method"] == "tools/list", let id = request.json["id"]?.integer else {
        return onRequest(request)
      }
      let tools = """
        {"tools":[{"name":"open","inputSchema":{"properties":{"machine":{},"pty":{}},"required":["machine"]}},
        {"name":"ssh_run_command"},{"name":"close"}]}
        """
      return [.send(Answer.http(200, Answer.result(id, tools)))]
    }
    do {
      _ = try await open(fake)
      XCTFail("nothing was wrong")
    } catch {
      for words in [
        "cannot log in to web-1",
        "the server does not accept the parameters (-32602): unknown property",
        "the arguments of the tool profile \"named\"", "open has machine (required), pty",
        "see what the server knows as web-1",
      ] {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
      XCTAssertFalse("\(error)".contains("ssh -p"), "\(error)")
    }
  }
}
