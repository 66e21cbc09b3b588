import EventIO
import Foundation
import LoadSupport

/// A command line that cannot be used, in a sentence that says what would be.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// What a command line asks for.
///
/// Flags are the variables by another spelling: a flag's value takes the variable's place, so both
/// have one meaning and one check.
struct Arguments {
  /// What is to be done.
  enum Command: Equatable {
    case run([ScenarioName])
    case list
    case listToolProfiles
    case capacity(ServiceObjective, ClosedRange<Double>)
    case compare
    case compareRecordings(base: String, head: String)
    case gate(GateCommand.Options)
    case baseline(BaselineCommand.Options)
    case metrics(watches: Bool)
    case report(String)
    case show(String)
    case network
    case networkConstants
    case help(String)
  }

  /// What is to be done.
  private(set) var command: Command

  /// The environment with the flags in it.
  private(set) var environment: [String: String]

  /// What the user called the variables that came as flags.
  private(set) var names: [String: String] = [:]

  /// Whether the output is for machines.
  private(set) var isJSON = false

  /// Whether to ask for the password.
  var asksPassword = false

  /// The settings that variables and flags come to.
  func settings() throws(SettingError) -> RunSettings {
    let settings = try RunSettings(environment: environment, names: names)
    // What cannot be used is bad usage, before anything is waited for or written.
    _ = try settings.toolProfile(names: names)
    return settings
  }

  /// Reads the words behind the program's name.
  init(_ words: [String], environment: [String: String]) throws(UsageError) {
    self.environment = environment
    command = .help(Usage.overview)
    var rest = words[...]
    // A command line of flags alone is one of the ways to run scenarios.
    let isBare = rest.first?.hasBytePrefix("-") ?? false
    let name = isBare ? "run" : rest.popFirst()
    switch name {
    case nil, "help": return
    case "network":
      let given = try readFlags(&rest, of: "network", allowing: ["--constants"])
      if given.contains("--help") { return }
      command = given.contains("--constants") ? .networkConstants : .network
      try Self.none(rest, "network")
    case "list":
      let given = try readFlags(&rest, of: "list", allowing: ["--json", "--tool-profiles"])
      if given.contains("--help") { return }
      command = given.contains("--tool-profiles") ? .listToolProfiles : .list
      try Self.none(rest, "list")
    case "report", "show":
      let name = name ?? ""
      try readFlags(&rest, of: name, allowing: [])
      if words.contains("--help") { return }
      let directory = try Self.only(&rest, name, "the directory of a run")
      command = name == "report" ? .report(directory) : .show(directory)
    case "metrics": try readMetrics(&rest)
    case "capacity": try readCapacity(&rest)
    case "compare": try readCompare(&rest)
    case "gate": command = try readGate(&rest)
    case "baseline": command = try readBaseline(&rest)
    case "run": try readRun(&rest, isBare: isBare)
    case let unknown?:
      throw UsageError(
        description: "unknown command \"\(unknown)\""
          + Self.suggestion(unknown, among: Usage.commands)
          + "; valid are \(Usage.commands.joined(separator: ", "))"
      )
    }
  }

  private mutating func readMetrics(_ rest: inout ArraySlice<String>) throws(UsageError) {
    let given = try readFlags(&rest, of: "metrics", allowing: ["--json", "--watch"])
    if given.contains("--help") { return }
    try Self.none(rest, "metrics")
    command = .metrics(watches: given.contains("--watch"))
  }

  private mutating func readCapacity(_ rest: inout ArraySlice<String>) throws(UsageError) {
    let given = try readFlags(&rest, of: "capacity", allowing: ["--ask-password"])
    if given.contains("--help") {
      command = .help(Usage.capacity)
      return
    }
    asksPassword = given.contains("--ask-password")
    try Self.none(rest, "capacity")
    guard let text = values["--slo"]?.last else {
      throw UsageError(
        description: "capacity for which objective? Name it by --slo, such as "
          + "--slo 'p99<100ms,success>0.999'"
      )
    }
    let objective: ServiceObjective
    do throws(ServiceObjective.ParseError) {
      objective = try ServiceObjective(parsing: text)
    } catch {
      throw UsageError(description: "--slo: \(error)")
    }
    func rate(_ flag: String, _ usual: Double) throws(UsageError) -> Double {
      guard let text = values[flag]?.last else { return usual }
      guard let rate = Double(text), (1...1_000_000).contains(rate) else {
        throw UsageError(
          description: "\(flag)=\"\(text)\" is not valid: it must be a number from 1 to 1000000"
        )
      }
      return rate
    }
    // As many a second as tell something in ten seconds.
    let usual = max(20, (Double(objective.samplesNeeded) / 10).rounded(.up))
    let (lowest, highest) = (try rate("--from", usual), try rate("--to", 100_000))
    guard lowest <= highest else {
      throw UsageError(description: "--from \(lowest) is above --to \(highest)")
    }
    command = .capacity(objective, lowest...highest)
  }

  private mutating func readCompare(_ rest: inout ArraySlice<String>) throws(UsageError) {
    let given = try readFlags(&rest, of: "compare", allowing: ["--json"])
    if given.contains("--help") {
      command = .help(Usage.compare)
      return
    }
    for (flag, variable) in [
      ("--base", "LOADTEST_BASE_SERVER"), ("--head", "LOADTEST_HEAD_SERVER"),
      ("--scenario", "LOADTEST_SCENARIO"),
    ] {
      guard let value = values[flag]?.last else { continue }
      environment[variable] = value
      names[variable] = flag
    }
    command = .compare
    guard !rest.isEmpty else { return }
    guard rest.count == 2, let base = rest.first, let head = rest.last, values.isEmpty else {
      throw UsageError(
        description:
          "compare takes --base COMMAND and --head COMMAND, or the directories of two runs"
      )
    }
    command = .compareRecordings(base: base, head: head)
  }

