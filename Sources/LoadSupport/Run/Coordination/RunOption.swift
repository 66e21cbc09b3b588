import EventIO
import Foundation

/// One setting of a run: a `LOADTEST_…` variable and a flag of the same meaning.
package struct RunOption: Sendable {
  /// Takes a value over, or says what it should have been.
  typealias Apply = @Sendable (inout RunSettings, String) throws(InvalidValue) -> Void

  /// What a value should have been instead.
  struct InvalidValue: Error, Sendable {
    /// What would be valid.
    let valid: String

    /// What is shown in place of the value, which may hold a secret; nil shows the value.
    var shown: String?
  }

  /// The variable.
  package let variable: String

  /// What stands for the value in the help; nil for a switch, whose variable is 0 or 1.
  package let placeholder: String?

  /// What the help says, the default in parentheses.
  package let help: String

  /// Whether it has a flag in every command; what is secret has none, for arguments can be read by
  /// anyone.
  package let hasFlag: Bool

  let apply: Apply

  /// The flag: `--mcp-url` for LOADTEST_MCP_URL.
  package var flag: String {
    "--"
      + variable.dropFirst("LOADTEST_".count).asciiLowercased()
      .replacing(byte: UInt8(ascii: "_"), with: "-")
  }

  private init(
    _ name: String,
    _ placeholder: String?,
    _ help: String,
    hasFlag: Bool = true,
    _ apply: @escaping Apply
  ) {
    variable = "LOADTEST_" + name
    self.placeholder = placeholder
    self.help = help
    self.hasFlag = hasFlag
    self.apply = apply
  }

  /// All settings in the order of the help.
  package static let all = load + network + comparison + results

  private static let load = [
    RunOption("PROFILE", "NAME", "smoke, quick or standard (smoke)") {
      settings,
      text throws(InvalidValue) in
      guard let profile = RunProfile(rawValue: text) else {
        throw InvalidValue(valid: "smoke, quick or standard")
      }
      settings.profile = profile
    },
    number("DURATION", "SECONDS", "length of the measured window (by profile)", 0.1...86_400) {
      $0.duration = .nanoseconds(Int64($1 * 1e9))
    },
    integer("WORKERS", "concurrent workers (by scenario)", 1...100_000) { $0.workers = $1 },
    number("RATE", "N", "requests a second in open loop (closed loop)", 0.001...1_000_000) {
      $0.ratePerSecond = $1
    },
    RunOption("ARRIVALS", "KIND", "with a rate: constant or poisson (constant)") {
      settings,
      text throws(InvalidValue) in
      guard ["constant", "poisson"].contains(text) else {
        throw InvalidValue(valid: "constant or poisson")
      }
      settings.arrivesAtRandom = text == "poisson"
    },
    number("TIMEOUT", "SECONDS", "the longest that a request may take (30)", 0.001...3_600) {
      $0.timeout = .nanoseconds(Int64($1 * 1e9))
    },
    integer("LOOPS", "event loop threads that carry the workers (1)", 1...256) { $0.loops = $1 },
    integer("SEED", "seed of everything random (20260212)", 0...Int.max) { $0.seed = UInt64($1) },
  ]

  private static let network = [
    RunOption("NETWORK", "KIND", "embedded or live (live where a server is named)") {
      settings,
      text throws(InvalidValue) in
      guard let kind = NetworkKind(rawValue: text) else {
        throw InvalidValue(valid: "embedded or live")
      }
      settings.networkKind = kind
    },
    url("MCP_URL", "a server to test instead of the embedded one") { $0.serverURL = $1 },
    RunOption("MCP_HOST", "HOST", "the same by its host alone, with the path /mcp") {
      settings,
      text throws(InvalidValue) in
      guard let url = try? HTTPURL(parsing: "http://\(text):3000/mcp"),
        url == HTTPURL(host: url.host, port: 3000, path: "/mcp")
      else { throw InvalidValue(valid: "a host name or an address, IPv6 in brackets") }
      settings.serverHost = text
    },
    integer("MCP_PORT", "with a host: the server's port (3000)", 1...65_535) {
      $0.serverPort = UInt16($1)
    },
    url("LIMITED_MCP_URL", "one with standard limits, for the exhaustion test (the same)") {
      $0.limitedServerURL = $1
    },
    headers("MCP_HEADERS", "LINES", "more header fields for the server", hasFlag: false) {
      _,
      text in text
    },
    headers("MCP_HEADERS_FILE", "FILE", "the same, a line each, from a file") { name, path in
      text(ofFile: path)
    },
    RunOption("HEALTH_PATH", "PATH", "where the server tells of its health (/health)") {
      settings,
      text throws(InvalidValue) in
      guard text.utf8.first == UInt8(ascii: "/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
      else { throw InvalidValue(valid: "a path such as /api/health, in percent-encoded ASCII") }
      settings.healthPath = text
    },
    integer("POOL_LIMIT", "SSH sessions that the limited server allows, 0: any (10)", 0...100_000) {
      $0.poolLimit = $1
    },
    integer("RATE_LIMIT", "requests a window that it allows, 0: any (100)", 0...1_000_000_000) {
      $0.rateLimit = $1
    },
    number("RATE_WINDOW", "SECONDS", "length of that window (60)", 0.1...86_400) {
      $0.rateWindowSeconds = $1
    },
    text("TARGET_HOST", "HOST", "where commands run, as the server sees it (127.0.0.1)") {
      $0.target.host = $1
    },
    integer("TARGET_PORT", "the port of its sshd (22)", 1...65_535) {
      $0.target.port = UInt16($1)
    },
    text("TARGET_USER", "NAME", "the user to log in as (left to the server)") {
      $0.target.user = $1
    },
    text("PASSWORD", "TEXT", "the password (the server logs in by key)", hasFlag: false) {
      $0.target.password = Secret($1)
    },
    RunOption("PASSWORD_FILE", "FILE", "the same, from the first line of a file") {
      settings,
      path throws(InvalidValue) in
      guard let line = text(ofFile: path)?.lines().first, !line.isEmpty
      else {
        throw InvalidValue(valid: "a readable file of UTF-8 whose first line is the password")
      }
      settings.target.password = Secret(String(line))
    },
    onOff("INSECURE", "tell the server not to check the target's host key") {
      $0.target.skipsHostKeyCheck = $1
    },
    RunOption("LINKS", "LIST", "ports of the target with worse links (those of the test network)") {
      settings,
      text throws(InvalidValue) in
      settings.links = try parseLinks(text)
    },
    text("LINK_EMULATION", "TEXT", "how those links are made, for reports (not told)") {
      $0.linkEmulation = $1
    },
    text("TOOL_PROFILE", "NAME|FILE", "a server with other tools: one that ships, or a JSON file") {
      $0.toolProfileName = $1
    },
    server("SERVER", "a server to run in the place of the embedded one") { $0.server = $1 },
    text("SERVER_ARGUMENTS", "TEXT", "more arguments for the embedded server (none)") {
      $0.serverArguments = $1.words().map(String.init)
    },
    number("SERVER_START", "SECONDS", "the longest until that server listens (15)", 0.1...3_600) {
      $0.serverStart = .nanoseconds(Int64($1 * 1e9))
    },
    // Looked up where OpenSSH is found; here so that it has its flag and its check.
    text("SSHD", "PATH", "the embedded network's sshd (found)") { _, _ in },
  ]

  private static let comparison = [
    server("BASE_SERVER", "to compare: the server as it was") { $0.baseServer = $1 },
    server("HEAD_SERVER", "to compare: the server as it is to be") { $0.headServer = $1 },
    RunOption("SCENARIO", "NAME", "to compare in (command_throughput)", hasFlag: false) {
      settings,
      text throws(InvalidValue) in
      guard let name = ScenarioName(rawValue: text) else {
        let names = ScenarioName.allCases.map(\.rawValue)
        throw InvalidValue(valid: "one of \(names.joined(separator: ", "))")
      }
      settings.scenario = name
    },
    integer("PAIRS", "pairs of runs to compare, and as many again if unclear (8)", 3...1_000) {
      $0.pairs = $1
    },
    number("TOLERANCE", "SHARE", "the change that is none yet (0.05)", 0.001...1) {
      $0.tolerance = $1
    },
  ]

  private static let results = [
    text("RESULTS_DIR", "DIRECTORY", "where recordings go (results)") { $0.resultsDirectory = $1 },
    text("THRESHOLDS", "FILE", "JSON of limits that replace the scenarios' own (none)") {
      $0.thresholdsFile = $1
    },
    onOff("STRICT", "an inconclusive verdict fails") { $0.isStrict = $1 },
  ]

  /// Reads `2322,2325` or `9322:100:10:0,…`: ports of known links, or links in full.
  private static func parseLinks(_ text: String) throws(InvalidValue) -> [LinkCondition] {
    var links: [LinkCondition] = []
    for word in text.split(at: UInt8(ascii: ",")).flatMap({ $0.split(at: 0x20) }) {
      let known = LinkCondition.all.first { word.hasSameBytes(as: String($0.port)) }
      guard let link = known ?? LinkCondition(argument: String(word)), !link.isUndisturbed,
        !links.contains(where: { $0.port == link.port })
      else {
        let ports = LinkCondition.all.filter { !$0.isUndisturbed }.map { String($0.port) }
        throw InvalidValue(
          valid: "a list of different ports out of \(ports.joined(separator: ", ")), or of "
            + "PORT:DELAY_MS:JITTER_MS:LOSS_PERCENT"
        )
      }
      links.append(link)
    }
    return links
  }

  // MARK: Kinds of values

  /// The text of a file in UTF-8, without a byte order mark; nil if it is none or cannot be read.
  private static func text(ofFile path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path),
      let text = String(validating: data, as: UTF8.self)
    else { return nil }
    return text.hasBytePrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
  }

  private static func url(
    _ name: String,
    _ help: String,
    _ take: @escaping @Sendable (inout RunSettings, HTTPURL) -> Void
  ) -> RunOption {
    RunOption(name, "URL", help) { settings, text throws(InvalidValue) in
      do throws(HTTPURLError) {
        take(&settings, try HTTPURL(parsing: text))
      } catch {
        throw InvalidValue(valid: error.hint, shown: error.text)
      }
    }
  }

  /// Header fields in lines `Name: value`; `read` gives the lines, or nil if they cannot be had.
  private static func headers(
    _ name: String,
    _ placeholder: String,
    _ help: String,
    hasFlag: Bool = true,
    _ read: @escaping @Sendable (String, String) -> String?
  ) -> RunOption {
    RunOption(name, placeholder, help, hasFlag: hasFlag) {
      settings,
      text throws(InvalidValue) in
      let shown = hasFlag ? nil : "(not shown)"
      guard let lines = read(name, text) else {
        throw InvalidValue(valid: "a readable file with lines such as \"Authorization: Bearer …\"")
      }
      for line in lines.lines() where !line.isEmpty {
        guard let field = HeaderField(line) else {
          throw InvalidValue(
            valid: "lines such as \"Authorization: Bearer …\", with fields that the suite does not "
              + "send by itself (\(HeaderField.own.sorted().joined(separator: ", ")))",
            shown: shown
          )
        }
        settings.headers[field.name] = field.value
      }
    }
  }

  private static func server(
    _ name: String,
    _ help: String,
    _ take: @escaping @Sendable (inout RunSettings, ServerCommand) -> Void
  ) -> RunOption {
    RunOption(name, "COMMAND", help) { settings, text throws(InvalidValue) in
      guard let command = ServerCommand(text) else {
        let names = ServerCommand.placeholders.map { "{\($0.key)}" }
        throw InvalidValue(
          valid: "a command line, in which braces hold nothing but " + names.joined(separator: ", ")
        )
      }
      take(&settings, command)
    }
  }

  private static func text(
    _ name: String,
    _ placeholder: String,
    _ help: String,
    hasFlag: Bool = true,
    _ take: @escaping @Sendable (inout RunSettings, String) -> Void
  ) -> RunOption {
    RunOption(name, placeholder, help, hasFlag: hasFlag) {
      settings,
      text throws(InvalidValue) in
      take(&settings, text)
    }
  }

  private static func number(
    _ name: String,
    _ placeholder: String,
    _ help: String,
    _ range: ClosedRange<Double>,
    _ take: @escaping @Sendable (inout RunSettings, Double) -> Void
  ) -> RunOption {
    RunOption(name, placeholder, help) { settings, text throws(InvalidValue) in
      guard let value = Double(text), range.contains(value) else {
        let bounds = [range.lowerBound, range.upperBound].map { bound in
          bound == bound.rounded() ? String(Int(bound)) : String(bound)
        }
        throw InvalidValue(valid: "a number from \(bounds[0]) to \(bounds[1])")
      }
      take(&settings, value)
    }
  }

  private static func integer(
    _ name: String,
    _ help: String,
    _ range: ClosedRange<Int>,
    _ take: @escaping @Sendable (inout RunSettings, Int) -> Void
  ) -> RunOption {
    RunOption(name, "N", help) { settings, text throws(InvalidValue) in
      guard let value = Int(text), range.contains(value) else {
        throw InvalidValue(
          valid: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        )
      }
      take(&settings, value)
    }
  }

  private static func onOff(
    _ name: String,
    _ help: String,
    _ take: @escaping @Sendable (inout RunSettings, Bool) -> Void
  ) -> RunOption {
    RunOption(name, nil, help) { settings, text throws(InvalidValue) in
      guard ["0", "1"].contains(text) else { throw InvalidValue(valid: "0 or 1") }
      take(&settings, text == "1")
    }
  }
}
