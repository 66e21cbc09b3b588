import EventIO
import LoadSupport

/// `loadtest check`: what is wrong with workloads, and what a run of them would do.
struct CheckCommand: Command, Equatable {
  var files: [ScenarioName] = []

  static let name = "check"
  static let calls: [CommandCall] = [
    ("check FILE…", "what a workload would do, or what is wrong with it")
  ]
  static let examples: [CommandCall] = [
    ("check shop.json", "its plan, or what is wrong with it"),
    ("check shop.json --rate 50", "the same at 50 per second"),
    ("check *.json", "several files"),
  ]
  static let about = """
    Reads workloads with their data files, holds their limits against what there is to limit, and
    prints the plan: stages, rates, expected calls. Nothing is sent.
    """
  static let exitStatus = "0 it can be run, 2 something is wrong with it"
  static let groups: [OptionGroup] = [
    .length, .workers, .rate, .arrivals, .thinkTime, .warmUp, .toolProfile, .thresholds,
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    guard !words.isEmpty else {
      throw UsageError(description: "check which workload? Name its file")
    }
    var faults: [String] = []
    for word in words {
      do throws(UsageError) {
        files.append(try ScenarioName.workload(at: word))
      } catch {
        faults.append(error.description)
      }
    }
    guard faults.isEmpty else { throw UsageError(description: faults.joined(separator: "\n")) }
  }

  func scenarios(_ settings: RunSettings) -> [ScenarioName] { files }

  func run(_ setup: RunSetup) async throws -> Int32 {
    let overrides = try Judge.readOverrides(setup.settings.thresholdsFile)
    let plans = try files.compactMap(\.own).map { file in
      let (workload, limits) = try file.checked(setup.settings, overrides)
      return (files.count > 1 ? "\(workload.name)\n\n" : "") + workload.planText
        + (ScenarioName(rawValue: workload.name) == nil
          ? "" : "judged as the scenario \(workload.name), whose name it has\n")
        + "limits:\n" + limits.map { "  \($0.text)\n" }.joined()
    }
    Output.standard.write(plans.joined(separator: "\n"))
    return 0
  }
}