  private mutating func readRun(
    _ rest: inout ArraySlice<String>,
    isBare: Bool
  ) throws(UsageError) {
    let given = try readFlags(
      &rest,
      of: "run",
      allowing: ["--quick", "--full", "--list-scenarios", "--ask-password"]
    )
    if given.contains("--help") {
      command = .help(isBare ? Usage.overview : Usage.run)
      return
    }
    if given.contains("--list-scenarios") {
      command = .list
      return
    }
    asksPassword = given.contains("--ask-password")
    let wanted = Array(rest) + (values["--scenario"] ?? [])
    var scenarios = try Self.scenarios(wanted)
    if given.contains("--quick") { environment["LOADTEST_PROFILE"] = "quick" }
    if given.contains("--full") { environment["LOADTEST_PROFILE"] = "standard" }
    if given.contains("--full"), scenarios.isEmpty { scenarios = ScenarioName.allCases }
    if given.contains("--quick"), scenarios.isEmpty { scenarios = [.commandThroughput] }
    guard !scenarios.isEmpty else {
      throw UsageError(
        description: "run which scenario? Name one or more of "
          + ScenarioName.allCases.map(\.rawValue).joined(separator: ", ") + ", or all"
      )
    }
    command = .run(scenarios)
  }

  /// The scenarios by their names; `all` among them gives all.
  static func scenarios(_ names: [String]) throws(UsageError) -> [ScenarioName] {
    var scenarios: [ScenarioName] = []
    for name in names where name != "all" {
      guard let scenario = ScenarioName(rawValue: name) else {
        let known = ScenarioName.allCases.map(\.rawValue) + ["all"]
        throw UsageError(
          description: "there is no scenario \"\(name)\"" + suggestion(name, among: known)
            + "; valid are \(known.joined(separator: ", "))"
        )
      }
      scenarios.append(scenario)
    }
    return names.contains("all") ? ScenarioName.allCases : scenarios
  }

  /// The flags with a value that only some commands have.
  private static let valueFlags: [String: [String]] = [
    "run": ["--scenario"], "capacity": ["--slo", "--from", "--to"],
    "compare": ["--base", "--head", "--scenario"], "gate": GateCommand.flags,
    "baseline": BaselineCommand.flags,
  ]

  /// What those were given, in the order of the command line.
  private(set) var values: [String: [String]] = [:]

  /// Takes the flags out of the words; gives the switches that were among them.
  @discardableResult
  mutating func readFlags(
    _ rest: inout ArraySlice<String>,
    of command: String,
    allowing switches: Set<String>
  ) throws(UsageError) -> Set<String> {
    let options = RunOption.all.filter(\.hasFlag)
    let own = Self.valueFlags[command] ?? []
    var given: Set<String> = []
    var words: [String] = []
    while let word = rest.popFirst() {
      guard word.hasBytePrefix("-"), word != "-" else {
        words.append(word)
        continue
      }
      let parts = word.split(at: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let flag = String(parts[0])
      var value = parts.count > 1 ? String(parts[1]) : nil
      func takeValue() throws(UsageError) -> String {
        if let value { return value }
        guard let next = rest.popFirst() else {
          throw UsageError(description: "\(flag) needs a value")
        }
        return next
      }
      if flag == "--help" || flag == "-h" {
        given.insert("--help")
      } else if flag == "--json", switches.contains(flag) {
        isJSON = true
      } else if switches.contains(flag) {
        guard value == nil else { throw UsageError(description: "\(flag) takes no value") }
        given.insert(flag)
      } else if own.contains(flag) {
        values[flag, default: []].append(try takeValue())
      } else if flag == "--password" {
        throw UsageError(
          description: "--password does not exist, for anyone on this machine can read arguments: "
            + "set LOADTEST_PASSWORD, or use --password-file FILE or --ask-password"
        )
      } else if let option = options.first(where: { $0.flag == flag }) {
        if option.placeholder == nil { value = value ?? "1" }
        environment[option.variable] = try takeValue()
        names[option.variable] = flag
      } else {
        let known = options.map(\.flag) + switches.sorted() + own + ["--help"]
        throw UsageError(
          description: "\(command) has no flag \(flag)" + Self.suggestion(flag, among: known)
            + "; `loadtest \(command) --help` lists them"
        )
      }
    }
    rest = words[...]
    return given
  }

  private static func only(
    _ rest: inout ArraySlice<String>,
    _ command: String,
    _ what: String
  ) throws(UsageError) -> String {
    guard let word = rest.popFirst(), rest.isEmpty else {
      throw UsageError(
        description: "\(command) takes exactly one argument: \(what), such as results/loadtest_…"
      )
    }
    return word
  }

  static func none(_ rest: ArraySlice<String>, _ command: String) throws(UsageError) {
    guard rest.isEmpty else {
      throw UsageError(
        description: "\(command) takes no argument, but got \"\(rest.joined(separator: " "))\""
      )
    }
  }

  /// The known word that is nearest to a misspelt one, if any is near.
  static func suggestion(_ word: String, among known: [String]) -> String {
    let nearest = known.map { ($0, distance(word, $0)) }.min { $0.1 < $1.1 }
    guard let nearest, nearest.1 <= 2 else { return "" }
    return "; did you mean \(nearest.0)?"
  }

  /// How many letters must be changed, left out or put in (Levenshtein).
  private static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (index, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in second.indices {
        let changed = diagonal + (letter == second[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
      }
    }
    return row[second.count]
  }
}
