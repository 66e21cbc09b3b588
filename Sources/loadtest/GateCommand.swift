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
    guard options.recordings.isEmpty, !options.onlyJudges else {
      return try judge(try recordings())
    }
    let command = RunCommand(
      scenarios: options.scenarios.isEmpty ? ScenarioName.allCases : options.scenarios,
      settings: settings,
      environment: environment,
      output: .standardError
    )
    let rounds = try await command.rounds(options.runs, again: disturbed)
    guard rounds.count >= options.runs, rounds.last?.status != 130 else {
      Main.say("interrupted: no night was added to the history")
      return 130
    }
    return try judge(rounds.map(\.recording))
  }

  /// The scenarios to run once more: those with too few valid runs because something disturbed some, until
  /// there were twice as many rounds as asked for.
  private func disturbed(_ rounds: [RunCommand.Round]) -> [ScenarioName] {
    guard rounds.count < 2 * options.runs else { return [] }
    let names = NightRuns(
      rounds.map(\.recording),
      scenarios: ScenarioName.allCases.map(\.rawValue),
      options.circumstances
    ).wanting(options.runs).compactMap(ScenarioName.init)
    if !names.isEmpty {
      Main.say(
        "once more, for some runs were INVALID: " + names.map(\.rawValue).joined(separator: ", ")
      )
    }
    return names
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

  private func judge(_ recordings: [RecordingLayout]) throws -> Int32 {
    let directory = options.history ?? settings.resultsDirectory + "/history"
    let history = NightHistory(directory: directory)
    var names = options.scenarios.map(\.rawValue)
    if names.isEmpty {
      let known = options.onlyJudges ? try history.scenarios() : (try? history.scenarios()) ?? []
      names = Set(known + recordings.flatMap { (try? Judge($0).scenarios()) ?? [] }).sorted()
    }
    var night = options.circumstances.night
    var missing: [String: String] = [:]
    var remarks: [String] = []
    if !options.onlyJudges {
      let runs = NightRuns(recordings, scenarios: names, options.circumstances)
      for line in runs.lines { try history.append(line) }
      (night, missing, remarks) = (runs.night, runs.missing, runs.remarks)
    }
    let report = try GateReport(
      names,
      of: history,
      baselines: options.baselines ?? BaselineCommand.directory(besides: directory),
      night: night,
      missing: missing,
      remarks: remarks
    )
    let json = try RecordingJSON.encodeFile(report)
    // Shown before it is written: the directory may be one for reading only.
    FileHandle.standardOutput.write(isJSON ? json : Data(report.text.utf8))
    try write(report, json)
    return report.exitStatus(isStrict: settings.isStrict)
  }

  private func write(_ report: GateReport, _ json: Data) throws {
    let output =
      options.output
      ?? "\(settings.resultsDirectory)/gate_\(report.night?.description ?? "without_night")"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    let files = [
      ("gate.json", json), ("gate.md", Data(report.markdown.utf8)),
      ("gate.html", Data(report.html.utf8)),
    ]
    for (name, data) in files {
      try data.write(to: URL(fileURLWithPath: "\(output)/\(name)"), options: .atomic)
    }
    try MarkdownReport.append(report.markdown, toStepSummaryOf: environment)
    Main.say("results: \(output)")
  }
}
