import Foundation
import XCTest

@testable import LoadSupport
@testable import loadtest

final class ArgumentsTests: XCTestCase {
  private func parse(_ line: String, environment: [String: String] = [:]) throws -> Arguments {
    try Arguments(line.split(separator: " ").map(String.init), environment: environment)
  }

  private func assertRefused(
    _ line: String,
    _ words: String,
    file: StaticString = #filePath,
    at: UInt = #line
  ) {
    XCTAssertThrowsError(try parse(line), line, file: file, line: at) { error in
      XCTAssertTrue(error is UsageError, "\(error)", file: file, line: at)
      XCTAssertTrue("\(error)".contains(words), "\(error)", file: file, line: at)
    }
  }

  func testCommands_areRead() throws {
    let cases: [(String, Arguments.Command)] = [
      ("run all", .run(ScenarioName.allCases)), ("run latency_test", .run([.latencyTest])),
      (
        "run --workers 3 sustained_load connection_rate",
        .run([.sustainedLoad, .connectionRate])
      ),
      ("--scenario command_throughput --duration 60", .run([.commandThroughput])),
      ("--quick", .run([.commandThroughput])), ("--full", .run(ScenarioName.allCases)),
      ("--quick --scenario exhaustion_test", .run([.exhaustionTest])), ("list", .list),
      ("--list-scenarios", .list), ("report results/x", .report("results/x")),
      ("show results/x", .show("results/x")), ("metrics", .metrics(watches: false)),
      ("metrics --watch --mcp-url http://h/", .metrics(watches: true)), ("network", .network),
      ("network --constants", .networkConstants), ("list --tool-profiles", .listToolProfiles),
      ("", .help(Usage.overview)), ("--help", .help(Usage.overview)),
      ("run --help", .help(Usage.run)), ("run nonsense --help", .help(Usage.run)),
    ]
    for (line, command) in cases { XCTAssertEqual(try parse(line).command, command, line) }
    let objective = try ServiceObjective(parsing: "p99<100ms,success>0.999")
    XCTAssertEqual(
      try parse("capacity --slo p99<100ms,success>0.999 --from 5 --duration 3").command,
      .capacity(objective, 5...100_000)
    )
    XCTAssertEqual(try parse("capacity --help").command, .help(Usage.capacity))
  }

  func testServersToCompare_areNamedByFlagsOrVariables() throws {
    let environment = ["LOADTEST_BASE_SERVER": "old", "LOADTEST_HEAD_SERVER": "new"]
    let arguments = try Arguments(
      ["compare", "--head", "new --port {port}", "--scenario", "latency_test", "--pairs=4"],
      environment: environment
    )
    XCTAssertEqual(arguments.command, .compare)
    let settings = try arguments.settings()
    XCTAssertEqual(settings.baseServer, ServerCommand("old"))
    XCTAssertEqual(settings.headServer, ServerCommand("new --port {port}"))
    XCTAssertEqual(settings.scenario, .latencyTest)
    XCTAssertEqual(settings.pairs, 4)
    XCTAssertEqual(
      try parse("compare results/a results/b --json").command,
      .compareRecordings(base: "results/a", head: "results/b")
    )
    for line in ["compare a", "compare a b c", "compare a b --base c"] {
      assertRefused(line, "the directories of two runs")
    }
    XCTAssertThrowsError(try parse("compare --base a{b}").settings()) { error in
      XCTAssertTrue("\(error)".hasPrefix("--base="), "\(error)")
    }
  }

  func testNightlyCommands_areRead() throws {
    var gate = GateCommand.Options()
    gate.recordings = ["results/a", "b"]
    gate.history = "h"
    gate.scenarios = [.latencyTest, .commandThroughput]
    gate.circumstances.night = Night("2026-02-12")
    gate.circumstances.commit = "abc"
    let words = "--history h --scenario latency_test --scenario=command_throughput"
    XCTAssertEqual(
      try parse(
        "gate results/a \(words) --night 2026-02-12 b",
        environment: ["GITHUB_SHA": "abc"]
      ).command,
      .gate(gate)
    )
    guard case .gate(let own) = try parse("gate --runs 5 --commit d --strict").command else {
      return XCTFail("not read as a gate")
    }
    XCTAssertEqual(own.runs, 5)
    XCTAssertEqual(own.circumstances.commit, "d")
    XCTAssertTrue(try parse("gate --only-judge --json").isJSON)
    var accept = BaselineCommand.Options(action: .accept)
    accept.reason = "new-cipher"
    accept.since = Night("2026-02-12")
    XCTAssertEqual(
      try parse("baseline accept --reason new-cipher --since 2026-02-12").command,
      .baseline(accept)
    )
    XCTAssertEqual(try parse("baseline show").command, .baseline(.init(action: .show)))
    XCTAssertEqual(try parse("gate --help").command, .help(Usage.gate))
    XCTAssertEqual(try parse("baseline --help").command, .help(Usage.baseline))
  }

