import Foundation

/// `run.json`: what is true of a whole invocation, written before anything is measured.
package struct RunHeader: Sendable, Equatable, Codable {
  /// The version of the recording format that this code writes and the newest it reads.
  package static let currentFormat = 1

  /// The recording format's version.
  package let format: Int

  /// The id of the invocation.
  package let testID: String

  /// When it began, ISO 8601 in UTC.
  package let started: String

  /// Ties instants to wall time.
  package let clock: ClockOrigin

  /// What generated the load.
  package let machine: Machine

  private enum CodingKeys: String, CodingKey {
    case format
    case testID = "test_id"
    case started
    case clock
    case machine
  }

  /// A header of the present moment and machine.
  package init(testID: String) {
    format = Self.currentFormat
    self.testID = testID
    clock = .now()
    machine = .current()
    started = ISO8601DateFormatter().string(from: Date())
  }
}

/// `scenario.json`: what a scenario was asked to do, without secrets, written before its load.
package struct ScenarioHeader: Sendable, Equatable, Codable {
  /// The scenario's name in files and on the command line.
  package let scenario: String

  /// Its heading in reports.
  package let title: String

  /// `smoke`, `quick` or `standard`.
  package let profile: String

  /// Concurrent workers.
  package let workers: Int

  /// Event loops that carried them.
  package let loops: Int

  /// Seconds of load before the measured window.
  package let warmUpSeconds: Double

  /// Seconds of the measured window.
  package let durationSeconds: Double

  /// Requests a second that were asked for; nil in a closed loop.
  package let arrivalRate: Double?

  /// `closed`, `constant` or `poisson`.
  package let arrivals: String

  /// The seed of everything random.
  package let seed: UInt64

  /// SSH sessions that are to be open all the time; nil where they come and go.
  package let sessions: Int?

  /// The commands of the workload by their name in the recording.
  package let commands: [String: String]

  /// The tool profile's name.
  package let toolProfile: String

  /// The longest that a request may take, in seconds.
  package let timeoutSeconds: Double

  /// What was under test.
  package let network: NetworkDescription

  /// The names of those operations that run a command on the target.
  package var commandNames: Set<String> {
    Set(commands.filter { !OperationSummary.all.contains($0.value) }.keys)
  }

  private enum CodingKeys: String, CodingKey {
    case scenario
    case title
    case profile
    case workers
    case loops
    case warmUpSeconds = "warm_up_s"
    case durationSeconds = "duration_s"
    case arrivalRate = "arrival_rate"
    case arrivals
    case seed
    case sessions
    case commands
    case toolProfile = "tool_profile"
    case timeoutSeconds = "timeout_s"
    case network
  }
}

/// What a scenario's header says of operations that run no command.
package enum OperationSummary {
  package static let connect = "ssh_connect"
  package static let freshConnect = "ssh_connect with a fresh login"
  package static let disconnect = "ssh_disconnect"
  package static let listTools = "tools/list"
  package static let health = "GET /health"

  /// All of them.
  package static let all = [connect, freshConnect, disconnect, listTools, health]
}

/// A line of `events.jsonl`: what the coordinator did, with instants in ns since the origin.
package struct RunEvent: Sendable, Equatable, Codable, RecordedLine {
  /// What happened.
  package enum Kind: String, Sendable, Codable {
    /// Workers begin to connect.
    case setup

    /// Load begins; `until` is the planned start of the measured window.
    case warmup

    /// The measured window begins; `until` is its planned end.
    case measure

    /// All answers of a step are in.
    case stepEnd = "step_end"

    /// The window has ended; what is in flight is waited for and sessions are closed.
    case drain

    /// Somebody asked for an early end.
    case stopped

    /// The run was ended because lines could not be written; `message` says why.
    case failed

    /// Everything that was to be recorded is.
    case end

    /// Something that readers of the figures must know; `message` says what.
    case remark

    /// Something went wrong that makes figures incomplete; `message` says what.
    case problem
  }

  /// What happened.
  package let event: Kind

  /// When, in nanoseconds since the recording's origin.
  package let at: Int64

  /// When what began is planned to end.
  package let until: Int64?

  /// The step of a scenario with several.
  package let step: String?

  /// Workers that are busy all the time of a step, each with one request or its pause: those of a
  /// closed loop that ends with the step; nil for others.
  package let workers: Int?

  /// The pause of each of them before a request, in nanoseconds.
  package let thinkTime: Int64?

  /// A sentence for people.
  package let message: String?

  /// Attempts that the generator counted by itself, at the end.
  package let attempts: Int?

  private enum CodingKeys: String, CodingKey {
    case event
    case at = "at_ns"
    case until = "until_ns"
    case step
    case workers
    case thinkTime = "think_ns"
    case message
    case attempts
  }

  package var isPossible: Bool {
    RecordedInstant.arePossible(at, until, thinkTime) && (thinkTime ?? 0) >= 0
      && RecordedNumber.count.contains(workers ?? 0)
      && RecordedNumber.limit.contains(attempts ?? 0)
  }

  /// Makes an event.
  package init(
    _ event: Kind,
    at: Int64,
    until: Int64? = nil,
    step: String? = nil,
    workers: Int? = nil,
    thinkTime: Int64? = nil,
    message: String? = nil,
    attempts: Int? = nil
  ) {
    self.workers = workers
    self.thinkTime = thinkTime
    self.event = event
    self.at = at
    self.until = until
    self.step = step
    self.message = message
    self.attempts = attempts
  }
}

/// The coders of every file that is not written once a request.
package enum RecordingJSON {
  /// Encodes a file for people and machines: sorted keys, indented, with a final newline.
  package static func encodeFile(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data([0x0A])
  }

  /// Encodes one line, with its newline.
  package static func encodeLine(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [0x0A]
  }

  /// Reads a file.
  package static func decodeFile<Value: Decodable>(
    _ type: Value.Type,
    at path: String
  ) throws -> Value {
    try JSONDecoder().decode(type, from: try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Reads the lines of a file that can be read; the last one of a killed run may be cut.
  package static func decodeLines<Line: RecordedLine>(_ type: Line.Type, at path: String) -> [Line]
  {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let decoder = JSONDecoder()
    return data.split(separator: 0x0A).compactMap { try? decoder.decode(type, from: $0) }
      .filter(\.isPossible)
  }
}
