import EventIO

extension OptionGroup {
  /// All groups in the order of the help.
  package static let all = running + [parts, comparison]

  /// Those of commands that run scenarios of the user's choice.
  package static let running = [
    profile, timeout, jitter, loops, workload, length, workers, seed, rate, arrivals, thinkTime,
    warmUp, commands, server, stdio, stdioEnvironment, serverPort, serverProcess, sessionIdle,
    limitedServer, connection, metrics, tls, proxy, headers, trace, era, toolProfile, health,
    limits, target, targetCheck, links, linkEmulation, restart, embeddedServer, embeddedNetwork,
    sshd, progress, results,
    thresholds,
    strictness,
  ]

  // MARK: Load

  package static let profile = OptionGroup(
    "load",
    RunOption("--profile", .name("NAME"), "smoke, quick or standard", to: \.profile)
  )

  package static let timeout = OptionGroup(
    "load",
    RunOption(
      "--timeout",
      .time(.milliseconds(1) ... .seconds(3_600)),
      "the longest that a request may take",
      to: \.timeout
    )
  )

  package static let loops = OptionGroup(
    "load",
    RunOption(
      "--loops",
      .integer(1...256),
      "event loop threads that carry the workers",
      to: \.loops
    )
  )

  package static let seed = OptionGroup(
    "load",
    RunOption("--seed", .integer(0...UInt64(Int.max)), "seed of everything random", to: \.seed)
  )

  package static let workload = OptionGroup(
    "load",
    for: nil,
    RunOption(
      "--workload",
      .workload,
      "a workload of your own to run, where no scenario is named (none)",
      to: \.workload
    )
  )

  package static let length = OptionGroup(
    "load",
    for: .override(.duration),
    RunOption(
      "--duration",
      .time(.milliseconds(100) ... .seconds(86_400)),
      "length of the measured window (by profile)",
      to: \.duration
    )
  )

  package static let workers = OptionGroup(
    "load",
    for: .override(.workers),
    RunOption(
      "--workers",
      .integer(1...100_000),
      "concurrent workers (by scenario)",
      to: \.workers
    )
  )

  package static let rate = OptionGroup(
    "load",
    for: .override(.rate),
    RunOption(
      "--rate",
      .number("N", 0.001...1_000_000),
      "requests per second in open loop (closed loop)",
      to: \.ratePerSecond
    )
  )

  package static let arrivals = OptionGroup(
    "load",
    for: .override(.rate),
    where: .openLoop,
    RunOption("--arrivals", .name("KIND"), "with a rate: constant or poisson", to: \.arrivalKind)
  )

  package static let thinkTime = OptionGroup(
    "load",
    for: .override(.thinkTime),
    where: .closedLoop,
    RunOption(
      "--think-time",
      .time(.zero ... .seconds(86_400)),
      "a worker's pause before each request in closed loop (none)",
      to: \.thinkTime
    )
  )

  package static let warmUp = OptionGroup(
    "load",
    for: .override(.warmUp),
    RunOption(
      "--warm-up",
      .time(.zero ... .seconds(86_400)),
      "load before the measured window (by profile)",
      to: \.warmUp
    )
  )

  package static let commands = OptionGroup(
    "load",
    for: .override(.commands),
    RunOption(
      "--commands",
      .commands,
      "what commands to run, with semicolons between them (hostname; whoami; cat /etc/hostname)",
      to: \.commands
    )
  )

  // MARK: Network

  package static let toolProfile = OptionGroup(
    "network",
    RunOption(
      "--tool-profile",
      .toolProfile,
      "a server with other tools: one that ships, or a JSON file",
      to: \.toolProfile
    )
  )

