import EventIO

/// Makes the configuration of flags and environment; flags win.
enum CommandLineReader {
  /// What the command line asks for.
  enum Request: Sendable {
    /// To serve.
    case serve(ServerConfiguration)

    /// To say how.
    case help(String)
  }

  /// Reads the arguments behind the program's name.
  static func read(
    _ arguments: [String],
    environment: [String: String]
  ) throws(ConfigurationError) -> Request {
    var flags: [(option: ServerOption, value: String)] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" { return .help(help) }
      let parts = argument.split(
        at: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      guard let option = ServerOption.all.first(where: { $0.flag.hasSameBytes(as: parts[0]) })
      else {
        let flags = ServerOption.all.map(\.flag).joined(separator: " ")
        throw ConfigurationError(description: "unknown flag \(argument); valid: \(flags) --help")
      }
      var value = parts.count == 2 ? String(parts[1]) : nil
      if value == nil { value = option.placeholder == nil ? "true" : rest.popFirst() }
      guard let value else {
        throw ConfigurationError(description: "\(option.flag) needs a value: \(option.help)")
      }
      flags.append((option, value))
    }
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
    return .serve(configuration)
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
      Each flag can be set by the variable below it; a flag wins. Defaults are in parentheses.


      """
    for option in ServerOption.all {
      let flag = option.placeholder.map { "\(option.flag) \($0)" } ?? option.flag
      text += "  \(flag)\n      \(option.help)\n      \(option.variable)\n"
    }
    return text
  }
}
