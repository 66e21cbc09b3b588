import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class ScenarioContextTests: XCTestCase {
  private func context(
    _ environment: [String: String],
    _ recording: RecordingLayout
  ) throws -> ScenarioContext {
    try ScenarioContext(
      settings: RunSettings(environment: environment),
      recording: recording,
      programs: "/nowhere",
      environment: environment,
      control: RunControl()
    )
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
    XCTAssertEqual(header.network.kind, "live")
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
