import EventIO
import Foundation
import XCTest

@testable import LoadSupport
@testable import loadtest

final class RequestTests: XCTestCase {
  private func request(_ words: [String], _ environment: [String: String] = [:]) throws -> Request {
    try Request(words, environment: environment, programs: "/nowhere")
  }

  /// What a command line is read as: its command, with what it is to run.
  private func read(
    _ line: String,
    environment: [String: String] = [:]
  ) throws -> (command: any Command, settings: RunSettings, remark: String?) {
    switch try request(line.split(separator: " ").map(String.init), environment) {
    case .perform(let command, let setup, let remark): (command, setup.settings, remark)
    case .print(let text): throw UsageError(description: "printed: \(text)")
    }
  }

  private func assertPrints(_ line: String, _ text: String, at: UInt = #line) {
    guard case .print(text) = try? request(line.split(separator: " ").map(String.init)) else {
      return XCTFail("\(line) does not print \(text)", line: at)
    }
  }

  private func assertRefused(_ line: String, _ words: String, at: UInt = #line) {
    XCTAssertThrowsError(try read(line), line, line: at) { error in
      XCTAssertTrue(error is UsageError || error is SettingError, "\(error)", line: at)
      XCTAssertTrue("\(error)".contains(words), "\(error)", line: at)
      XCTAssertFalse("\(error)".hasPrefix("printed"), "\(error)", line: at)
    }
  }

  private func assertReads<Wanted: Command & Equatable>(
    _ line: String,
    _ wanted: Wanted,
    at: UInt = #line
  ) throws {
    XCTAssertEqual(try read(line).command as? Wanted, wanted, line, line: at)
  }

  func testCommands_areRead() throws {
    let runs: [(String, [ScenarioName])] = [
      ("run all", ScenarioName.allCases), ("run latency_test", [.latencyTest]),
      ("run --workers 3 sustained_load connection_rate", [.sustainedLoad, .connectionRate]),
      ("--scenario command_throughput --duration 60", [.commandThroughput]),
    ]
    for (line, scenarios) in runs { try assertReads(line, RunCommand(scenarios: scenarios)) }
    try assertReads("--quick", RunCommand(scenarios: [.commandThroughput], isQuick: true))
    try assertReads("--full", RunCommand(scenarios: ScenarioName.allCases, isFull: true))
    try assertReads(
      "--quick --scenario exhaustion_test",
      RunCommand(scenarios: [.exhaustionTest], isQuick: true)
    )
    try assertReads("--list-scenarios", RunCommand(listsScenarios: true))
    try assertReads("list", ListCommand())
    try assertReads("list --tool-profiles", ListCommand(listsToolProfiles: true))
    try assertReads("report results/x", ReportCommand(directory: "results/x"))
    try assertReads("trend", TrendCommand())
    try assertReads(
      "trend a b --scenario latency_test --output t.html",
      TrendCommand(recordings: ["a", "b"], scenarios: [.latencyTest], output: "t.html")
    )
    try assertReads("show results/x", ShowCommand(directory: "results/x"))
    try assertReads(
      "merge results/a results/b",
      MergeCommand(directories: ["results/a", "results/b"])
    )
    try assertReads("merge x --partial", MergeCommand(directories: ["x"], isPartial: true))
    try assertReads("metrics", MetricsCommand())
    try assertReads("metrics --watch --mcp-url http://h/", MetricsCommand(watches: true))
    try assertReads(
      "inspect --mcp-url http://h/ --output p.json --timeout 3s --health-path /h --mcp-era legacy",
      InspectCommand(output: "p.json")
    )
    try assertReads(
      "inspect --mcp-host h --tls-insecure --output -",
      InspectCommand(output: "-")
    )
    try assertReads("inspect --stdio cat --stdio-env KEY", InspectCommand())
    try assertReads("network --seed 3", NetworkCommand())
    try assertReads("network --constants", NetworkCommand(showsConstants: true))
    let objective = try ServiceObjective(parsing: "p99<100ms,success>0.999")
    try assertReads(
      "capacity --slo p99<100ms,success>0.999 --from 5 --duration 3",
      CapacityCommand(objective: objective, lowest: 5)
    )
  }

