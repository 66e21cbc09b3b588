import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// What a user may name that cannot be used, or only in part: the run says why.
final class BadInputTests: LongTestCase {
  private var directory = ""

  override func setUpWithError() throws {
    try super.setUpWithError()
    directory = FileManager.default.temporaryDirectory.path + "/bad-input-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws {
    guard !directory.isEmpty else { return }
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

  private static let exhaustion: ScenarioTest = (
    .exhaustionTest, "PoolExhaustionTests/testRefusal_isQuickAndNamesTheLimit"
  )

  func testReport_saysThatLoginsAreRefused() async throws {
    let key = try strangersKey()
    try await assertReports(
      [Self.throughput, Self.connectionRate, Self.exhaustion],
      begin: "login refused \\(.*Permission denied",
      ["LOADTEST_SERVER_ARGUMENTS": "--identity \(key) --rate-window 1"],
      // A limit is judged by those whom it answered, and it answered nobody.
      unjudged: .exhaustionTest
    )
  }

  /// A network that its user names is tried before any load.
  func testLiveTarget_thatCannotBeLoggedInTo_isNamed_withACommandToTry() async throws {
    let broken = LinkCondition(
      port: 2324,
      name: "broken",
      delayMilliseconds: 500,
      lossPercent: 99.9
    )
    try await withServer(links: [broken]) { network in
      let closed = try Socket.freeLoopbackPort()
      let lossy = network.target(over: broken).port
      for (host, port, reason) in [
        // Should something listen on all addresses of this machine at that port, it is not the target
        // that the server knows.
        ("127.213.17.5", closed, "cannot log in: .*(Connection refused|host key)"),
        ("127.0.0.1", lossy, "ended in timeout: "),
      ] {
        let run = try NestedRun(
          [Self.throughput.test],
          environment: [
            "LOADTEST_MCP_URL": "\(network.serverURL)", "LOADTEST_TARGET_HOST": host,
            "LOADTEST_TARGET_PORT": String(port), "LOADTEST_TIMEOUT": "2",
          ]
        )
        let status = try await run.waitForExit()
        XCTAssertEqual(status, .exited(1), run.output)
        let failure = try XCTUnwrap(
          run.failures[Self.throughput.test.replacing("/", with: ".")],
          run.output
        )
        let pattern =
          "the server answers, but cannot log in to \(host):\(port): .*\(reason).*try on the server's "
          + "machine: ssh -p \(port)"
        XCTAssertNotNil(failure.range(of: pattern, options: .regularExpression), failure)
      }
    }
  }

  func testLiveServer_isUsedAsItIs_andWhatItLacksIsSkipped() async throws {
    let limits = ServerLimits(pool: 10, requestsPerWindow: 100, windowSeconds: 3)
    try await withServer(limits: limits) { network in
      let run = try NestedRun(
        ["PoolExhaustionTests", "LatencySensitivityTests"],
        environment: [
          "LOADTEST_MCP_URL": "\(network.serverURL)", "LOADTEST_DURATION": "2",
          "LOADTEST_TARGET_PORT": String(network.target.port),
          // The rate is a session's: all workers together have no room for the pool.
          "LOADTEST_MCP_ERA": "legacy",
        ]
      )
      let status = try await run.waitForExit()
      XCTAssertEqual(status, .exited(0), run.output)
      try run.skipIfInvalid(.exhaustionTest)
      // The limits are those that the server tells of in its metrics.
      let summary = try run.summary(of: .exhaustionTest)
      XCTAssertEqual(summary.configuration.network.kind, .live)
      XCTAssertEqual(summary.configuration.network.server, "\(network.serverURL)")
      XCTAssertEqual(summary.configuration.network.limits, limits)
      XCTAssertNil(summary.configuration.network.assumedLimits)
      XCTAssertTrue(summary.verdicts.allSatisfy { $0.outcome == .pass }, run.output)
      XCTAssertTrue(
        run.output.contains("Test skipped - the target 127.0.0.1 has no ports"),
        run.output
      )
      let recording = try XCTUnwrap(run.recording)
      let markdown = try String(contentsOfFile: recording.markdown, encoding: .utf8)
      XCTAssertTrue(markdown.contains("` latency_test ` | SKIPPED |"), markdown)
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

  // MARK: Reports

  /// Runs scenarios and looks at what they leave.
  private func assertReports(
    _ tests: [ScenarioTest],
    begin pattern: String,
    _ environment: [String: String],
    unjudged: ScenarioName? = nil,
    line: UInt = #line
  ) async throws {
    let settings = ["LOADTEST_DURATION": "0.6", "LOADTEST_WORKERS": "2"]
    let run = try NestedRun(tests.map(\.test), environment: environment.merging(settings) { $1 })
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .exited(1), run.output, line: line)
    let recording = try XCTUnwrap(run.recording, run.output)
    for (scenario, test) in tests {
      let failure = run.failures[test.replacing("/", with: ".")]
      if failure == nil, scenario != unjudged { try run.skipIfInvalid(scenario) }
      if scenario != unjudged { XCTAssertNotNil(failure, run.output, line: line) }
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
