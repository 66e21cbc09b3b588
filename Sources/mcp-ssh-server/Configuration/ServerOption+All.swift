import EventIO

extension ServerConfiguration {
  /// All options in the order of the help.
  static let options = listening + limits + ssh + pool + commands + operation

  private static let listening = [
    ServerOption(
      "--host",
      .text("ADDRESS"),
      "address to listen on, of a name all it has",
      to: \.host
    ),
    ServerOption("--port", .integer(0...65535), "port to listen on, 0 for a free one", to: \.port),
    ServerOption(
      "--token-file",
      .tokenFile,
      "bearer token that clients must present",
      to: \.token
    ),
    ServerOption(
      "--allow-anyone",
      .toggle,
      "listen beyond loopback without a token",
      to: \.allowsAnyone
    ),
  ]

  private static let limits = [
    ServerOption(
      "--connection-limit",
      .integer(1...100_000),
      "HTTP connections",
      to: \.connectionLimit
    ),
    ServerOption("--session-limit", .integer(1...100_000), "SSH sessions", to: \.sshSessionLimit),
    ServerOption(
      "--mcp-session-limit",
      .integer(1...1_000_000),
      "MCP sessions",
      to: \.mcpSessionLimit
    ),
    ServerOption(
      "--mcp-idle-timeout",
      .seconds(1...604_800),
      "after which a silent MCP session is ended",
      to: \.mcpIdleTimeout
    ),
    ServerOption(
      "--abandon-timeout",
      .seconds(0...604_800),
      "of silence, without a connection, after which others get a client's SSH sessions, 0 for never",
      to: \.abandonTimeout
    ),
    ServerOption(
      "--rate-limit",
      .integer(0...1_000_000_000),
      "requests a window and client, 0 for no limit",
      to: \.rateLimit.requests
    ),
    ServerOption(
      "--rate-window",
      .seconds(1...86_400),
      "length of that window",
      to: \.rateLimit.window
    ),
    ServerOption(
      "--output-limit",
      .integer(1024...67_108_864),
      "bytes that are kept of each output stream",
      to: \.outputLimitBytes
    ),
  ]

  private static let ssh = [
    ServerOption(
      "--identity",
      .fileForSSH,
      "private key for logins (an agent, or ssh's usual files)",
      to: \.identityFile
    ),
    ServerOption(
      "--known-hosts",
      .fileForSSH,
      "host keys to believe (ssh's usual files)",
      to: \.knownHostsFile
    ),
    ServerOption(
      "--allow-insecure",
      .toggle,
      "let callers do without the host key check",
      to: \.allowsInsecure
    ),
    ServerOption(
      "--allow-host",
      .text("[USER@]HOST[:PORT]"),
      "where clients may log in, * for any characters, port 22 without one; repeatable (anywhere)"
    ) { configuration, text throws(InvalidValue) in
      do throws(ConfigurationError) {
        try configuration.allowedHosts.add(text)
      } catch {
        throw .because("\(error)")
      }
    },
    ServerOption("--ssh", .fileForSSH, "OpenSSH's client (from PATH)", to: \.sshExecutable),
    ServerOption("--connect-timeout", .seconds(0.1...3600), "for a login", to: \.connectTimeout),
    ServerOption(
      "--command-timeout",
      .seconds(0.1...86_400),
      "for a command",
      to: \.commandTimeout
    ),
  ]

  private static let pool = [
    ServerOption(
      "--pool-limit",
      .integer(1...10_000),
      "SSH connections, in use and idle",
      to: \.pool.limit
    ),
    ServerOption(
      "--pool-wait",
      .seconds(0...3600),
      "to wait for a connection when all are in use",
      to: \.pool.wait
    ),
    ServerOption(
      "--pool-idle-timeout",
      .seconds(0...604_800),
      "after which an unused connection is closed, 0 for never",
      to: \.pool.idleTimeout
    ),
    ServerOption(
      "--pool-min-idle",
      .integer(0...10_000),
      "unused connections of each login that are kept all the same",
      to: \.pool.minimumIdle
    ),
    ServerOption(
      "--pool-health-interval",
      .seconds(0...86_400),
      "between checks of an unused connection, 0 for none",
      to: \.pool.healthInterval
    ),
  ]

  private static let commands = [
    ServerOption(
      "--command-rules",
      .rulesFile,
      "rules for commands (those that --print-rules shows)"
    ) {
      $0.hasCommandRules = true
      $0.commandPolicy = $1
    },
    ServerOption(
      "--allow-any-command",
      .toggle,
      "do without rules for commands",
      to: \.allowsAnyCommand
    ),
    ServerOption("--file-root", .directories, "where ssh_cat_file may read (/)", to: \.fileRoots),
  ]

  private static let operation = [
    ServerOption(
      "--audit",
      .newFile,
      "trail of what clients do and are refused (none)",
      to: \.auditFile
    ),
    ServerOption(
      "--grace",
      .seconds(0...3600),
      "for answers under way when told to end",
      to: \.gracePeriod
    ),
    ServerOption("--log-level", .level, "least level that is logged", to: \.logLevel),
    ServerOption(
      "--inject-leak",
      .integer(0...67_108_864),
      "test: bytes to leak a POST",
      to: \.faults.leakBytes
    ),
    ServerOption("--inject-delay", .seconds(0...600), "test: delay of a tool (0s)") {
      $0.faults.delayMilliseconds = $1.seconds * 1000
    },
    ServerOption(
      "--inject-errors",
      .share,
      "test: share of tool calls to fail",
      to: \.faults.errorRate
    ),
    ServerOption(
      "--inject-drops",
      .share,
      "test: share of POSTs to hang up on",
      to: \.faults.dropRate
    ),
    ServerOption(
      "--inject-failures",
      .share,
      "test: share of POSTs to answer with 500",
      to: \.faults.failureRate
    ),
    ServerOption(
      "--inject-descriptor-leak",
      .integer(0...1_000_000),
      "test: connects of which one leaks a descriptor",
      to: \.faults.descriptorLeakInterval
    ),
  ]
}