  func testNightlyCommands_areRefused_withWhatWouldBeValid() {
    assertRefused("gate --night 2026-02-30", "--night=\"2026-02-30\" is not valid")
    assertRefused("gate --runs 1", "a whole number from 2 to 99")
    assertRefused("gate --runs 4 results/a", "--runs has no meaning where recordings are given")
    assertRefused("gate --only-judge results/a", "--only-judge takes no recording")
    assertRefused("gate --only-judge --commit a", "--commit has no meaning with --only-judge")
    assertRefused("gate --scenario latency", "there is no scenario \"latency\"")
    assertRefused("gate --histroy h", "did you mean --history?")
    assertRefused("baseline", "anchor, accept, show")
    assertRefused("baseline acept", "did you mean accept?")
    assertRefused("baseline accept", "--reason TEXT")
    assertRefused("baseline anchor --since 2026-02-12", "only with accept")
    assertRefused("baseline show now", "takes no argument")
    assertRefused("run all --history h", "run has no flag --history")
  }

  func testFlag_takesTheVariablesPlace() throws {
    let environment = ["LOADTEST_WORKERS": "7", "LOADTEST_DURATION": "9"]
    for line in ["run all --workers 3", "run all --workers=3"] {
      let arguments = try parse(line, environment: environment)
      let settings = try arguments.settings()
      XCTAssertEqual(settings.workers, 3)
      XCTAssertEqual(settings.duration, .seconds(9))
    }
    XCTAssertTrue(try parse("run all --strict").settings().isStrict)
    XCTAssertFalse(try parse("run all --strict=0").settings().isStrict)
    XCTAssertEqual(try parse("run all --full").settings().profile, .standard)
    let url = try parse("run all --mcp-host 10.178.0.10 --target-host 10.178.0.20").settings()
    XCTAssertEqual(url.serverURL?.description, "http://10.178.0.10:3000/mcp")
    XCTAssertEqual(url.target.host, "10.178.0.20")
  }

  func testValue_isRefusedByTheFlagsName() throws {
    XCTAssertThrowsError(try parse("run all --workers none").settings()) { error in
      XCTAssertTrue("\(error)".hasPrefix("--workers=\"none\""), "\(error)")
    }
  }

  func testNonsense_isRefused_withWhatWouldBeValid() {
    assertRefused("run", "command_throughput")
    assertRefused("run comand_throughput", "did you mean command_throughput?")
    assertRefused("run all --wrokers 3", "did you mean --workers?")
    assertRefused("run all --workers", "--workers needs a value")
    assertRefused("run all --quick=1", "takes no value")
    assertRefused("rnu all", "did you mean run?")
    assertRefused("report", "exactly one argument")
    assertRefused("report a b", "exactly one argument")
    assertRefused("network now", "takes no argument")
    assertRefused("capacity", "--slo 'p99<100ms,success>0.999'")
    assertRefused("capacity --slo fast", "\"fast\" is no objective")
    assertRefused("capacity --slo p99<1s --from 0", "--from=\"0\" is not valid")
    assertRefused("capacity --slo p99<1s --from 9 --to 3", "above --to")
    assertRefused("run all --slo p99<1s", "run has no flag --slo")
    assertRefused("list --watch", "list has no flag --watch")
  }

  func testPassword_isNoFlag_andItsValueIsNotRepeated() {
    XCTAssertThrowsError(try parse("run all --password hunter2")) { error in
      XCTAssertTrue("\(error)".contains("--password-file"), "\(error)")
      XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
    }
  }

  func testHelp_namesEverySetting() {
    for option in RunOption.all {
      XCTAssertTrue(Usage.run.contains("[\(option.variable)]"), option.variable)
      XCTAssertEqual(
        Usage.run.contains("\(option.flag) ") || Usage.run.contains("\(option.flag)\n"),
        option.hasFlag
      )
    }
    for name in ScenarioName.allCases { XCTAssertTrue(Usage.run.contains(name.rawValue)) }
  }

  func testSettingsDocument_hasEveryVariableWithItsFlag() throws {
    let source = URL(fileURLWithPath: #filePath)
    let root = source.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/settings.md"), encoding: .utf8)
    for option in RunOption.all {
      let flag = option.hasFlag ? "`\(option.flag)`" : "–"
      XCTAssertTrue(text.contains("| `\(option.variable)` | \(flag) |"), option.variable)
    }
  }
}
