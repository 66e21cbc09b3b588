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

  /// The one of three values that belongs to this profile.
  package func choose<Value>(smoke: Value, quick: Value, standard: Value) -> Value {
    switch self {
    case .smoke: smoke
    case .quick: quick
    case .standard: standard
    }
  }
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

  /// LOADTEST_RATE: requests a second in open loop; nil for a closed loop.
  package var ratePerSecond: Double?

  /// LOADTEST_ARRIVALS: whether those come at random (poisson) or evenly.
  package var arrivesAtRandom = false

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

  /// LOADTEST_MCP_URL, or LOADTEST_MCP_HOST and _PORT: a server to test instead of the embedded one.
  package var serverURL: HTTPURL?

  var serverHost: String?
  var serverPort: UInt16 = 3000

  /// LOADTEST_TOOL_PROFILE: a JSON file that describes the server's tools.
  package var toolProfileFile: String?

  /// LOADTEST_TARGET_HOST, _PORT, _USER and LOADTEST_PASSWORD: where commands run.
  package var target = SSHTarget(host: "127.0.0.1", port: 22)

  /// LOADTEST_SERVER_ARGUMENTS: more arguments for the embedded server, such as `--inject-leak 64`.
  package var serverArguments: [String] = []

  /// LOADTEST_STRICT: whether an inconclusive verdict fails.
  package var isStrict = false

  /// When requests are made, if that was set.
  package var arrivals: ArrivalProcess? {
    guard let rate = ratePerSecond else { return nil }
    return arrivesAtRandom ? .poisson(ratePerSecond: rate) : .constant(ratePerSecond: rate)
  }

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
  ///
  /// `names` has what an error calls a variable that came as a flag. A misspelt variable would
  /// silently do nothing, so that is an error too.
  package init(
    environment: [String: String],
    names: [String: String] = [:]
  ) throws(SettingError) {
    for option in RunOption.all {
      guard let text = environment[option.variable], !text.isEmpty else { continue }
      do throws(RunOption.InvalidValue) {
        try option.apply(&self, text)
      } catch {
        throw SettingError(
          name: names[option.variable] ?? option.variable,
          value: error.shown ?? text,
          valid: error.valid
        )
      }
    }
    if let serverHost, serverURL == nil {
      serverURL = try? HTTPURL(parsing: "http://\(serverHost):\(serverPort)/mcp")
    }
    serverHost = nil
    // What only the build reads.
    let known = Set(RunOption.all.map(\.variable) + ["LOADTEST_CI", "LOADTEST_UNOPTIMISED"])
    for name in environment.keys.sorted() where name.hasPrefix("LOADTEST_") && !known.contains(name)
    {
      throw SettingError(
        name: name,
        // It may be the password under a misspelt name.
        value: "(not shown)",
        valid: "one of the variables in docs/settings.md; there is none of that name"
      )
    }
  }
}
