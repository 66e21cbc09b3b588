import EventIO
import Foundation

/// How long and thorough a run is.
package enum RunProfile: String, Sendable, CaseIterable, Codable {
  /// Seconds: does everything work at all?
  case smoke

  /// Half a minute a scenario: for a pull request.
  case quick

  /// The full durations: for a verdict.
  case standard
}

/// A setting that cannot be used: which one, what it was, and what would be valid.
package struct SettingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The variable's or flag's name.
  package let name: String

  /// What it was set to.
  package let value: String

  /// What it may be.
  package let valid: String

  package var description: String { "\(name)=\"\(value)\" is not valid: it must be \(valid)" }
}

/// What a user can set for a run; each has a `LOADTEST_…` variable.
package struct RunSettings: Sendable, Equatable {
  /// LOADTEST_PROFILE.
  package var profile = RunProfile.smoke

  /// LOADTEST_DURATION: length of the measured window; nil leaves it to the scenario.
  package var duration: Duration?

  /// LOADTEST_WORKERS: concurrent workers; nil leaves it to the scenario.
  package var workers: Int?

  /// LOADTEST_RATE and LOADTEST_ARRIVALS: requests a second in open loop; nil for a closed loop.
  package var arrivals: ArrivalProcess?

  /// LOADTEST_TIMEOUT: the longest that a request may take.
  package var timeout: Duration = .seconds(30)

  /// LOADTEST_LOOPS: event loop threads.
  package var loops = 1

  /// LOADTEST_SEED: the seed of everything random.
  package var seed: UInt64 = 20_260_212

  /// LOADTEST_RESULTS_DIR: where recordings go.
  package var resultsDirectory = "results"

  /// LOADTEST_THRESHOLDS: a JSON file of limits that replace the scenario's own.
  package var thresholdsFile: String?

  /// LOADTEST_MCP_URL: a server to test instead of the embedded one.
  package var serverURL: HTTPURL?

  /// LOADTEST_TOOL_PROFILE: a JSON file that describes the server's tools.
  package var toolProfileFile: String?

  /// LOADTEST_TARGET_HOST, _PORT, _USER and LOADTEST_PASSWORD: where commands run.
  package var target = SSHTarget(host: "127.0.0.1", port: 22)

  /// LOADTEST_SERVER_ARGUMENTS: more arguments for the embedded server, such as `--inject-leak 64`.
  package var serverArguments: [String] = []

  /// LOADTEST_STRICT: whether an inconclusive verdict fails.
  package var isStrict = false

  /// The timeouts of requests.
  package var timeouts: HTTPTimeouts {
    var timeouts = HTTPTimeouts()
    timeouts.connect = min(timeouts.connect, timeout)
    timeouts.firstByte = timeout
    timeouts.wholeRequest = timeout
    return timeouts
  }

  /// How the server names its tools: the file's description, or the standard one.
  package func toolProfile() throws -> ToolProfile {
    guard let path = toolProfileFile else { return .standard }
    do {
      return try RecordingJSON.decodeFile(ToolProfile.self, at: path)
    } catch {
      throw SettingError(
        name: "LOADTEST_TOOL_PROFILE",
        value: path,
        valid: "a JSON file with the keys of docs/settings.md, section \"Tool profiles\": \(error)"
      )
    }
  }

  /// The settings without any variable.
  package init() {}

  /// Reads the variables; those that are missing or empty keep the defaults.
  package init(environment: [String: String]) throws(SettingError) {
    let reader = Reader(environment: environment)
    if let name = reader.text("LOADTEST_PROFILE") {
      guard let known = RunProfile(rawValue: name) else {
        throw SettingError(
          name: "LOADTEST_PROFILE",
          value: name,
          valid: "smoke, quick or standard"
        )
      }
      profile = known
    }
    duration = try reader.seconds("LOADTEST_DURATION", in: 0.1...86_400)
    workers = try reader.integer("LOADTEST_WORKERS", in: 1...100_000)
    timeout = try reader.seconds("LOADTEST_TIMEOUT", in: 0.001...3_600) ?? timeout
    loops = try reader.integer("LOADTEST_LOOPS", in: 1...256) ?? loops
    seed = UInt64(try reader.integer("LOADTEST_SEED", in: 0...Int.max) ?? Int(seed))
    arrivals = try Self.readArrivals(reader)
    resultsDirectory = reader.text("LOADTEST_RESULTS_DIR") ?? resultsDirectory
    thresholdsFile = reader.text("LOADTEST_THRESHOLDS")
    toolProfileFile = reader.text("LOADTEST_TOOL_PROFILE")
    isStrict = try reader.flag("LOADTEST_STRICT")
    serverArguments =
      reader.text("LOADTEST_SERVER_ARGUMENTS")?.split(separator: " ").map(String.init) ?? []
    if let url = reader.text("LOADTEST_MCP_URL") {
      do throws(HTTPURLError) {
        serverURL = try HTTPURL(parsing: url)
      } catch {
        throw SettingError(name: "LOADTEST_MCP_URL", value: error.text, valid: error.hint)
      }
    }
    target.host = reader.text("LOADTEST_TARGET_HOST") ?? target.host
    if let port = try reader.integer("LOADTEST_TARGET_PORT", in: 1...65_535) {
      target.port = UInt16(port)
    }
    target.user = reader.text("LOADTEST_TARGET_USER")
    target.password = reader.text("LOADTEST_PASSWORD").map(Secret.init)
    target.skipsHostKeyCheck = try reader.flag("LOADTEST_INSECURE")
    try reader.rejectUnknown()
  }

  private static func readArrivals(_ reader: Reader) throws(SettingError) -> ArrivalProcess? {
    let kind = reader.text("LOADTEST_ARRIVALS") ?? "constant"
    guard ["constant", "poisson"].contains(kind) else {
      throw SettingError(name: "LOADTEST_ARRIVALS", value: kind, valid: "constant or poisson")
    }
    guard let rate = try reader.number("LOADTEST_RATE", in: 0.001...1_000_000) else { return nil }
    return kind == "poisson" ? .poisson(ratePerSecond: rate) : .constant(ratePerSecond: rate)
  }
}

