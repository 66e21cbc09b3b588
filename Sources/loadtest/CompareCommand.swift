import EventIO
import Foundation
import LoadSupport

/// `loadtest compare`: two servers alternately, or two recordings side by side.
struct CompareCommand: Command, Equatable {
  /// The directories of two recordings; none to compare servers.
  var recordings: [String] = []
  var isJSON = false

  static let name = "compare"
  static let calls: [CommandCall] = [
    ("compare --base COMMAND --head COMMAND", "two servers alternately: is one slower?"),
    ("compare RUN RUN", "two recordings side by side, without a verdict"),
  ]
  static let examples: [CommandCall] = [
    ("compare --base OLD/mcp-ssh-server --head NEW/mcp-ssh-server", "two builds"),
    ("compare --base 'a --port {port}' --head 'b --port {port}'", "any two servers"),
    ("compare RUN RUN", "two recordings, without a verdict"),
  ]
  static let about = """
    Runs two servers alternately on the embedded network, each run with a new server and sshd,
    and compares their rate, p50, p99 and CPU time a request: 8 pairs of runs of 10 s, then
    as many again if those do not tell. Pairs that something else disturbed are replaced, up
    to 24 in all. A command is a shell's command line: a build of mcp-ssh-server as it is, or
    any server that takes its port as {port}, and what else it needs as
    \(ServerCommand.placeholders.dropFirst().map { "{\($0.key)}" }.joined(separator: " ")).

    With LOADTEST_BASE_SERVER and LOADTEST_HEAD_SERVER `swift test --filter RegressionGate`
    does the same. Below the results directory: comparison.json, comparison.html, comparison.md
    (added to $GITHUB_STEP_SUMMARY), each run's recording.
    """
  static let exitStatus = """
    0 no change, 1 head is worse, 2 bad usage, 3 could not be run, or too many
                 runs were INVALID, 4 head is better, 5 inconclusive with --strict,
                 130 interrupted
    """
  static let groups: [OptionGroup] = [
    .comparison, .profile, .timeout, .loops, .length, .workers, .seed, .rate, .arrivals, .thinkTime,
    .warmUp,
    .commands,
    .connection, .metrics, .headers, .trace, .era, .toolProfile, .health, .limits, .links,
    .embeddedNetwork, .sshd,
    .progress, .results, .strictness,
  ]
  static let options: [ProgramOption<Self>] = [
    .json("the comparison as JSON", to: \.isJSON)
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    guard words.isEmpty || words.count == 2 else {
      throw UsageError(
        description:
          "compare takes --base COMMAND and --head COMMAND, or the directories of two runs"
      )
    }
    recordings = words
  }

  func scenarios(_ settings: RunSettings) -> [ScenarioName] {
    recordings.isEmpty ? [settings.scenario] : []
  }

  func run(_ setup: RunSetup) async throws -> Int32 {
    recordings.isEmpty ? try await compareServers(setup) : try compareRecordings(setup.settings)
  }

  /// Compares the servers, prints pairs and verdict, writes both.
  private func compareServers(_ setup: RunSetup) async throws -> Int32 {
    let comparison: ComparisonRun
    do {
      comparison = try ComparisonRun(setup)
    } catch {
      throw UsageError(
        description:
          "compare which servers? Name both by --base COMMAND and --head COMMAND, or two "
          + "recordings by their directories; \(error)"
      )
    }
    let (recording, report) = try await LoadTurn.take(say: Main.say) { control in
      try await comparison.run(control: control) { line in
        if isJSON { Main.say(line) } else { Output.standard.write(line + "\n") }
      }
    }
    let json = try RecordingJSON.encodeFile(report)
    let writing = Result {
      try report.write(to: recording.directory, environment: setup.environment)
    }
    Output.standard.write(isJSON ? json : Data("\n\(report.text)\n".utf8))
    try writing.get()
    Main.say("results: \(recording.directory)")
    return report.exitStatus(isStrict: setup.settings.isStrict)
  }

  private func compareRecordings(_ settings: RunSettings) throws -> Int32 {
    let comparison = try RecordedComparison(
      base: RecordingLayout(named: recordings[0], settings),
      head: RecordingLayout(named: recordings[1], settings)
    )
    if isJSON {
      Output.standard.write(try RecordingJSON.encodeFile(comparison))
    } else {
      Output.standard.write(comparison.text)
    }
    return 0
  }
}
