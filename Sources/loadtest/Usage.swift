import LoadSupport

/// The help texts.
enum Usage {
  /// The commands that users call.
  static let commands = ["run", "list", "report", "show", "metrics", "network"]

  /// What `loadtest --help` says.
  static let overview = """
    Load tests of MCP SSH servers.

    usage: loadtest run SCENARIO… | all     load a server, judge it, print the report
           loadtest list [--json]           the scenarios
           loadtest report RUN              judge a recording again, without load
           loadtest show RUN                print the reports of a run: its directory or id
           loadtest metrics [--watch] [--json]
                                            the metrics of a server (--mcp-url)
           loadtest network                 start the embedded network, until Ctrl-C

    shorter: loadtest --quick               30 s of command_throughput
             loadtest --full                all scenarios at full length, some 16 minutes
             loadtest --scenario command_throughput --duration 60 --workers 5
             loadtest --list-scenarios

    Without --mcp-url or --mcp-host a server and an sshd of its own are started on
    loopback. `loadtest run --help` lists all flags.

    exit status: 0 passed, 1 a threshold failed, 2 bad usage, 3 could not be run or
                 judged, 5 inconclusive with --strict, 130 interrupted

    """

  /// What `loadtest run --help` says.
  static let run: String = {
    var lines = [
      "usage: loadtest run SCENARIO… | all [flags]", "",
      "scenarios:",
    ]
    lines += ScenarioName.allCases.map { name in
      "  \(name.rawValue.padded(20))\(name.purpose)"
    }
    lines += ["", "flags, each with the variable that does the same; a flag wins:"]
    for option in RunOption.all {
      let value = option.placeholder.map { " \($0)" } ?? ""
      lines.append("  " + (option.hasFlag ? "\(option.flag)\(value)" : "(only the variable)"))
      lines.append("      \(option.help)  [\(option.variable)]")
    }
    lines += [
      "  --quick", "      the profile quick; without a scenario: command_throughput",
      "  --full", "      the profile standard; without a scenario: all", "  --ask-password",
      "      ask for the password on the terminal", "",
      "Ctrl-C stops gracefully and reports what there is; a second one ends at once.", "",
    ]
    return lines.joined(separator: "\n")
  }()
}

extension String {
  /// The text with spaces behind it up to a width.
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}