/// Reads variables and says which value would have been valid.
private struct Reader {
  let environment: [String: String]

  /// Every variable that the suite reads anywhere.
  static let known: Set<String> = [
    "LOADTEST_PROFILE", "LOADTEST_DURATION", "LOADTEST_WORKERS", "LOADTEST_TIMEOUT",
    "LOADTEST_LOOPS", "LOADTEST_SEED", "LOADTEST_RATE", "LOADTEST_ARRIVALS",
    "LOADTEST_RESULTS_DIR", "LOADTEST_THRESHOLDS", "LOADTEST_TOOL_PROFILE", "LOADTEST_STRICT",
    "LOADTEST_MCP_URL", "LOADTEST_TARGET_HOST", "LOADTEST_TARGET_PORT", "LOADTEST_TARGET_USER",
    "LOADTEST_PASSWORD", "LOADTEST_INSECURE", "LOADTEST_CI", "LOADTEST_UNOPTIMISED",
    "LOADTEST_SSHD", "LOADTEST_SERVER_ARGUMENTS",
  ]

  func text(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  func number(_ name: String, in range: ClosedRange<Double>) throws(SettingError) -> Double? {
    guard let text = text(name) else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw SettingError(
        name: name,
        value: text,
        valid: "a number from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))"
      )
    }
    return value
  }

  func seconds(_ name: String, in range: ClosedRange<Double>) throws(SettingError) -> Duration? {
    try number(name, in: range).map { .nanoseconds(Int64($0 * 1e9)) }
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws(SettingError) -> Int? {
    guard let text = text(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw SettingError(
        name: name,
        value: text,
        valid: "a whole number from \(range.lowerBound) to \(range.upperBound)"
      )
    }
    return value
  }

  func flag(_ name: String) throws(SettingError) -> Bool {
    switch text(name) {
    case nil, "0": return false
    case "1": return true
    case let value?: throw SettingError(name: name, value: value, valid: "0 or 1")
    }
  }

  /// A misspelt variable would silently do nothing.
  func rejectUnknown() throws(SettingError) {
    for name in environment.keys.sorted()
    where name.hasPrefix("LOADTEST_") && !Self.known.contains(name) {
      throw SettingError(
        name: name,
        // It may be the password under a misspelt name.
        value: "(not shown)",
        valid: "one of the variables in docs/settings.md; there is none of that name"
      )
    }
  }

  private static func plain(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String(value)
  }
}
