import EventIO

/// A setting that can be made by a flag or by an environment variable.
struct ServerOption: Sendable {
  /// The flag, with its two hyphens.
  let flag: String

  /// What stands for the value in the help; nil for a switch.
  let placeholder: String?

  /// What the help says.
  let help: String

  /// What a value must be.
  let valid: String

  /// Takes a value over; false when it is not valid.
  let apply: @Sendable (inout ServerConfiguration, String) -> Bool

  /// The variable that does the same.
  var variable: String {
    "MCP_SSH_" + flag.dropFirst(2).uppercased().replacing("-", with: "_")
  }

  private init(
    _ flag: String,
    _ placeholder: String?,
    _ help: String,
    valid: String,
    _ apply: @escaping @Sendable (inout ServerConfiguration, String) -> Bool
  ) {
    self.flag = flag
    self.placeholder = placeholder
    self.help = help
    self.valid = valid
    self.apply = apply
  }

  // MARK: Kinds of values

  private typealias Place<Value> = WritableKeyPath<ServerConfiguration, Value> & Sendable

  private static func number<Value: FixedWidthInteger & Sendable>(
    _ flag: String,
    _ help: String,
    _ range: ClosedRange<Value>,
    _ place: Place<Value>
  ) -> ServerOption {
    let valid = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return ServerOption(flag, "N", help, valid: valid) { configuration, text in
      guard let value = Value(text), range.contains(value) else { return false }
      configuration[keyPath: place] = value
      return true
    }
  }

  private static func seconds(
    _ flag: String,
    _ help: String,
    _ range: ClosedRange<Double>,
    _ place: Place<Duration>
  ) -> ServerOption {
    let bounds = [range.lowerBound, range.upperBound].map { MetricsText.number($0) }
    let valid = "seconds from \(bounds[0]) to \(bounds[1])"
    return ServerOption(flag, "SECONDS", help, valid: valid) { configuration, text in
      guard let value = Double(text), range.contains(value) else { return false }
      configuration[keyPath: place] = .seconds(value)
      return true
    }
  }

  private static func file(
    _ flag: String,
    _ help: String,
    _ place: Place<String?>
  ) -> ServerOption {
    ServerOption(flag, "FILE", help, valid: "a readable file") { configuration, path in
      guard !path.contains("\0"), ReadableFile.exists(path) else { return false }
      configuration[keyPath: place] = path
      return true
    }
  }

  private static func onOff(
    _ flag: String,
    _ help: String,
    _ place: Place<Bool>
  ) -> ServerOption {
    ServerOption(flag, nil, help, valid: "1, true, 0 or false") { configuration, text in
      guard let isOn = ["1": true, "true": true, "0": false, "false": false][text] else {
        return false
      }
      configuration[keyPath: place] = isOn
      return true
    }
  }

  private static func word(
    _ flag: String,
    _ placeholder: String,
    _ help: String,
    valid: String,
    _ apply: @escaping @Sendable (inout ServerConfiguration, String) -> Bool
  ) -> ServerOption {
    ServerOption(flag, placeholder, help, valid: valid, apply)
  }

  // MARK: The options

  /// All options in the order of the help.
  static let all: [ServerOption] = [
    word("--host", "ADDRESS", "address to listen on (127.0.0.1)", valid: "a host or address") {
      $0.host = $1
      return !$1.isEmpty
    },
    number("--port", "port to listen on, 0 for a free one (3000)", 0...65535, \.port),
    number("--pool-limit", "SSH connections, in use and idle (10)", 1...10_000, \.poolLimit),
    number("--session-limit", "SSH sessions (50)", 1...100_000, \.sshSessionLimit),
    number("--mcp-session-limit", "MCP sessions (1000)", 1...1_000_000, \.mcpSessionLimit),
    number(
      "--rate-limit",
      "requests a window and MCP session, 0 for no limit (100)",
      0...1_000_000_000,
      \.rateLimit.requests
    ),
    seconds("--rate-window", "length of that window (60)", 1...86_400, \.rateLimit.window),
    file("--identity", "private key for logins (what ssh finds by itself)", \.identityFile),
    file("--known-hosts", "host keys to believe (what ssh finds by itself)", \.knownHostsFile),
    file("--ssh", "OpenSSH's client (from PATH)", \.sshExecutable),
    seconds("--connect-timeout", "for a login (10)", 0.1...3600, \.connectTimeout),
    seconds("--command-timeout", "for a command (60)", 0.1...86_400, \.commandTimeout),
    onOff("--allow-any-command", "do without the list of allowed commands", \.allowsAnyCommand),
    word(
      "--log-level",
      "LEVEL",
      "least level that is logged (info)",
      valid: LogLevel.allCases.map(\.name).joined(separator: ", ")
    ) { configuration, name in
      guard let level = LogLevel.allCases.first(where: { $0.name == name }) else { return false }
      configuration.logLevel = level
      return true
    },
  ]
}