  func testHelpAndVersion_workWithEveryCommand_whateverElseIsThere() {
    for line in ["", "help", "--help", "-h"] { assertPrints(line, Request.overview) }
    assertPrints("--version", "loadtest \(PackageVersion.number)\n")
    assertPrints("--quick --help", RunCommand.help)
    for command in Request.commands {
      assertPrints("\(command.name) --help", command.help)
      assertPrints("help \(command.name)", command.help)
      assertPrints("\(command.name) nonsense --help --nonsense", command.help)
      assertPrints("\(command.name) --help-all", command.wholeHelp)
      assertPrints("\(command.name) --version", "loadtest \(PackageVersion.number)\n")
      XCTAssertTrue(Request.overview.contains("loadtest \(command.name)"), command.name)
    }
  }

  func testHelp_showsTheFlagsThatItsCommandTakes_andNoOthers() {
    func flags(_ command: any Command.Type) -> [String] {
      command.wholeHelp.split(separator: "\n").filter { $0.hasPrefix("  --") }
        .map { String($0.dropFirst(2).prefix { $0 != " " && $0 != "," }) }
    }
    XCTAssertEqual(flags(ShowCommand.self), ["--results-dir"])
    XCTAssertEqual(flags(ReportCommand.self), ["--results-dir", "--thresholds", "--strict"])
    XCTAssertEqual(flags(ListCommand.self), ["--tool-profiles", "--json"])
    XCTAssertFalse(flags(CapacityCommand.self).contains("--rate"))
    XCTAssertFalse(flags(RunCommand.self).contains("--pairs"))
    for option in RunSettings.options
    where !OptionGroup.comparison.options.contains(where: {
      $0.variable == option.variable
    }) {
      let lines = option.helpLines
      XCTAssertTrue(RunCommand.wholeHelp.contains(lines), lines)
    }
    for name in ScenarioName.allCases { XCTAssertTrue(RunCommand.help.contains(name.rawValue)) }
  }

  func testHelp_fitsAScreen_andBeginsWithThreeExamples_ofFlagsThatThereAre() {
    for command in Request.commands {
      let lines = command.help.split(separator: "\n", omittingEmptySubsequences: false)
      XCTAssertLessThanOrEqual(lines.count, 50, command.help)
      for line in lines { XCTAssertLessThanOrEqual(line.count, 110, "\(line)") }
      XCTAssertEqual(lines.first, "examples:")
      XCTAssertEqual(command.examples.count, 3, command.name)
      for example in command.examples {
        let words = example.line.split(separator: " ").map(String.init)
        XCTAssertEqual(words.first, command.name)
        var isQuoted = false
        for word in words {
          let quotes = word.count { $0 == "'" }
          if !isQuoted, quotes == 0, word.hasPrefix("--") {
            XCTAssertTrue(command.wholeHelp.contains("  \(word)"), example.line)
          }
          if quotes % 2 == 1 { isQuoted.toggle() }
        }
      }
    }
  }

  func testServersToCompare_areNamedByFlagsOrVariables() throws {
    let environment = ["LOADTEST_BASE_SERVER": "old", "LOADTEST_HEAD_SERVER": "new"]
    let words = [
      "compare", "--head", "new --port {port}", "--scenario", "latency_test", "--pairs=4",
    ]
    guard case .perform(let command, let setup, nil) = try request(words, environment) else {
      return XCTFail("not read as a comparison")
    }
    XCTAssertEqual(command as? CompareCommand, CompareCommand())
    XCTAssertEqual(setup.settings.baseServer, ServerCommand("old"))
    XCTAssertEqual(setup.settings.headServer, ServerCommand("new --port {port}"))
    XCTAssertEqual(setup.settings.scenario, .latencyTest)
    XCTAssertEqual(setup.settings.pairs, 4)
    try assertReads(
      "compare results/a results/b --json",
      CompareCommand(recordings: ["results/a", "results/b"], isJSON: true)
    )
    for line in ["compare a", "compare a b c"] {
      assertRefused(line, "the directories of two runs")
    }
    assertRefused("compare a b --base c", "--base has no meaning without a load")
    assertRefused("compare --base a{b}", "--base=")
    assertRefused("compare --base-server a{b}", "--base-server=")
  }

