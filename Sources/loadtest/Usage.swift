import LoadSupport

/// The help texts.
enum Usage {
  /// The commands that users call.
  static let commands = [
    "run", "capacity", "compare", "gate", "baseline", "list", "report", "show", "metrics",
    "network",
  ]

  /// What `loadtest --help` says.
  static let overview = """
    Load tests of MCP SSH servers.

    usage: loadtest run SCENARIO… | all     load a server, judge it, print the report
           loadtest capacity --slo 'p99<100ms,success>0.999'
                                            the highest rate that holds an objective
           loadtest compare --base COMMAND --head COMMAND
                                            two servers by turns: is one slower?
           loadtest compare RUN RUN         two recordings side by side, without a verdict
           loadtest gate [RUN…]             add a night to the history and judge it by it
           loadtest baseline anchor | accept | show
                                            the levels that nights are compared with
           loadtest list [--json]           the scenarios; with --tool-profiles the shapes
                                            of servers that are known
           loadtest report RUN              judge a recording, a comparison or a search for
                                            the capacity again, without load
           loadtest show RUN                print the reports of a run: its directory or id
           loadtest metrics [--watch] [--json]
                                            the metrics of a server (--mcp-url)
           loadtest network                 start the embedded network, until Ctrl-C

    shorter: loadtest --quick               30 s of command_throughput
             loadtest --full                all scenarios at full length, some 18 minutes
             loadtest --scenario command_throughput --duration 60 --workers 5
             loadtest --list-scenarios

    Without --mcp-url or --mcp-host a server and an sshd of its own are started on
    loopback. `loadtest run --help` lists all flags.

    exit status: 0 passed, 1 a threshold failed, 2 bad usage, 3 could not be run or
                 judged, or INVALID, 5 inconclusive with --strict, 130 interrupted

    """

  /// What `loadtest capacity --help` says.
  static let capacity = """
    usage: loadtest capacity --slo OBJECTIVE [--from RATE] [--to RATE] [flags of run]

    Finds the highest rate of arrivals that holds an objective, such as
    'p99<100ms,success>0.999' (p50, p90, p95, p99, p99.9 in ms or s), with commands in open
    loop. Rates double from --from (20 a second, more where the objective takes more
    requests to judge) until one does not hold, then the gap is halved until it is below
    5 %; the answer has held three times. Each trial takes 8 s, or --duration, or as long as
    its rate needs for enough requests; trials that are INVALID are repeated.

    Prints the trials; capacity.json and capacity.html (latency against rate) and every
    trial's recording lie below the results directory.

    exit status: 0 found, 1 not even the lowest rate holds, 3 no answer, 130 interrupted

    """

  /// What `loadtest compare --help` says.
  static let compare = """
    usage: loadtest compare --base COMMAND --head COMMAND [--scenario NAME] [--pairs N]
                            [--tolerance SHARE] [--json] [flags of run]
           loadtest compare RUN RUN [--json]

    Runs two servers by turns on the embedded network, each run with a new server and sshd,
    and compares their rate, p50, p99 and CPU time a request: 8 pairs of runs of 10 s, then
    as many again if those do not tell. Pairs that something else disturbed are replaced, up
    to 24 in all. A command is a shell's command line: a build of mcp-ssh-server as it is, or
    any server that takes its port as {port}, and what else it needs as
    \(ServerCommand.placeholders.dropFirst().map { "{\($0.key)}" }.joined(separator: " ")).

    --base and --head are also LOADTEST_BASE_SERVER and LOADTEST_HEAD_SERVER, with which
    `swift test --filter RegressionGate` does the same. Below the results directory:
    comparison.json, comparison.md (added to $GITHUB_STEP_SUMMARY), each run's recording.

    exit status: 0 no change, 1 head is worse, 2 bad usage, 3 could not be run, or too many
                 runs were INVALID, 4 head is better, 5 inconclusive with --strict,
                 130 interrupted

    """

  /// What `loadtest gate --help` says.
  static let gate = """
    usage: loadtest gate [RUN…] [--history DIR] [flags]

    Adds a night to the history (a line a scenario: the median over RUN…, recordings of
    one load, of which two must be valid), judges it by the 30 nights before the latest
    three and by the anchored baseline, and names the night and the commits of a change.
    Without RUN… the scenarios are run first, with the flags of run; INVALID runs that may
    be valid at another time are repeated, up to N more.

      --history DIR            where the lines are (RESULTS/history)
      --baselines DIR          where the anchored baselines are (baselines, beside them)
      --output DIR             where gate.json, gate.md and gate.html go (RESULTS/gate_NIGHT)
      --only-judge             add nothing; judge the latest night
      --scenario NAME          only this one; may be repeated (all)
      --runs N                 how often the scenarios are run without RUN… (3)
      --night DATE             the night's date in UTC (of the first run); with --only-judge
                               the night that is judged
      --commit SHA             the commit that was tested ($GITHUB_SHA)
      --server-version TEXT    the server's version
      --json                   print gate.json

    exit status: 0 no change, 1 a regression or a night that failed, 2 bad usage, 3 a
                 scenario has too few valid runs or no such night, 4 an improvement,
                 5 inconclusive with --strict, 130 interrupted

    """

  /// What `loadtest baseline --help` says.
  static let baseline = """
    usage: loadtest baseline anchor | accept --reason TEXT | show [flags]

      anchor    freezes the latest 15 to 30 nights that did not fail, for every later night
                to be compared with: a slow creep is seen against these only
      accept    takes the present level as the new one, since the night with which figures
                changed or since --since; what is older counts no more. Earlier anchors
                stay in the file, with the reason
      show      prints them

      --history DIR            where the lines are (RESULTS/history)
      --baselines DIR          where the baselines are (baselines, beside them)
      --scenario NAME          only this one; may be repeated (all of the history)
      --reason TEXT            why a level is meant to stay
      --since DATE             the first night of a level
      --json                   print the baselines

    Hardware and load are those of the history's latest night.

    exit status: 0 done, 2 bad usage, 3 there was nothing to anchor or to accept

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
