import LoadSupport

/// The commands of the nightly history.
extension Arguments {
  mutating func readGate(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
    let given = try readFlags(
      &rest,
      of: "gate",
      allowing: ["--json", "--only-judge", "--ask-password"]
    )
    if given.contains("--help") { return .help(Usage.gate) }
    var options = GateCommand.Options()
    options.recordings = Array(rest)
    options.scenarios = try Self.scenarios(values["--scenario"] ?? [])
    options.history = values["--history"]?.last
    options.baselines = values["--baselines"]?.last
    options.output = values["--output"]?.last
    options.onlyJudges = given.contains("--only-judge")
    options.circumstances.night = try night("--night")
    options.circumstances.serverVersion = values["--server-version"]?.last
    let commit = values["--commit"]?.last ?? environment["GITHUB_SHA"] ?? ""
    options.circumstances.commit = commit.isEmpty ? nil : commit
    if let text = values["--runs"]?.last {
      guard let runs = Int(text), (NightRuns.fewestRuns...99).contains(runs) else {
        throw UsageError(
          description: "--runs=\"\(text)\" is not valid: it must be a whole number from "
            + "\(NightRuns.fewestRuns) to 99"
        )
      }
      options.runs = runs
    }
    let excluded =
      options.onlyJudges
      ? ["--runs", "--commit", "--server-version"] : rest.isEmpty ? [] : ["--runs"]
    if options.onlyJudges, let first = rest.first {
      throw UsageError(description: "--only-judge takes no recording, but got \"\(first)\"")
    }
    if let flag = excluded.first(where: { values[$0] != nil }) {
      throw UsageError(
        description: "\(flag) has no meaning "
          + (options.onlyJudges
            ? "with --only-judge, which adds no night" : "where recordings are given")
      )
    }
    asksPassword = given.contains("--ask-password")
    return .gate(options)
  }

  mutating func readBaseline(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
    let given = try readFlags(&rest, of: "baseline", allowing: ["--json"])
    if given.contains("--help") { return .help(Usage.baseline) }
    let actions = BaselineCommand.Action.allCases.map(\.rawValue)
    guard let word = rest.popFirst() else {
      throw UsageError(description: "baseline needs one of \(actions.joined(separator: ", "))")
    }
    guard let action = BaselineCommand.Action(rawValue: word) else {
      throw UsageError(
        description: "baseline cannot \"\(word)\"" + Self.suggestion(word, among: actions)
          + "; valid are \(actions.joined(separator: ", "))"
      )
    }
    try Self.none(rest, "baseline \(word)")
    var options = BaselineCommand.Options(action: action)
    options.scenarios = try Self.scenarios(values["--scenario"] ?? [])
    options.history = values["--history"]?.last
    options.baselines = values["--baselines"]?.last
    options.reason = values["--reason"]?.last ?? ""
    options.since = try night("--since")
    if action == .accept, options.reason.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      throw UsageError(
        description: "baseline accept needs --reason TEXT: why the new level is meant to stay"
      )
    }
    if action != .accept, let flag = ["--reason", "--since"].first(where: { values[$0] != nil }) {
      throw UsageError(
        description: "\(flag) has no meaning with baseline \(word), only with accept"
      )
    }
    return .baseline(options)
  }

  private func night(_ flag: String) throws(UsageError) -> Night? {
    guard let text = values[flag]?.last else { return nil }
    guard let night = Night(text) else {
      throw UsageError(
        description: "\(flag)=\"\(text)\" is not valid: it must be a date such as 2026-02-12"
      )
    }
    return night
  }
}