  func testNightlyCommands_areRead() throws {
    var gate = GateCommand()
    gate.recordings = ["results/a", "b"]
    gate.history = "h"
    gate.scenarios = [.latencyTest, .commandThroughput]
    gate.circumstances.night = Night("2026-02-12")
    let words = "--history h --scenario latency_test --scenario=command_throughput"
    try assertReads("gate results/a \(words) --night 2026-02-12 b", gate)
    let own = try XCTUnwrap(
      read("gate --runs 5 --commit d --strict --json").command as? GateCommand
    )
    XCTAssertEqual(own.runs, 5)
    XCTAssertEqual(own.circumstances.commit, "d")
    XCTAssertTrue(own.isJSON)
    var accept = BaselineCommand()
    accept.action = .accept
    accept.reason = "new-cipher"
    accept.since = Night("2026-02-12")
    try assertReads("baseline accept --reason new-cipher --since 2026-02-12", accept)
    var show = BaselineCommand()
    show.action = .show
    try assertReads("baseline show", show)
  }

  func testNightlyCommands_areRefused_withWhatWouldBeValid() {
    assertRefused("gate --night 2026-02-30", "--night=\"2026-02-30\" is not valid")
    assertRefused("gate --runs 1", "a whole number from 2 to 99")
    assertRefused("gate --runs 4 results/a", "--runs has no meaning where recordings are given")
    assertRefused("gate --only-judge results/a", "--only-judge takes no recording")
    assertRefused("gate --only-judge --commit a", "--commit has no meaning with --only-judge")
    assertRefused("gate results/a --workers 3", "--workers has no meaning without a load")
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
      let settings = try read(line, environment: environment).settings
      XCTAssertEqual(settings.workers, 3)
      XCTAssertEqual(settings.duration, .seconds(9))
    }
    XCTAssertTrue(try read("run all --strict").settings.isStrict)
    XCTAssertFalse(
      try read("run all --strict=0", environment: ["LOADTEST_STRICT": "1"]).settings.isStrict
    )
    XCTAssertEqual(
      try read("run all --full", environment: ["LOADTEST_PROFILE": "quick"]).settings.profile,
      .standard
    )
    let url = try read("run all --mcp-host 10.178.0.10 --target-host 10.178.0.20").settings
    XCTAssertEqual(url.serverURL?.description, "http://10.178.0.10:3000/mcp")
    XCTAssertEqual(url.target.host, "10.178.0.20")
  }

  func testNonsense_isRefused_withWhatWouldBeValid() throws {
    assertRefused("run", "command_throughput")
    assertRefused("run comand_throughput", "did you mean command_throughput?")
    assertRefused("run all --wrokers 3", "did you mean --workers?")
    assertRefused("run all --workers", "--workers needs a value")
    assertRefused("run all --workers none", "--workers=\"none\"")
    assertRefused("run all --workers=", "--workers=\"\" is not valid: it must be a whole number")
    assertRefused("run all --results-dir=", "--results-dir=\"\"")
    assertRefused("run all --quick=1", "takes no value")
    assertRefused("run all --version=1", "--version takes no value")
    assertRefused("run all --quick --full", "leave out one of them")
    assertRefused("rnu all", "did you mean run?")
    assertRefused("help rnu", "did you mean run?")
    assertRefused("workload", "workload prints one of connection_rate, ")
    assertRefused("workload sustained_laod", "not \"sustained_laod\"; did you mean sustained_load?")
    assertRefused("report", "exactly one argument")
    assertRefused("report a b", "exactly one argument")
    assertRefused("network now", "takes no argument")
    assertRefused("inspect", "inspect which server? Name it by --mcp-url")
    for flag in ["--proxy http://p:1", "--health-path /h", "--metrics-url http://h/"] {
      assertRefused("inspect --stdio cat \(flag)", "it is for a server over HTTP")
    }
    assertRefused("inspect --mcp-url http://h/ --stdio-env A", "it is for a stdio server")
    assertRefused("inspect now --mcp-url http://h/", "takes no argument")
    assertRefused("inspect --mcp-url http://h/ --json --output -", "leave out one of them")
    assertRefused("inspect --mcp-url http://h/ --overwrite", "without the FILE of --output")
    assertRefused("inspect --mcp-url http://h/ --workers 3", "inspect has no flag --workers")
    assertRefused("inspect --mcp-url http://h/ --output /dev/null", "/dev/null is there already")
    assertRefused("capacity --slo fast", "\"fast\" is no objective")
    assertRefused(
      "capacity --slo p99<100",
      "\"p99<100\" has no unit; valid are p99<100ms and p99<100s"
    )
    assertRefused("capacity --slo p99<1s --from 0", "--from=\"0\" is not valid")
    assertRefused("capacity", "--slo 'p99<100ms,success>0.999'")
    assertRefused("capacity --slo p99<1s --from 9 --to 3", "--from 9 is above --to 3")
    assertRefused("capacity --slo p99<1s --to 3", "--to 3 is below")
    assertRefused("check none.json nor-this.json", "nor-this.json: there is no such file")
    assertRefused("run all --slo p99<1s", "run has no flag --slo")
    assertRefused("list --watch", "list has no flag --watch")
    assertRefused("run all --tool-profile nowhere.json", "--tool-profile=\"nowhere.json\"")
  }

  func testFlag_isRefused_whenNoScenarioUsesIt() throws {
    let cases: [(unused: String, used: String, purpose: String)] = [
      ("connection_rate --rate 3", "all --rate 3", "command_throughput, sustained_load"),
      ("connection_rate --commands id", "all --commands id", "scenarios of the suite that run"),
      ("all --arrivals poisson", "all --arrivals poisson --rate 3", "an open loop"),
      ("command_throughput --links 2322", "latency_test --links 2322", "latency_test"),
      ("sustained_load --pool-limit 3", "exhaustion_test --pool-limit 3", "exhaustion_test"),
      (
        "sustained_load --mcp-url http://i/ --restart-command x",
        "restart_recovery --mcp-url http://i/ --restart-command x", "restart_recovery"
      ),
      (
        "restart_recovery --restart-command x",
        "restart_recovery --mcp-url http://i/ --restart-command x", "a server that --mcp-url"
      ),
      ("all --insecure", "all --insecure --mcp-host h", "a server that --mcp-url"),
      ("all --ask-password", "all --ask-password --mcp-host h", "a server that --mcp-url"),
      (
        "sustained_load --mcp-url http://h/ --limited-mcp-url http://i/",
        "sustained_load --limited-mcp-url http://i/", "exhaustion_test"
      ),
      ("all --mcp-port 3", "all --mcp-port 3 --mcp-host h", "a server that --mcp-host"),
      ("all --mcp-port 3 --mcp-url http://h/", "all --network live --mcp-port 3", "a server that"),
      ("all --mcp-host h --sshd /bin/sh", "all --sshd /bin/sh", "the embedded network"),
    ]
    for (unused, used, purpose) in cases {
      assertRefused("run \(unused)", " has no meaning in this load: it is for \(purpose)")
      XCTAssertNil(try read("run \(used)").remark, used)
    }
    // A search has rates of its own.
    XCTAssertNil(try read("capacity --slo p99<1s --arrivals poisson").remark)
    XCTAssertEqual(
      try read(
        "capacity --slo p99<1s",
        environment: ["LOADTEST_ARRIVALS": "poisson", "LOADTEST_RATE": "3"]
      ).remark,
      "set, but not used by this load: LOADTEST_RATE (not for capacity)"
    )
    for flag in ["--rate 3", "--thresholds f", "--strict", "--links 2322", "--pairs 3"] {
      assertRefused("capacity --slo p99<1s \(flag)", "capacity has no flag")
    }
  }

  func testFlag_isRefused_whenItChangesNothingAboutWhatIsJudged() throws {
    let directory = FileManager.default.temporaryDirectory.path + "/request-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    XCTAssertNoThrow(try read("report \(directory) --thresholds /dev/null --strict"))
    var comparison = GatePlan()
    comparison.comparison = GatePlan.Comparison(
      scenario: "command_throughput",
      tolerance: 0.05,
      firstLook: 3
    )
    try comparison.write(to: directory)
    XCTAssertNoThrow(try read("report \(directory) --strict"))
    assertRefused("report \(directory) --thresholds /dev/null", "--thresholds has no meaning here")
    var capacity = GatePlan()
    capacity.capacity = GatePlan.Capacity(
      objective: try ServiceObjective(parsing: "p99<1s"),
      lowestPerSecond: 1,
      highestPerSecond: 2
    )
    try capacity.write(to: directory)
    assertRefused("report \(directory) --thresholds /dev/null", "it is for the recording of a run")
    assertRefused("report \(directory) --strict", "it is for the recording of a run or of a compar")
  }

  func testFile_isNamedWithItsFlag_whenThereIsNone() {
    assertRefused("report r --thresholds /nowhere.json", "--thresholds")
    assertRefused("report r --thresholds /nowhere.json", "there is no such file")
    XCTAssertThrowsError(
      try read("report r", environment: ["LOADTEST_THRESHOLDS": "/nowhere.json"])
    ) { XCTAssertTrue("\($0)".contains("LOADTEST_THRESHOLDS"), "\($0)") }
  }

  func testVariable_isARemark_whenNoScenarioUsesIt() throws {
    let environment = [
      "LOADTEST_RATE": "3", "LOADTEST_INSECURE": "1", "LOADTEST_PAIRS": "4",
      "LOADTEST_WORKERS": "2", "LOADTEST_CI": "1", "LOADTEST_PASSWORD": "hunter2",
    ]
    XCTAssertEqual(
      try read("run latency_test", environment: environment).remark,
      "set, but not used by this load: LOADTEST_RATE (for command_throughput, sustained_load, workloads of one stage), "
        + "LOADTEST_PASSWORD (for a server that --mcp-url or --mcp-host names, or a target that --target-host "
        + "or --target-name names), LOADTEST_INSECURE (for a server that --mcp-url or --mcp-host names, or a target that "
        + "--target-host or --target-name names), "
        + "LOADTEST_PAIRS (not for run)"
    )
    XCTAssertNil(try read("run all", environment: ["LOADTEST_RATE": "3"]).remark)
    for line in ["list", "report x", "gate --only-judge"] {
      XCTAssertNil(try read(line, environment: environment).remark, line)
    }
  }

  func testPart_isOfRunAlone() throws {
    let line = "run command_throughput --mcp-url http://h/ --run-id night --index 1 --of 2"
    XCTAssertEqual(try read(line).settings.part?.index, 1)
    assertRefused(line + " exhaustion_test", "1 for exhaustion_test")
    assertRefused("run command_throughput --index 0", "left out without --run-id")
    for command in ["capacity --slo p99<1s", "compare", "gate"] {
      assertRefused("\(command) --run-id night", "has no flag --run-id")
      let environment = ["LOADTEST_RUN_ID": "night", "LOADTEST_INDEX": "0", "LOADTEST_OF": "2"]
      XCTAssertNil(try read(command, environment: environment).settings.part, command)
    }
  }

  func testPassword_isNoFlag_andItsValueIsNotRepeated() {
    XCTAssertThrowsError(try read("run all --password hunter2")) { error in
      XCTAssertTrue("\(error)".contains("--password-file"), "\(error)")
      XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
    }
  }

  func testSettingsDocument_hasEveryVariableWithItsFlag() throws {
    let source = URL(fileURLWithPath: #filePath)
    let root = source.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/settings.md"), encoding: .utf8)
    for option in RunSettings.options {
      let flag = option.flag.map { "`\($0)`" } ?? "–"
      // What only a flag sets is told where its variable's option is.
      guard let variable = option.variable else {
        XCTAssertTrue(text.contains(flag), flag)
        continue
      }
      XCTAssertTrue(text.contains("| `\(variable)` | \(flag) |"), variable)
    }
  }
}
