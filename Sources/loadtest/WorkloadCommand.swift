import EventIO
import LoadSupport

/// `loadtest workload`: a scenario of the suite as a file to start from, or the schema of such files.
struct WorkloadCommand: Command, Equatable {
  var scenario: ScenarioName?
  var printsSchema = false

  static let name = "workload"
  static let calls: [CommandCall] = [
    ("workload NAME | --schema", "a scenario as a workload file to start from")
  ]
  static let examples: [CommandCall] = [
    ("workload command_throughput > mine.json", "a scenario to start from"),
    ("workload sustained_load --rate 50", "as it is run with a setting"),
    ("workload --schema > workload.schema.json", "for editors"),
  ]
  static let completedWords = ScenarioName.allCases.map(\.rawValue)
  static let about = """
    Prints what a scenario does as the file of a workload, which `loadtest run FILE` runs with the
    same figures; or the JSON Schema of such files, for editors.
    """
  static let exitStatus = "0 printed, 2 bad usage"
  static let groups: [OptionGroup] = [
    .profile, .length, .workers, .rate, .arrivals, .thinkTime, .warmUp, .commands, .toolProfile,
    .links,
  ]
  static let options: [ProgramOption<Self>] = [
    .toggle("--schema", "the JSON Schema of workload files instead", to: \.printsSchema)
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    if printsSchema { return try Self.refuse(words) }
    guard words.count == 1, let name = ScenarioName(rawValue: words[0]) else {
      let given = words.isEmpty ? "" : ", but not \"\(words.joined(separator: " "))\""
      let known = ScenarioName.allCases.filter(\.isWorkload).map(\.rawValue)
      throw UsageError(
        description: "workload prints one of " + known.joined(separator: ", ") + given
          + known.suggestion(for: words.first ?? "")
      )
    }
    scenario = name
  }

  func scenarios(_ settings: RunSettings) -> [ScenarioName] { [scenario].compactMap(\.self) }

  func run(_ setup: RunSetup) async throws -> Int32 {
    guard let scenario else {
      Output.standard.write(Workload.schema.indented())
      return 0
    }
    guard var workload = try scenario.workload(setup.settings) else {
      throw UsageError(
        description:
          "\(scenario.rawValue) is no workload: it depends on what the server answers, or does something to it"
      )
    }
    // Those that the scenario has by its name alone, so that they can be seen, changed and kept under another.
    workload.thresholds = Judge.generalLimits(of: scenario) + workload.thresholds
    do throws(WorkloadError) { try workload.validate() } catch {
      throw UsageError(description: "\(scenario.rawValue) cannot be made so: \(error)")
    }
    Output.standard.write(workload.json.indented())
    return 0
  }
}
