import EventIO

extension ServerOption {
  /// All options in the order of the help.
  static let all = listening + limits + ssh + pool + commands + operation

  private static let listening = [
    ServerOption("--host", "ADDRESS", "address to listen on, of a name all it has (127.0.0.1)") {
      configuration,
      text throws(ConfigurationError) in
      guard !text.isEmpty else { throw .expected("a host name or an address") }
      configuration.host = text
    },
    number("--port", "port to listen on, 0 for a free one (3000)", 0...65535, \.port),
    ServerOption("--token-file", "FILE", "bearer token that clients must present") {
      configuration,
      path throws(ConfigurationError) in
      guard let text = ReadableFile.contents(path), let token = BearerToken(file: text) else {
        throw .expected("a readable file whose first line has 16 characters or more")
      }
      configuration.token = token
    },
    onOff("--allow-anyone", "listen beyond loopback without a token", \.allowsAnyone),
  ]

  private static let limits = [
    number("--connection-limit", "HTTP connections (1000)", 1...100_000, \.connectionLimit),
    number("--session-limit", "SSH sessions (50)", 1...100_000, \.sshSessionLimit),
    number("--mcp-session-limit", "MCP sessions (1000)", 1...1_000_000, \.mcpSessionLimit),
    seconds(
      "--mcp-idle-timeout",
      "after which a silent MCP session is ended (1800)",
      1...604_800,
      \.mcpIdleTimeout
    ),
    seconds(
      "--abandon-timeout",
      "of silence, without a connection, after which others get a client's SSH sessions, 0 for never (120)",
      0...604_800,
      \.abandonTimeout
    ),
    number(
      "--rate-limit",
      "requests a window and MCP session, 0 for no limit (100)",
      0...1_000_000_000,
      \.rateLimit.requests
    ),
    seconds("--rate-window", "length of that window (60)", 1...86_400, \.rateLimit.window),
    number(
      "--output-limit",
      "bytes that are kept of each output stream (1048576)",
      1024...67_108_864,
      \.outputLimitBytes
    ),
  ]

  private static let ssh = [
    file("--identity", "private key for logins (an agent, or ssh's usual files)", \.identityFile),
    file("--known-hosts", "host keys to believe (ssh's usual files)", \.knownHostsFile),
    onOff("--allow-insecure", "let callers do without the host key check", \.allowsInsecure),
    ServerOption(
      "--allow-host",
      "[USER@]HOST[:PORT]",
      "where clients may log in, * for any characters, port 22 without one; repeatable (anywhere)"
    ) { configuration, text throws(ConfigurationError) in
      try configuration.allowedHosts.add(text)
    },
    file("--ssh", "OpenSSH's client (from PATH)", \.sshExecutable),
    seconds("--connect-timeout", "for a login (10)", 0.1...3600, \.connectTimeout),
    seconds("--command-timeout", "for a command (60)", 0.1...86_400, \.commandTimeout),
  ]

  private static let pool = [
    number("--pool-limit", "SSH connections, in use and idle (10)", 1...10_000, \.pool.limit),
    seconds(
      "--pool-wait",
      "to wait for a connection when all are in use (0)",
      0...3600,
      \.pool.wait
    ),
    seconds(
      "--pool-idle-timeout",
      "after which an unused connection is closed, 0 for never (300)",
      0...604_800,
      \.pool.idleTimeout
    ),
    number(
      "--pool-min-idle",
      "unused connections of each login that are kept all the same (0)",
      0...10_000,
      \.pool.minimumIdle
    ),
    seconds(
      "--pool-health-interval",
      "between checks of an unused connection, 0 for none (30)",
      0...86_400,
      \.pool.healthInterval
    ),
  ]

  private static let commands = [
    ServerOption("--command-rules", "FILE", "rules for commands (those that --print-rules shows)") {
      configuration,
      path throws(ConfigurationError) in
      guard let text = ReadableFile.contents(path) else {
        throw .expected("a readable file of UTF-8 text")
      }
      configuration.hasCommandRules = true
      configuration.commandPolicy = try CommandPolicy(file: text)
    },
    onOff("--allow-any-command", "do without rules for commands", \.allowsAnyCommand),
    ServerOption("--file-root", "DIRECTORY[:…]", "where ssh_cat_file may read (/)") {
      configuration,
      text throws(ConfigurationError) in
      let roots = text.split(at: UInt8(ascii: ":")).map(String.init)
      guard !roots.isEmpty, roots.allSatisfy({ $0.hasBytePrefix("/") }) else {
        throw .expected("absolute paths with colons between them")
      }
      configuration.fileRoots = roots
    },
  ]

  private static let operation = [
    ServerOption("--audit", "FILE", "trail of what clients do and are refused (none)") {
      configuration,
      path throws(ConfigurationError) in
      guard !path.isEmpty, !path.utf8.contains(0) else { throw .expected("a file's name") }
      configuration.auditFile = path
    },
    seconds("--grace", "for answers under way when told to end (5)", 0...3600, \.gracePeriod),
    ServerOption("--log-level", "LEVEL", "least level that is logged (info)") {
      configuration,
      name throws(ConfigurationError) in
      guard let level = LogLevel.allCases.first(where: { $0.name == name }) else {
        throw .expected(LogLevel.allCases.map(\.name).joined(separator: ", "))
      }
      configuration.logLevel = level
    },
    number("--inject-leak", "test: bytes to leak a POST", 0...67_108_864, \.faults.leakBytes),
    decimal(
      "--inject-delay",
      "MS",
      "test: ms to delay a tool",
      0...600_000,
      \.faults.delayMilliseconds
    ),
    share("--inject-errors", "test: share of tool calls to fail", \.faults.errorRate),
    share("--inject-drops", "test: share of POSTs to hang up on", \.faults.dropRate),
    share("--inject-failures", "test: share of POSTs to answer with 500", \.faults.failureRate),
    number(
      "--inject-descriptor-leak",
      "test: connects of which one leaks a descriptor",
      0...1_000_000,
      \.faults.descriptorLeakInterval
    ),
  ]
}
