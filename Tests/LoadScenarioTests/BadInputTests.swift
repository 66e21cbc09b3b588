import EventIO
import Foundation
import LoadSupport
import XCTest

/// A target that cannot be used ends a run with a complete report whose first line says why.
final class BadInputTests: XCTestCase {
  private var directory = ""

  override func setUpWithError() throws {
    directory = FileManager.default.temporaryDirectory.path + "/bad-input-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws {
    try FileManager.default.removeItem(atPath: directory)
  }

  private typealias ScenarioTest = (scenario: ScenarioName, test: String)

  /// It logs in before its load; the others do under load.
  private static let throughput: ScenarioTest = (
    .commandThroughput, "CommandThroughputTests/testSuccessRate_isAtLeastItsFloor"
  )

  private static let connectionRate: ScenarioTest = (
    .connectionRate, "ConnectionRateTests/testSuccessRate_isAtLeastItsFloor"
  )

  private static let latency: ScenarioTest = (
    .latencyTest, "LatencySensitivityTests/testSuccessRate_isAtLeastItsFloor_onEveryLink"
  )

  private static let exhaustion: ScenarioTest = (
    .exhaustionTest, "PoolExhaustionTests/testRefusal_isQuickAndNamesTheLimit"
  )

  func testReport_saysThatLoginsAreRefused() async throws {
    let key = try strangersKey()
    try await assertReports(
      [Self.throughput, Self.connectionRate, Self.exhaustion],
      begin: "login refused \\(.*Permission denied",
      ["LOADTEST_SERVER_ARGUMENTS": "--identity \(key) --rate-window 1"]
    )
  }

  func testReport_saysThatThePortIsClosed() async throws {
    // The latency test has ports of its own. Should something listen on all addresses of this machine
    // at one of them, it is not the target that the server knows.
    try await withServer { network in
      try await assertReports(
        [Self.throughput, Self.connectionRate, Self.latency],
        begin: "cannot log in: .*(Connection refused|host key)",
        [
          "LOADTEST_MCP_URL": "\(network.serverURL)", "LOADTEST_TARGET_HOST": "127.213.17.5",
          "LOADTEST_TARGET_PORT": String(try Socket.freeLoopbackPort()),
        ]
      )
    }
  }

  func testReport_saysThatNothingIsAnsweredInTime_overALinkThatLosesEverything() async throws {
    let link = LinkCondition(
      port: 2324,
      name: "broken",
      delayMilliseconds: 500,
      lossPercent: 99.9
    )
    try await withServer(links: [link]) { network in
      try await assertReports(
        [Self.throughput, Self.connectionRate],
        begin: "timeout: ",
        [
          "LOADTEST_MCP_URL": "\(network.serverURL)", "LOADTEST_TIMEOUT": "0.5",
          "LOADTEST_TARGET_PORT": String(network.target(over: link).port),
        ]
      )
    }
  }

  // MARK: Ways to go wrong

  /// A key that no target accepts.
  private func strangersKey() throws -> String {
    let key = directory + "/key"
    let programs = try OpenSSH.find(environment: ProcessInfo.processInfo.environment)
    try OpenSSH.run(programs.keygen, ["-q", "-t", "ed25519", "-N", "", "-f", key])
    return key
  }

  /// A server that a run can be pointed at, as at one of its user's.
  private func withServer(
    links: [LinkCondition] = [],
    _ body: (EmbeddedNetwork) async throws -> Void
  ) async throws {
    let network = try await EmbeddedNetwork.start(
      programs: URL(fileURLWithPath: Bundle.main.bundlePath).path,
      limits: .loadTest,
      links: links,
      environment: ProcessInfo.processInfo.environment
    )
    do {
      try await body(network)
    } catch {
      await network.stop()
      throw error
    }
    await network.stop()
  }

  // MARK: Reports

  /// Runs scenarios and looks at what they leave.
  private func assertReports(
    _ tests: [ScenarioTest],
    begin pattern: String,
    _ environment: [String: String],
    line: UInt = #line
  ) async throws {
    let settings = ["LOADTEST_DURATION": "0.6", "LOADTEST_WORKERS": "2"]
    let run = try NestedRun(tests.map(\.test), environment: environment.merging(settings) { $1 })
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .exited(1), run.output, line: line)
    let recording = try XCTUnwrap(run.recording, run.output)
    for (scenario, test) in tests {
      XCTAssertNotNil(run.failures[test.replacing("/", with: ".")], run.output, line: line)
      let layout = recording.scenario(scenario.rawValue)
      let report = try String(contentsOfFile: layout.report, encoding: .utf8)
      let lines = report.split(separator: "\n")
      // Below the title's three lines.
      let first = String(lines.count > 3 ? lines[3] : "")
      XCTAssertTrue(first.hasPrefix("PROBLEM: "), report, line: line)
      XCTAssertNotNil(first.range(of: pattern, options: .regularExpression), report, line: line)
      XCTAssertTrue(lines.contains("VERDICTS") && lines.last?.first == "=", report, line: line)
      let summary = try run.summary(of: scenario)
      XCTAssertEqual(
        summary.verdicts.first { $0.metric == .unaccountedAttempts }?.outcome,
        .pass,
        report,
        line: line
      )
    }
  }
}
