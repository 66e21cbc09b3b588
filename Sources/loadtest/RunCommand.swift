import EventIO
import Foundation
import LoadSupport

/// `loadtest run`: scenarios one after the other, with progress, reports and an exit status.
struct RunCommand: Command, Equatable {
  var scenarios: [ScenarioName] = []
  var isQuick = false
  var isFull = false
  var listsScenarios = false
  var asksPassword = false

  static let name = "run"
  static let calls: [CommandCall] = [
    ("run SCENARIO… | FILE… | all [FLAG…]", "load a server, judge it, print the report")
  ]
  static let examples: [CommandCall] = [
    ("run command_throughput", "8 s against a server of its own on loopback"),
    ("run sustained_load --mcp-url URL --duration 60", "your server, for a minute"),
    ("run shop.json --mcp-url URL --rate 200", "your workload, 200 per second"),
  ]
  static let completedWords = ScenarioName.allCases.map(\.rawValue) + ["all"]
  static let takesFiles = true
  static let about =
    "scenarios:\n"
    + ScenarioName.allCases.map { "  \($0.rawValue.padded(20))\($0.purpose)\n" }.joined()
    + "\nCtrl-C stops gracefully and reports what there is; a second one ends at once."
  static let exitStatus = """
    0 passed, 1 a threshold failed, 2 bad usage, 3 could not be run or
                 judged, or INVALID, 5 inconclusive with --strict, 130 interrupted
    """
  static let groups = OptionGroup.running + [.parts]
  static let options: [ProgramOption<Self>] = [
    .scenarios("a scenario by its name; may be repeated", to: \.scenarios),
    .toggle("--quick", "the profile quick; without a scenario: command_throughput", to: \.isQuick),
    .toggle("--full", "the profile standard; without a scenario: all", to: \.isFull),
    .toggle("--list-scenarios", "print the scenarios instead", to: \.listsScenarios),
    .askPassword(to: \.asksPassword),
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    if isQuick, isFull {
      throw UsageError(description: "--quick and --full are two profiles: leave out one of them")
    }
    for word in words { scenarios += try ScenarioName.named(word) }
    if scenarios.isEmpty, isFull { scenarios = ScenarioName.allCases }
    if scenarios.isEmpty, isQuick { scenarios = [.commandThroughput] }
    // Named twice, or by its name and by all; results of two loads of one name would lie in one place.
    for (index, name) in scenarios.enumerated() where scenarios[..<index].contains(name) {
      guard scenarios[..<index].contains(where: { $0 == name && $0.own != name.own }) else {
        continue
      }
      throw UsageError(
        description:
          "two loads have the name \"\(name.rawValue)\": give one of the workloads another"
      )
    }
    scenarios = scenarios.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  func adjust(_ settings: inout RunSettings) {
    if isQuick { settings.profile = .quick }
    if isFull { settings.profile = .standard }
  }

  func scenarios(_ settings: RunSettings) -> [ScenarioName] {
    scenarios.isEmpty ? [settings.workload].compactMap(\.self) : scenarios
  }

  func check(_ settings: RunSettings) throws(UsageError) {
    guard scenarios(settings).isEmpty, !listsScenarios else { return }
    throw UsageError(
      description: "run which scenario? Name one or more of "
        + ScenarioName.allCases.map(\.rawValue).joined(separator: ", ")
        + ", all, or the file of a workload"
    )
  }

  func run(_ setup: RunSetup) async throws -> Int32 {
    if listsScenarios { return try await ListCommand().run(setup) }
    let scenarios = scenarios(setup.settings)
    do {
      return try await ScenarioRounds(setup: setup).run { $0.isEmpty ? scenarios : [] }.last?.status
        ?? 3
    } catch let error as NetworkError {
      return try note(error, scenarios, setup)
    }
  }

  /// Writes what kept all scenarios from being run, as a run that could not begin does; gives the exit
  /// status.
  private func note(
    _ error: NetworkError,
    _ scenarios: [ScenarioName],
    _ setup: RunSetup
  ) throws -> Int32 {
    Main.say("\(error)")
    let settings = setup.settings
    let recording = try TestID.makeDirectory(for: settings, at: Date())
    let judge = Judge(recording, isStrict: settings.isStrict)
    for name in scenarios {
      try InvocationNotes.failed(recording).add(name.rawValue, because: "\(error)")
    }
    let summary = try judge.summarise(environment: setup.environment)
    Main.say("results: \(recording.directory)")
    return summary.exitStatus
  }
}
