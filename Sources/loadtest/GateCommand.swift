import EventIO
import Foundation
import LoadSupport

/// `loadtest gate`: adds a night to the history and judges it by the nights before.
struct GateCommand: Command, Equatable {
  /// Recordings of the night; empty to make them.
  var recordings: [String] = []

  /// The scenarios; empty for all that there are.
  var scenarios: [ScenarioName] = []

  /// The directory of the history; nil for the usual one.
  var history: String?

  /// The directory of the baselines; nil for the one beside the history.
  var baselines: String?

  /// The directory of the reports; nil for one below the results.
  var output: String?

  /// Whether to judge the history as it is.
  var onlyJudges = false

  /// How many times to run the scenarios; nil for three times.
  var runs: Int?

  /// What is known of the night.
  var circumstances = NightRuns.Circumstances()
  var asksPassword = false
  var isJSON = false

  static let name = "gate"
  static let calls: [CommandCall] = [
    ("gate [RUN…]", "add a night to the history and judge it by it")
  ]
  static let examples: [CommandCall] = [
    ("gate", "run the scenarios, then judge tonight against history"),
    ("gate results/loadtest_20260212_*", "judge runs that were made"),
    ("gate --history ci/history", "keep the history elsewhere"),
  ]
  static let about = """
    Adds a night to the history (a line a scenario: the median over RUN…, recordings of
    one load, of which two must be valid), judges it by the 30 nights before the latest
    three and by the anchored baseline, and names the night and the commits of a change.
    Without RUN… the scenarios are run first; INVALID runs that may be valid at another time
    are repeated, up to N more.
    """
  static let exitStatus = """
    0 no change, 1 a regression or a night that failed, 2 bad usage, 3 a
                 scenario has too few valid runs or no such night, 4 an improvement,
                 5 inconclusive with --strict, 130 interrupted
    """
  static let groups = OptionGroup.running
  static let options: [ProgramOption<Self>] = [
    .history(to: \.history),
    ProgramOption(
      "--baselines",
      .text("DIR"),
      "where the anchored baselines are (baselines, beside them)",
      to: \.baselines
    ),
    ProgramOption(
      "--output",
      .text("DIR"),
      "where gate.json, gate.md and gate.html go (RESULTS/gate_NIGHT)",
      to: \.output
    ),
    .toggle("--only-judge", "add nothing; judge the latest night", to: \.onlyJudges),
    .scenarios("only this one; may be repeated (all)", to: \.scenarios),
    ProgramOption(
      "--runs",
      .integer(NightRuns.fewestRuns...99),
      "how often the scenarios are run without RUN… (3)",
      to: \.runs
    ),
    ProgramOption(
      "--night",
      .night,
      "the night's date in UTC, with --only-judge the night that is judged (of the first run)",
      to: \.circumstances.night
    ),
    ProgramOption(
      "--commit",
      .text("SHA"),
      "the commit that was tested ($GITHUB_SHA)",
      to: \.circumstances.commit
    ),
    ProgramOption(
      "--server-version",
      .text("TEXT"),
      "the server's version",
      to: \.circumstances.serverVersion
    ),
    .askPassword(to: \.asksPassword),
    .json("gate.json", to: \.isJSON),
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    recordings = words
    if onlyJudges, let first = words.first {
      throw UsageError(description: "--only-judge takes no recording, but got \"\(first)\"")
    }
    let useless = [
      ("--runs", runs != nil && (onlyJudges || !words.isEmpty)),
      ("--commit", circumstances.commit != nil && onlyJudges),
      ("--server-version", circumstances.serverVersion != nil && onlyJudges),
    ].first { $0.1 }
    guard let flag = useless?.0 else { return }
    throw UsageError(
      description: "\(flag) has no meaning "
        + (onlyJudges ? "with --only-judge, which adds no night" : "where recordings are given")
    )
  }

  func scenarios(_ settings: RunSettings) -> [ScenarioName] {
    onlyJudges || !recordings.isEmpty ? [] : scenarios.isEmpty ? ScenarioName.allCases : scenarios
  }

  /// Makes recordings where there are none, adds the night, judges it and writes what it is; gives
  /// the exit status.
  func run(_ setup: RunSetup) async throws -> Int32 {
    let history = NightHistory(named: history, setup.settings)
    if onlyJudges {
      return try judge(names(try history.scenarios()), of: history, by: nil, setup)
    }
    if recordings.isEmpty { return try await runAndJudge(history, setup) }
    var runs = try nightRuns(setup)
    let recordings = try layouts(setup.settings)
    let names = names(
      ((try? history.scenarios()) ?? []) + recordings.flatMap { (try? Judge($0).scenarios()) ?? [] }
    )
    for recording in recordings { runs.add(recording, scenarios: names) }
    return try judge(names, of: history, by: runs, setup)
  }

