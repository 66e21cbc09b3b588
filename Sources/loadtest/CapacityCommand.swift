import EventIO
import Foundation
import LoadSupport

/// `loadtest capacity`: the highest rate of arrivals that holds an objective.
struct CapacityCommand: Command, Equatable {
  var objective: ServiceObjective?
  var lowest: Double?
  var highest = 100_000.0
  var asksPassword = false

  static let name = "capacity"
  static let calls: [CommandCall] = [
    ("capacity --slo 'p99<100ms,success>0.999'", "the highest rate that holds an objective")
  ]
  static let examples: [CommandCall] = [
    ("capacity --slo 'p99<100ms,success>0.999'", "the embedded server"),
    ("capacity --slo 'p99<50ms' --mcp-url URL", "a server of yours"),
    ("capacity --slo 'p95<1s' --workload shop.json", "your own workload"),
  ]
  static let about = """
    Finds the highest rate of arrivals that holds an objective, such as
    'p99<100ms,success>0.999' (p50, p90, p95, p99, p99.9 in ms or s), with commands in open
    loop. Rates double from --from until one does not hold, then the gap is halved until it
    is below 5 %; the answer has held three times. With --workload its operations come at
    those rates instead. Each trial takes 8 s, or --duration, or as
    long as its rate needs for enough requests; trials that are INVALID are repeated.

    Prints the trials; capacity.json and capacity.html (latency against rate) and every
    trial's recording lie below the results directory.
    """
  static let exitStatus = """
    0 found, 1 not even the lowest rate holds, 2 bad usage, 3 no answer,
                 130 interrupted
    """
  static let groups: [OptionGroup] = [
    .profile, .timeout, .loops, .workload, .length, .workers, .seed, .arrivals.always, .warmUp,
    .commands, .server, .stdio, .stdioEnvironment, .serverPort,
    .limitedServer, .connection, .metrics, .headers, .trace, .era, .toolProfile,
    .target,
    .embeddedServer,
    .embeddedNetwork, .sshd, .progress, .results,
  ]
  static let options: [ProgramOption<Self>] = [
    ProgramOption("--slo", .objective, "what is to hold", to: \.objective),
    ProgramOption(
      "--from",
      .rate,
      "the lowest rate that is tried (20 per second, more where the objective takes more requests to judge)",
      to: \.lowest
    ),
    ProgramOption("--to", .rate, "the highest rate that is tried", to: \.highest),
    .askPassword(to: \.asksPassword),
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    try Self.refuse(words)
    guard objective != nil else {
      throw UsageError(
        description: "capacity for which objective? Name it by --slo, such as "
          + "--slo 'p99<100ms,success>0.999'"
      )
    }
    guard startingRate <= highest else {
      let (from, to) = (NumberText.plain(startingRate), NumberText.plain(highest))
      throw UsageError(
        description: lowest == nil
          ? "--to \(to) is below \(from) per second, where the search for this objective begins; name a lower rate by "
            + "--from, or raise --to"
          : "--from \(from) is above --to \(to)"
      )
    }
  }

  /// As many a second as tell something in ten seconds, unless it is said.
  private var startingRate: Double {
    let needed = Double(objective?.samplesNeeded ?? 0)
    return lowest ?? max(20, (needed / 10).rounded(.up))
  }

  func scenarios(_ settings: RunSettings) -> [ScenarioName] {
    [settings.workload ?? .commandThroughput]
  }

  /// Searches, prints the trials and the answer, writes both; gives the exit status.
  func run(_ setup: RunSetup) async throws -> Int32 {
    guard let objective else { return 2 }
    let search = CapacityRun(setup, objective: objective, rates: startingRate...highest)
    return try await LoadTurn.take(reaching: setup.settings, say: Main.say) { control in
      let recording = try TestID.makeDirectory(under: setup.settings.resultsDirectory, at: Date())
      let report = try await search.run(into: recording.directory, control: control) { line in
        Output.standard.write(line + "\n")
      }
      let writing = Result { try report.write(to: recording.directory) }
      Output.standard.write("\n\(report.answer)\n")
      try writing.get()
      Main.say("results: \(recording.directory)")
      return control.isStopping ? 130 : report.exitStatus
    }
  }
}

extension OptionValue where Value == ServiceObjective {
  /// What a service is to keep.
  fileprivate static let objective = OptionValue("OBJECTIVE") { text throws(InvalidValue) in
    do throws(ServiceObjective.ParseError) {
      return try ServiceObjective(parsing: text)
    } catch {
      throw .because("\(error)")
    }
  }
}

extension OptionValue where Value == Double {
  /// Arrivals a second.
  fileprivate static let rate = OptionValue.number("RATE", 1...1_000_000)
}
