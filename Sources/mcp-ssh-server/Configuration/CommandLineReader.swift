import EventIO

/// Makes the configuration of flags and environment; flags win.
enum CommandLineReader {
  /// What the command line asks for.
  enum Request: Sendable {
    /// To serve.
    case serve(ServerConfiguration)

    /// To print this and end.
    case print(String)
  }

  /// Reads the arguments behind the program's name.
  static func read(
    _ arguments: [String],
    environment: [String: String]
  ) throws(ConfigurationError) -> Request {
    var flags: [(option: ServerOption, value: String)] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" { return .print(help) }
      if argument == "--version" {
        return .print("\(ProgramVersion.name) \(ProgramVersion.number)\n")
      }
      if argument == "--print-rules" {
        return .print(CommandPolicy.standardRules.map { $0 + "\n" }.joined())
      }
      let parts = argument.split(
        at: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      guard let option = ServerOption.all.first(where: { $0.flag.hasSameBytes(as: parts[0]) })
      else {
        let flags = ServerOption.all.map(\.flag).joined(separator: " ")
        throw ConfigurationError(
          description: "unknown flag \(argument); valid: \(flags) --print-rules --version --help"
        )
      }
      var value = parts.count == 2 ? String(parts[1]) : nil
      if value == nil { value = option.placeholder == nil ? "true" : rest.popFirst() }
      guard let value else {
        throw ConfigurationError(description: "\(option.flag) needs a value: \(option.help)")
      }
      flags.append((option, value))
    }
    try checkNames(of: environment)
    var configuration = ServerConfiguration()
    let flagged = Set(flags.map(\.option.flag))
    // Values of a repeatable option add up, so that a variable must not add to flags either.
    for option in ServerOption.all where !flagged.contains(option.flag) {
      guard let value = environment[option.variable], !value.isEmpty else { continue }
      try apply(option, value, named: option.variable, to: &configuration)
    }
    for (option, value) in flags {
      try apply(option, value, named: option.flag, to: &configuration)
    }
    if configuration.allowsAnyCommand, configuration.hasCommandRules {
      throw ConfigurationError(
        description:
          "--allow-any-command does without the rules of --command-rules: leave one of them out"
      )
    }
    return .serve(configuration)
  }

  /// A misspelt variable would leave a limit out without a word.
  private static func checkNames(
    of environment: [String: String]
  ) throws(ConfigurationError) {
    let known = Set(ServerOption.all.map(\.variable))
    let unknown = environment.keys.filter { $0.hasBytePrefix("MCP_SSH_") && !known.contains($0) }
    guard let name = unknown.min() else { return }
    throw ConfigurationError(
      description: "unknown variable \(name); valid: \(known.sorted().joined(separator: " "))"
    )
  }

  private static func apply(
    _ option: ServerOption,
    _ value: String,
    named name: String,
    to configuration: inout ServerConfiguration
  ) throws(ConfigurationError) {
    do throws(ConfigurationError) {
      try option.apply(&configuration, value)
    } catch {
      throw ConfigurationError(description: "\(name) \(value): \(error)")
    }
  }

  private static var help: String {
    var text = """
      usage: mcp-ssh-server [FLAG]…

      Serves the Model Context Protocol over HTTP and runs commands on other machines over SSH.
      Each flag can be set by the variable below it; flags override variables. Defaults are in parentheses.

        --print-rules
            print the standard rules for commands, to start your own from
        --version, --help
            print the version, this text


      """
    for option in ServerOption.all {
      let flag = option.placeholder.map { "\(option.flag) \($0)" } ?? option.flag
      text += "  \(flag)\n      \(option.help)\n      \(option.variable)\n"
    }
    return text
  }
}