  package static let health = OptionGroup(
    "network",
    for: .scenarios([.exhaustionTest, .overlappingCalls]),
    RunOption(
      "--health-path",
      OptionValue("PATH", show: \.self) { text throws(InvalidValue) in
        guard text.utf8.first == UInt8(ascii: "/"),
          text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .expected("a path such as /api/health, in percent-encoded ASCII") }
        return text
      },
      "where the server tells of its health",
      to: \.healthPath
    )
  )

  package static let limits = OptionGroup(
    "network",
    for: .scenarios([.exhaustionTest]),
    RunOption(
      "--pool-limit",
      .integer(0...100_000),
      "SSH sessions that the limited server allows, 0: any (10)",
      to: \.poolLimit
    ),
    RunOption(
      "--rate-limit",
      .integer(0...1_000_000_000),
      "requests a window that it allows, 0: any (100)",
      to: \.rateLimit
    ),
    RunOption(
      "--rate-window",
      .time(.milliseconds(100) ... .seconds(86_400)),
      "length of that window (1m)",
      to: \.rateWindow
    )
  )

  package static let target = OptionGroup(
    "network",
    where: .target,
    RunOption(
      "--target-host",
      .text("HOST"),
      "where commands run, as the server sees it",
      to: \.target.host
    ),
    RunOption("--target-port", .integer(1...65_535), "the port of its sshd", to: \.target.port),
    RunOption(
      "--target-name",
      .text("NAME"),
      "in the place of host, port and login: what the server itself calls the target",
      to: \.target.name
    ),
    RunOption(
      "--target-user",
      .text("NAME"),
      "the user to log in as (left to the server)",
      to: \.target.user
    ),
    RunOption(
      "--password",
      .text("TEXT"),
      "the password (the server logs in by key)",
      by: .variable
    ) { $0.target.password = Secret($1) },
    RunOption(
      "--password-file",
      .firstLine("the password"),
      "the same, from the first line of a file",
      to: \.target.password
    ),
    RunOption(
      "--insecure",
      .onOff(),
      "tell the server not to check the target's host key",
      to: \.target.skipsHostKeyCheck
    )
  )

  package static let links = OptionGroup(
    "network",
    for: .scenarios([.latencyTest]),
    RunOption(
      "--links",
      .links,
      "ports of the target with worse links (those of the test network)",
      to: \.links
    )
  )

  static let linkEmulation = OptionGroup(
    "network",
    for: .scenarios([.latencyTest]),
    where: .target,
    RunOption(
      "--link-emulation",
      .text("TEXT"),
      "how those links are made, for reports (not told)",
      to: \.linkEmulation
    )
  )

  package static let embeddedServer = OptionGroup(
    "network",
    where: .embedded,
    RunOption(
      "--server",
      .server,
      "a server to run in the place of the embedded one",
      to: \.server
    )
  )

  package static let embeddedNetwork = OptionGroup(
    "network",
    where: .embedded,
    RunOption("--server-arguments", .text("TEXT"), "more arguments for the embedded server (none)")
    { $0.serverArguments = $1.words().map(String.init) },
    RunOption(
      "--server-start",
      .time(.milliseconds(100) ... .seconds(3_600)),
      "the longest until that server listens",
      to: \.serverStart
    )
  )

  package static let sshd = OptionGroup(
    "network",
    where: .embeddedTarget,
    RunOption("--sshd", .program, "the embedded network's sshd (found)", to: \.sshd)
  )

  // MARK: Comparison and results

  package static let comparison = OptionGroup(
    "comparison",
    RunOption("--base-server", .server, "the server as it was", alias: "--base", to: \.baseServer),
    RunOption(
      "--head-server",
      .server,
      "the server as it is to be",
      alias: "--head",
      to: \.headServer
    ),
    RunOption("--scenario", .scenario, "to compare in", to: \.scenario),
    RunOption(
      "--pairs",
      .integer(3...1_000),
      "pairs of runs to compare, and as many again if unclear",
      to: \.pairs
    ),
    RunOption(
      "--tolerance",
      .number("SHARE", 0.001...1),
      "smallest change that counts, as a share",
      to: \.tolerance
    )
  )

  package static let progress = OptionGroup(
    "results",
    RunOption(
      "--progress",
      .name("auto|json"),
      "how a run is shown: for people, or a line of JSON a second on standard output",
      to: \.progressFormat
    )
  )

  package static let results = OptionGroup(
    "results",
    for: nil,
    RunOption("--results-dir", .text("DIRECTORY"), "where recordings go", to: \.resultsDirectory)
  )

  package static let thresholds = OptionGroup(
    "results",
    for: nil,
    RunOption(
      "--thresholds",
      .file,
      "JSON of limits that replace the scenarios' own (none)",
      to: \.thresholdsFile
    )
  )

  package static let strictness = OptionGroup(
    "results",
    for: nil,
    RunOption("--strict", .onOff(), "an inconclusive verdict fails", to: \.isStrict)
  )
}
