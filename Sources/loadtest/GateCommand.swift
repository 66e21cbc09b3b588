import EventIO
import Foundation
import LoadSupport

/// `loadtest gate`: adds a night to the history and judges it by the nights before.
struct GateCommand {
  /// What a command line asks for.
  struct Options: Equatable {
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

    /// How many times to run the scenarios.
    var runs = 3

    /// What is known of the night.
    var circumstances = NightRuns.Circumstances()
  }

  /// The flags with a value that only this command has.
  static let flags = [
    "--history", "--baselines", "--output", "--scenario", "--runs", "--night", "--commit",
    "--server-version",
  ]

  let options: Options
  let settings: RunSettings
  let environment: [String: String]
  var isJSON = false

  /// Makes recordings where there are none, adds the night, judges it and writes what it is; gives
  /// the exit status.
  func run() async throws -> Int32 {
    let history = NightHistory(directory: directory)
    if options.onlyJudges { return try judge(names(try history.scenarios()), of: history, by: nil) }
    if options.recordings.isEmpty { return try await runAndJudge(history) }
    var runs = try nightRuns()
    let recordings = try recordings()
    let names = names(
      ((try? history.scenarios()) ?? []) + recordings.flatMap { (try? Judge($0).scenarios()) ?? [] }
    )
    for recording in recordings { runs.add(recording, scenarios: names) }
    return try judge(names, of: history, by: runs)
  }

  private func nightRuns() throws -> NightRuns {
    NightRuns(
      options.circumstances,
      overrides: try Judge.readOverrides(settings.thresholdsFile)
    )
  }

  private var directory: String { options.history ?? settings.resultsDirectory + "/history" }

  /// The scenarios that the user names, else those that there are.
  private func names(_ known: [String]) -> [String] {
    options.scenarios.isEmpty ? Set(known).sorted() : options.scenarios.map(\.rawValue)
  }

  private func runAndJudge(_ history: NightHistory) async throws -> Int32 {
    let scenarios = options.scenarios.isEmpty ? ScenarioName.allCases : options.scenarios
    let command = RunCommand(
      scenarios: scenarios,
      settings: settings,
      environment: environment,
      output: .errors
    )
    var runs = try nightRuns()
    var names = scenarios.map(\.rawValue)
    let rounds = try await command.rounds { rounds in
      if let last = rounds.last { runs.add(last.recording, scenarios: names) }
      names = runs.next(of: names, runs: options.runs)
      if rounds.count >= options.runs, !names.isEmpty {
        Main.say("once more, for some runs were INVALID: " + names.joined(separator: ", "))
      }
      return names.compactMap(ScenarioName.init)
    }
    guard rounds.count >= options.runs, rounds.last?.status != 130 else {
      Main.say("interrupted: no night was added to the history")
      return 130
    }
    let known = (try? history.scenarios()) ?? []
    return try judge(self.names(known + scenarios.map(\.rawValue)), of: history, by: runs)
  }

  private func recordings() throws -> [RecordingLayout] {
    let layouts = options.recordings.map { ReportCommand.layout($0, settings) }
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
    by runs: NightRuns?
  ) throws -> Int32 {
    let night = runs?.summary(of: names) ?? NightRuns.Summary()
    let report = try GateReport(
      names,
      of: history,
      adding: night.lines,
      baselines: options.baselines ?? BaselineCommand.directory(besides: directory),
      night: runs?.night ?? options.circumstances.night,
      missing: night.missing,
      remarks: night.remarks
    )
    let json = try RecordingJSON.encodeFile(report)
    // A night that has no page is none yet: the next try adds it.
    let writing = Result {
      try write(report, json)
      for line in night.lines { try history.append(line) }
    }
    Output.standard.write(isJSON ? json : Data(report.text.utf8))
    try writing.get()
    return report.exitStatus(isStrict: settings.isStrict)
  }

  private func write(_ report: GateReport, _ json: Data) throws {
    let output =
      options.output
      ?? "\(settings.resultsDirectory)/gate_\(report.night?.description ?? "without_night")"
    let files = [
      ("gate.json", json), ("gate.md", Data(report.markdown.utf8)),
      ("gate.html", Data(report.html.utf8)),
    ]
    try ResultFile.makeDirectory(output)
    for (name, data) in files { try ResultFile.write(data, to: "\(output)/\(name)") }
    try MarkdownReport.append(report.markdown, toStepSummaryOf: environment)
    Main.say("results: \(output)")
  }
}
