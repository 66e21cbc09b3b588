import EventIO
import LoadSupport

/// What a command line asks for.
enum Request {
  /// To print this and end.
  case print(String)

  /// To perform a command; the remark is what its user must know before.
  case perform(any Command, RunSetup, remark: String?)

  /// The commands in the order of the overview.
  static let commands: [any Command.Type] = [
    RunCommand.self, CapacityCommand.self, CompareCommand.self, GateCommand.self,
    BaselineCommand.self, CheckCommand.self, WorkloadCommand.self, ListCommand.self,
    ReportCommand.self, TrendCommand.self, ShowCommand.self, MergeCommand.self,
    MetricsCommand.self, InspectCommand.self, NetworkCommand.self, CompletionsCommand.self,
  ]

  /// Reads the words behind the program's name.
  ///
  /// Throws `UsageError` or `SettingError`.
  init(_ words: [String], environment: [String: String], programs: String) throws {
    // `help run` is `run --help`.
    let words = words.first == "help" && words.count > 1 ? [words[1], "--help"] : words
    guard let name = words.first, name != "help" else {
      self = .print(Self.overview)
      return
    }
    // A command line of flags alone is one of the ways to run scenarios.
    let isBare = name.hasBytePrefix("-")
    if isBare, ["--help", "-h"].contains(name) {
      self = .print(Self.overview)
      return
    }
    let commands = Self.commands
    guard let command = isBare ? RunCommand.self : commands.first(where: { $0.name == name }) else {
      let names = commands.map { $0.name }
      if ScenarioName(rawValue: name) != nil {
        throw UsageError(
          description: "\(name) is a scenario and no command: `loadtest run \(name)` runs it"
        )
      }
      throw UsageError(
        description: "unknown command \"\(name)\"\(names.suggestion(for: name)); valid are "
          + names.joined(separator: ", ")
      )
    }
    let arguments = Array(words.dropFirst(isBare ? 0 : 1))
    self = try Self.read(command, arguments, environment: environment, programs: programs)
  }

  private static func read<C: Command>(
    _: C.Type,
    _ arguments: [String],
    environment: [String: String],
    programs: String
  ) throws -> Request {
    let line = try words(of: C.self, arguments)
    switch line.ending {
    case "--version": return .print("loadtest \(PackageVersion.number)\n")
    case "--help-all": return .print(C.wholeHelp)
    case .some: return .print(C.help)
    case nil: break
    }
    var command = C()
    try command.take(C.options, flags: line.flags)
    try command.take(line.words)
    var settings = RunSettings()
    if !C.groups.isEmpty {
      settings = try RunSettings(environment: environment, flags: line.flags)
    }
    command.adjust(&settings)
    try command.check(settings)
    let unused = command.uselessFlags(settings)
    for flag in line.flags {
      guard let purpose = unused[flag.name] else { continue }
      throw UsageError(description: "\(flag.name) has no meaning here: it is for \(purpose)")
    }
    let scenarios = command.scenarios(settings)
    if C.self == RunCommand.self { try settings.takePart(in: scenarios, environment) }
    let files = scenarios.compactMap(\.own)
    let overrides = files.isEmpty ? .none : try Judge.readOverrides(settings.thresholdsFile)
    var faults: [String] = []
    for file in files {
      do {
        _ = try file.checked(settings, overrides)
      } catch let error as WorkloadFileError {
        faults.append(error.description)
      }
    }
    guard faults.isEmpty else { throw UsageError(description: faults.joined(separator: "\n")) }
    for group in C.groups {
      guard let purpose = group.purpose(unusedBy: scenarios, settings) else { continue }
      let flag = group.options.lazy.compactMap { $0.source(line.flags, [:]) }.first
      if let flag { throw useless(flag, scenarios, purpose) }
    }
    if command.asksPassword, let purpose = OptionGroup.target.purpose(unusedBy: scenarios, settings)
    {
      throw useless("--ask-password", scenarios, purpose)
    }
    if command.asksPassword, settings.target.name != nil {
      throw useless(
        "--ask-password",
        scenarios,
        "a server that is told who logs in (without --target-name)"
      )
    }
    let setup = RunSetup(settings: settings, environment: environment, programs: programs)
    let remark = scenarios.isEmpty ? nil : remark(C.self, scenarios, settings, environment)
    return .perform(command, setup, remark: remark)
  }

