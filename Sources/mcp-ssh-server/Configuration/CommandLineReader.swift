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
    let line = try words(arguments)
    switch line.ending {
    case "--version": return .print("\(ProgramVersion.name) \(ProgramVersion.number)\n")
    case "--print-rules":
      return .print(CommandPolicy.standardRules.map { $0 + "\n" }.joined())
    case .some: return .print(help)
    case nil: break
    }
    let options = ServerConfiguration.options
    // A misspelt variable would leave a limit out without a word.
    if let name = ServerConfiguration.unknownVariable(in: environment, options: options) {
      let known = options.compactMap(\.variable).sorted().joined(separator: " ")
      throw ConfigurationError(description: "unknown variable \(name); valid: \(known)")
    }
    var configuration = ServerConfiguration()
    do throws(SettingError) {
      try configuration.take(options, flags: line.flags, environment: environment)
    } catch {
      throw ConfigurationError(description: "\(error)")
    }
    if configuration.allowsAnyCommand, configuration.hasCommandRules {
      throw ConfigurationError(
        description:
          "--allow-any-command does without the rules of --command-rules: leave one of them out"
      )
    }
    return .serve(configuration)
  }

  private static func words(_ arguments: [String]) throws(ConfigurationError) -> CommandLineWords {
    let flags = ServerConfiguration.options.flatMap(\.flags)
    let endings = ["--print-rules", "--version", "--help", "-h"]
    do throws(CommandLineWords.Failure) {
      let line = try CommandLineWords(arguments, flags: flags, endings: endings)
      guard let word = line.words.first, line.ending == nil else { return line }
      throw .unknown(word)
    } catch {
      switch error {
      case .unknown(let flag):
        let known = flags.map(\.name) + endings
        throw ConfigurationError(
          description: "unknown flag \(flag)\(known.suggestion(for: flag)); valid: "
            + known.joined(separator: " ")
        )
      case .incomplete(let flag): throw ConfigurationError(description: "\(flag) needs a value")
      case .superfluous(let flag): throw ConfigurationError(description: "\(flag) takes no value")
      }
    }
  }

  private static var help: String {
    """
    usage: mcp-ssh-server [FLAG]…

    Serves the Model Context Protocol over HTTP and runs commands on other machines over SSH.
    Each flag can be set by the variable beside it; flags override variables. Defaults are in parentheses;
    a TIME is 10s, 1m30s, 500ms, or a number of seconds.

      --print-rules
          print the standard rules for commands, to start your own from
      --version, --help
          print the version, this text

    \(ServerConfiguration.options.map(\.helpLines).joined())
    """
  }
}