  private func nightRuns(_ setup: RunSetup) throws -> NightRuns {
    var circumstances = circumstances
    if circumstances.commit == nil, let commit = setup.environment["GITHUB_SHA"], !commit.isEmpty {
      circumstances.commit = commit
    }
    return NightRuns(
      circumstances,
      overrides: try Judge.readOverrides(setup.settings.thresholdsFile)
    )
  }

  /// The scenarios that the user names, else those that there are.
  private func names(_ known: [String]) -> [String] {
    scenarios.isEmpty ? Set(known).sorted() : scenarios.map(\.rawValue)
  }

  private func runAndJudge(_ history: NightHistory, _ setup: RunSetup) async throws -> Int32 {
    let scenarios = scenarios(setup.settings)
    let count = self.runs ?? 3
    var runs = try nightRuns(setup)
    var names = scenarios.map(\.rawValue)
    let loads = ScenarioRounds(setup: setup, output: .errors, planned: count)
    let rounds = try await loads.run { rounds in
      if let last = rounds.last { runs.add(last.recording, scenarios: names) }
      names = runs.next(of: names, runs: count)
      if rounds.count >= count, !names.isEmpty {
        Main.say("once more, for some runs were INVALID: " + names.joined(separator: ", "))
      }
      // A name alone does not say which file a workload of a user's own is in.
      return scenarios.filter { names.contains($0.rawValue) }
    }
    guard rounds.count >= count, rounds.last?.status != 130 else {
      Main.say("interrupted: no night was added to the history")
      return 130
    }
    let known = (try? history.scenarios()) ?? []
    return try judge(self.names(known + scenarios.map(\.rawValue)), of: history, by: runs, setup)
  }

  private func layouts(_ settings: RunSettings) throws -> [RecordingLayout] {
    let layouts = recordings.map { RecordingLayout(named: $0, settings) }
    for (index, layout) in layouts.enumerated() where layouts[..<index].contains(layout) {
      // The same run twice would look like two that agree.
      throw UsageError(description: "the recording \(layout.directory) is named twice")
    }
    for layout in layouts where !FileManager.default.fileExists(atPath: layout.runHeader) {
      throw RecordingFormatError(
        "\(layout.runHeader) is missing: name directories of runs, such as "
          + "results/loadtest_20260212_153045"
      )
    }
    return layouts
  }

  /// Adds the night of some runs, if any, and judges it.
  private func judge(
    _ names: [String],
    of history: NightHistory,
    by runs: NightRuns?,
    _ setup: RunSetup
  ) throws -> Int32 {
    let night = runs?.summary(of: names) ?? NightRuns.Summary()
    let report = try GateReport(
      names,
      of: history,
      adding: night.lines,
      baselines: baselines ?? BaselineCommand.directory(besides: history.directory),
      night: runs?.night ?? circumstances.night,
      missing: night.missing,
      remarks: night.remarks
    )
    let json = try RecordingJSON.encodeFile(report)
    // A night that has no page is none yet: the next try adds it.
    let writing = Result {
      try write(report, json, setup)
      for line in night.lines { try history.append(line) }
    }
    Output.standard.write(isJSON ? json : Data(report.text.utf8))
    try writing.get()
    return report.exitStatus(isStrict: setup.settings.isStrict)
  }

  private func write(_ report: GateReport, _ json: Data, _ setup: RunSetup) throws {
    let output =
      output
      ?? "\(setup.settings.resultsDirectory)/gate_\(report.night?.description ?? "without_night")"
    let server = setup.environment["GITHUB_SERVER_URL"]
    let repository = setup.environment["GITHUB_REPOSITORY"]
    let markdown = report.markdown(
      of: server.flatMap { server in repository.map { "\(server)/\($0)" } }
    )
    let files = [
      ("gate.json", json), ("gate.md", Data(markdown.utf8)),
      ("gate.html", Data(report.html.utf8)),
    ]
    try ResultFile.makeDirectory(output)
    for (name, data) in files { try ResultFile.write(data, to: "\(output)/\(name)") }
    try MarkdownReport.append(markdown, toStepSummaryOf: setup.environment)
    Main.say("results: \(output)")
  }
}

extension NightHistory {
  /// The history in a directory, or in that of the results.
  init(named directory: String?, _ settings: RunSettings) {
    self.init(directory: directory ?? settings.resultsDirectory + "/history")
  }
}