  /// Takes a command line apart, or says which flag cannot be used.
  private static func words<C: Command>(
    of _: C.Type,
    _ arguments: [String]
  ) throws(UsageError) -> CommandLineWords {
    let flags = C.options.flatMap(\.flags) + C.groups.flatMap(\.options).flatMap(\.flags)
    let endings = ["--help", "-h", "--help-all", "--version"]
    do throws(CommandLineWords.Failure) {
      return try CommandLineWords(arguments, flags: flags, endings: endings)
    } catch {
      switch error {
      case .unknown("--password"):
        throw UsageError(
          description: "--password does not exist, for anyone on this machine can read arguments: "
            + "set LOADTEST_PASSWORD, or use --password-file FILE or --ask-password"
        )
      case .unknown(let flag):
        throw UsageError(
          description: "\(C.name) has no flag \(flag)"
            + (flags.map(\.name) + endings).suggestion(for: flag)
            + "; `loadtest \(C.name) --help` lists them"
        )
      case .incomplete(let flag): throw UsageError(description: "\(flag) needs a value")
      case .superfluous(let flag): throw UsageError(description: "\(flag) takes no value")
      }
    }
  }

  private static func useless(
    _ flag: String,
    _ scenarios: [ScenarioName],
    _ purpose: String
  ) -> UsageError {
    let load = scenarios.isEmpty ? "without a load" : "in this load"
    return UsageError(description: "\(flag) has no meaning \(load): it is for \(purpose)")
  }

  /// The variables that nothing uses, in a line; nil where there are none.
  private static func remark<C: Command>(
    _: C.Type,
    _ scenarios: [ScenarioName],
    _ settings: RunSettings,
    _ environment: [String: String]
  ) -> String? {
    func variables(_ options: [RunOption]) -> [String] {
      options.compactMap(\.variable).filter { environment[$0] != nil }
    }
    let useless = C.groups.flatMap { group -> [String] in
      guard let purpose = group.purpose(unusedBy: scenarios, settings) else { return [] }
      // What a flag sets as well would have been refused.
      return variables(group.options).map { "\($0) (for \(purpose))" }
    }
    let taken = variables(C.groups.flatMap(\.options))
    let others = variables(RunSettings.options).filter { !taken.contains($0) }
    let parts = useless + others.map { "\($0) (not for \(C.name))" }
    return parts.isEmpty ? nil : "set, but not used by this load: " + parts.joined(separator: ", ")
  }

  // MARK: Overview

  /// What `loadtest --help` says.
  static var overview: String {
    let calls = commands.flatMap { $0.calls }.enumerated().map { index, call in
      let line = (index == 0 ? "usage: " : "       ") + "loadtest " + call.line
      let isShort = line.utf8.count < 40
      return isShort
        ? line.padded(40) + call.purpose
        : "\(line)\n\(String(repeating: " ", count: 40))\(call.purpose)"
    }
    return """
      Load tests of MCP SSH servers.

      \(calls.joined(separator: "\n"))

      shorter: loadtest --quick               30 s of command_throughput
               loadtest --full                all scenarios at full length, some 19 minutes
               loadtest --scenario command_throughput --duration 60 --workers 5
               loadtest --list-scenarios

      Without --mcp-url or --mcp-host a server and an sshd of its own are started on
      loopback. `loadtest COMMAND --help` lists a command's flags; --version works with each.

      exit status: \(RunCommand.exitStatus);
                   4 an improvement (compare, gate)

      """
  }
}
