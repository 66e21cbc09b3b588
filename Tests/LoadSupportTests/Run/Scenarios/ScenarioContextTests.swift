import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class ScenarioContextTests: LongTestCase {
  private func setup(_ environment: [String: String]) throws -> RunSetup {
    RunSetup(
      settings: try RunSettings(environment: environment),
      environment: environment,
      programs: "/nowhere"
    )
  }

  private func context(
    _ environment: [String: String],
    _ recording: RecordingLayout
  ) throws -> ScenarioContext {
    try ScenarioContext(
      setup(environment),
      recording: recording,
      header: .begun(in: recording),
      control: RunControl()
    )
  }

  func testRestart_isSkipped_whenNothingCanRestartTheServer() async throws {
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    do {
      try await RestartRecovery().run(
        context(["LOADTEST_MCP_URL": "http://127.0.0.1:9/mcp"], recording)
      )
      XCTFail("it was run")
    } catch let skip as ScenarioSkip {
      XCTAssertTrue(skip.description.contains("LOADTEST_RESTART_COMMAND"), skip.description)
    }
  }

  func testRestart_couldNotBeRun_whenItsCommandFails() async throws {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: FakeMCP().script)
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    let setup = try setup([
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      "LOADTEST_RESTART_COMMAND": "echo 'no such unit'; exit 5", "LOADTEST_PROFILE": "smoke",
      "LOADTEST_TARGET_HOST": "target", "LOADTEST_TARGET_USER": "load", "PATH": "/usr/bin:/bin",
    ])
    let run = try ScenarioRun(setup)
    let result = await run.run(.restartRecovery, into: recording, control: RunControl()) { _ in }
    await server.stop()
    XCTAssertEqual(result.word, "COULD_NOT_RUN")
    let words = "the restart command ended with exit status 5 and said last: no such unit"
    XCTAssertEqual("\(try XCTUnwrap(result.failure))", words)
    // What was recorded is judged all the same.
    let verdicts = try XCTUnwrap(result.summary?.verdicts)
    let served = try XCTUnwrap(verdicts.first { $0.metric == .clientsNotServed })
    XCTAssertEqual(served.outcome, .inconclusive, served.message)
    XCTAssertTrue(served.message.contains(words), served.message)
    XCTAssertEqual(try run.judge(recording).summarise().exitStatus, 3)
  }

  func testStreams_areRefused_whenTheServerBreaksThemOffAtOnce() async throws {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    var fake = FakeMCP()
    fake.onRequest = { request in
      let isStream = request.fields["accept"]?.contains("text/event-stream") == true
      guard request.method == "GET", isStream else { return nil }
      return [.send(Answer.openStream(": here\n\n")), .close]
    }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    let setup = try setup([
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      "LOADTEST_PROFILE": "smoke", "LOADTEST_WORKERS": "5",
    ])
    let run = try ScenarioRun(setup)
    let result = await run.run(.heldStreams, into: recording, control: RunControl()) { _ in }
    await server.stop()
    XCTAssertNil(result.skipped)
    let verdicts = try XCTUnwrap(result.summary?.verdicts)
    let refused = try XCTUnwrap(verdicts.first { $0.metric == .streamsRefused })
    XCTAssertEqual(refused.outcome, .fail, refused.message)
    XCTAssertTrue(refused.message.contains("5 of 5 streams"), refused.message)
  }

  /// The whole way of a scenario against a live server, from the variables to the summary.
  func testScenario_isRecordedAndJudged_withoutItsSecrets() async throws {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let fake = FakeMCP()
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    let environment = [
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      "LOADTEST_DURATION": "0.3", "LOADTEST_WORKERS": "3", "LOADTEST_PASSWORD": "hunter2",
      "LOADTEST_TARGET_HOST": "target", "LOADTEST_TARGET_PORT": "2222",
      "LOADTEST_TARGET_USER": "load",
    ]
    let scenario = CommandThroughput()
    try await scenario.run(context(environment, recording))
    let requests = await server.requests
    await server.stop()

    XCTAssertTrue(
      requests.contains { String(decoding: $0.body, as: UTF8.self).contains("hunter2") }
    )
    let layout = recording.scenario(scenario.name.rawValue)
    let header = try RecordingJSON.decodeFile(ScenarioHeader.self, at: layout.header)
    XCTAssertEqual(header.workers, 3)
    XCTAssertEqual(header.durationSeconds, 0.3)
    XCTAssertEqual(header.arrivals, "closed")
    XCTAssertEqual(header.network.kind, .live)
    XCTAssertEqual(header.network.target, "target:2222")
    XCTAssertEqual(
      header.commands,
      ["hostname": "hostname", "whoami": "whoami", "cat": "cat /etc/hostname"]
    )
    let judge = Judge(recording)
    let judged = try judge.judge(scenario.name.rawValue)
    try judge.summarise()
    XCTAssertEqual(judged.summary.testID, "loadtest_1")
    XCTAssertEqual(judged.summary.requests.failed, 0)
    XCTAssertEqual(
      Set(judged.summary.latency.keys.filter { !$0.hasPrefix("ssh") }),
      ["hostname", "whoami", "cat"]
    )
    let names = try FileManager.default.subpathsOfDirectory(atPath: recording.directory)
    XCTAssertEqual(names.count { $0.hasSuffix("summary.json") }, 2)
    for name in names {
      let content = try? String(contentsOfFile: "\(recording.directory)/\(name)", encoding: .utf8)
      XCTAssertNotEqual(content?.contains("hunter2"), true, name)
    }
  }

  /// A server that answers nobody without a token, also not the questions before the load.
  func testServer_isAskedByTheFirstWorkersToken_beforeTheLoad() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      let isKnown = ["Bearer token-of-0", "Bearer token-of-1"].contains(
        request.fields["authorization"]
      )
      if !isKnown { return [.send(Answer.http(401, "{\"error\":\"no token\"}"))] }
      let message = request.json
      guard message["method"]?.string == "tools/list", let id = message["id"]?.integer else {
        return nil
      }
      let tools = #"{"tools":[{"name":"look","inputSchema":{}}]}"#
      return [.send(Answer.http(200, Answer.result(id, tools)))]
    }
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let directory = try TemporaryDirectory()
    _ = try directory.write("token\ntoken-of-0\ntoken-of-1\n".utf8, to: "users.csv")
    let tokens = try directory.write("token-of-0\ntoken-of-1\n".utf8, to: "tokens")
    var workload = Workload(
      "shop",
      workers: 2,
      operations: ["look": Workload.Operation(.method("tools/list", nil))],
      steps: [.init(length: .milliseconds(100), groups: [.init(mix: .inTurn(["look"]))])]
    )
    var environment = [
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      "LOADTEST_TOKEN_FILE": tokens,
    ]
    for recorded in ["loadtest_1", "loadtest_2"] {
      let recording = RecordingLayout(directory: directory.path + "/" + recorded)
      let file = WorkloadFile(workload, directory: directory.path)
      try await WorkloadScenario(file).run(context(environment, recording))
      let summary = try Judge(recording).judge("shop").summary
      XCTAssertGreaterThan(summary.requests.successful, 0, recorded)
      XCTAssertEqual(summary.requests.failed, 0, recorded)
      // The same by a column of data.
      environment["LOADTEST_TOKEN_FILE"] = nil
      workload.data = ["users": .init("users.csv")]
      workload.headers = ["Authorization": "Bearer {users.token}"]
    }
    await server.stop()
  }

  // MARK: Another server

  /// A server of another shape: no MCP sessions, no SSH sessions, one tool that names its host, a
  /// token, and arguments that it knows or refuses.
  @Sendable
  private static func otherServer(
    _ request: ScriptedServer.Request,
    _ number: Int
  ) -> [ScriptedServer.Step] {
    guard request.fields["authorization"] == "Bearer hunter2hunter2" else {
      return [.send(Answer.http(401, "{\"error\":\"no token\"}"))]
    }
    let message = request.json
    guard request.method == "POST", let id = message["id"]?.integer else {
      return [.send(Answer.http(request.method == "POST" ? 202 : 404))]
    }
    let result: String
    switch message["method"]?.string {
    case "initialize": result = #"{"protocolVersion":"2025-03-26","capabilities":{}}"#
    case "tools/list": result = #"{"tools":[{"name":"remote.exec","inputSchema":{}}]}"#
    default:
      let arguments = message["params"]?["arguments"]
      let expected: JSONValue = [
        "pty": false, "machine": "t", "port": 2222, "login": "load",
        "line": arguments?["line"] ?? .null,
      ]
      let isRight = message["params"]?["name"] == "remote.exec" && arguments == expected
      // It has no echo: what answers that and everything else alike shows no command.
      let isEcho = arguments?["line"]?.string?.hasPrefix("echo ") == true
      result = Answer.text(
        isRight ? (isEcho ? "no such command" : "host") : "bad arguments for Bearer hunter2hunter2",
        isError: !isRight
      )
    }
    return [.send(Answer.http(200, Answer.result(id, result)))]
  }

  private static let otherProfile = """
    {"name": "other", "run": {"name": "remote.exec", "fixed": {"pty": false}, "arguments":
      {"host": "machine", "port": "port", "user": "login", "command": "line"}}}
    """

  func testScenario_loadsAServerOfAnotherShape_throughAProfile() async throws {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: Self.otherServer)
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    var environment = [
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      "LOADTEST_MCP_HEADERS": "Authorization: Bearer hunter2hunter2",
      "LOADTEST_TOOL_PROFILE": try directory.write(Self.otherProfile.utf8, to: "other.json"),
      "LOADTEST_DURATION": "1", "LOADTEST_WORKERS": "2", "LOADTEST_TARGET_HOST": "t",
      "LOADTEST_TARGET_PORT": "2222", "LOADTEST_TARGET_USER": "load", "LOADTEST_LINKS": "2328",
    ]
    for scenario: any Scenario in [CommandThroughput(), SustainedLoad()] {
      try await scenario.run(context(environment, recording))
      let judged = try Judge(recording).judge(scenario.name.rawValue)
      XCTAssertGreaterThan(judged.summary.requests.successful, 10)
      XCTAssertEqual(judged.summary.requests.failed, 0, "\(judged.summary.failures)")
      XCTAssertEqual(judged.summary.configuration.toolProfile, "other")
      XCTAssertEqual(Set(judged.summary.latency.keys), ["hostname", "whoami", "cat"])
      let files = try judged.verdict(.unaccountedAttempts)
      XCTAssertEqual(files.outcome, .pass, files.message)
    }
    // What it lacks.
    do {
      try await ConnectionRate().run(context(environment, recording))
      XCTFail("there is nothing to connect")
    } catch let skip as ScenarioSkip {
      XCTAssertTrue(skip.description.contains("no sessions"), "\(skip)")
    }
    environment["LOADTEST_RATE_LIMIT"] = "0"
    do {
      try await PoolExhaustion().run(context(environment, recording))
      XCTFail("there is nothing to exceed")
    } catch let skip as ScenarioSkip {
      XCTAssertTrue(skip.description.contains("no limits to exceed"), "\(skip)")
    }
    environment["LOADTEST_LINKS"] = nil
    do {
      try await LatencySensitivity().run(context(environment, recording))
      XCTFail("there are no links")
    } catch let skip as ScenarioSkip {
      XCTAssertTrue(skip.description.contains("LOADTEST_LINKS"), "\(skip)")
    }
    await server.stop()
    for name in try FileManager.default.subpathsOfDirectory(atPath: directory.path) {
      let content = try? String(contentsOfFile: "\(directory.path)/\(name)", encoding: .utf8)
      XCTAssertNotEqual(content?.contains("hunter2"), true, name)
    }
  }

  func testSkippedScenario_standsInTheReportsOfTheRun() async throws {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: Self.otherServer)
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    let environment = [
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      "LOADTEST_TOOL_PROFILE": try directory.write(Self.otherProfile.utf8, to: "other.json"),
    ]
    let run = try ScenarioRun(setup(environment))
    let result = await run.run(.connectionRate, into: recording, control: RunControl()) { _ in }
    await server.stop()
    XCTAssertNil(result.failure)
    XCTAssertNil(result.summary)
    let reason = try XCTUnwrap(result.skipped?.description)
    let summary = try RecordingJSON.decodeFile(RunSummary.self, at: recording.summary)
    XCTAssertEqual(summary.skipped, ["connection_rate": reason])
    let markdown = try String(contentsOfFile: recording.markdown, encoding: .utf8)
    XCTAssertTrue(markdown.contains("` connection_rate ` | SKIPPED |"), markdown)
    XCTAssertTrue(markdown.contains(reason), markdown)
    let junit = try String(contentsOfFile: recording.junit, encoding: .utf8)
    XCTAssertTrue(junit.contains("<skipped message=\"\(reason)\"/>"), junit)
  }

  func testHeader_isKept_whenTheRecordingIsContinued() throws {
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    _ = try context([:], recording)
    let first = try RecordingJSON.decodeFile(RunHeader.self, at: recording.runHeader)
    _ = try context([:], recording)
    XCTAssertEqual(try RecordingJSON.decodeFile(RunHeader.self, at: recording.runHeader), first)
    XCTAssertEqual(first.testID, "loadtest_1")
  }

  func testError_namesDirectoryAndVariable_whenNothingCanBeWritten() {
    let results = "/dev/null/results"
    XCTAssertThrowsError(
      try context(
        ["LOADTEST_RESULTS_DIR": results],
        RecordingLayout(directory: results + "/loadtest_1")
      )
    ) { error in
      XCTAssertTrue("\(error)".contains(results), "\(error)")
      XCTAssertTrue("\(error)".contains("LOADTEST_RESULTS_DIR"), "\(error)")
    }
  }
}

extension Judge.Judged {
  fileprivate func verdict(_ metric: Threshold.Metric) throws -> Verdict {
    try XCTUnwrap(summary.verdicts.first { $0.metric == metric })
  }
}
