import Foundation

/// `run.json`: what is true of a whole invocation, written before anything is measured.
package struct RunHeader: Sendable, Equatable, Codable {
  /// The version of the recording format that this code writes and the newest it reads.
  static let currentFormat = 1

  /// The recording format's version.
  package let format: Int

  /// The id of the invocation.
  package private(set) var testID: String

  /// When it began, ISO 8601 in UTC.
  package let started: String

  /// Ties instants to wall time.
  let clock: ClockOrigin

  /// What generated the load.
  let machine: Machine

  /// Which part of the load it is; nil, for all of it, in recordings made before headers told.
  var part: RecordingPart?

  /// How far its wall time may be off; nil where the kernel does not tell, and in recordings made before headers
  /// told.
  var clockBound: ClockBound?

  /// The parts that lie in it; nil where one generator wrote it.
  var merged: MergedParts?

  private enum CodingKeys: String, CodingKey {
    case format
    case testID = "test_id"
    case started
    case clock
    case machine
    case part
    case clockBound = "clock_bound"
    case merged
  }

  /// Begins the recording of an invocation, or goes on with it: makes its directory and `run.json`, unless
  /// they are there.
  ///
  /// - Throws: a sentence when they cannot be written or read.
  static func begun(
    in recording: RecordingLayout,
    part: RecordingPart? = nil
  ) throws -> RunHeader {
    do {
      try FileManager.default.createDirectory(
        atPath: recording.directory,
        withIntermediateDirectories: true
      )
      if FileManager.default.fileExists(atPath: recording.runHeader) {
        return try RecordingJSON.decodeFile(RunHeader.self, at: recording.runHeader)
      }
      var header = RunHeader(testID: recording.testID)
      header.part = part ?? header.part
      try RecordingJSON.encodeFile(header)
        .write(to: URL(fileURLWithPath: recording.runHeader), options: .atomic)
      return header
    } catch {
      throw RunError.unwritable(recording.directory, Failure.reason(error))
    }
  }

  /// Reads the header of an invocation.
  ///
  /// - Throws: when it is missing, damaged or of a newer format.
  init(of recording: RecordingLayout) throws(RecordingFormatError) {
    self = try RecordingJSON.decodeHeader(RunHeader.self, at: recording.runHeader)
    guard (1...Self.currentFormat).contains(format) else {
      throw RecordingFormatError(
        "\(recording.directory) is a recording of format \(format); this program reads up to "
          + "\(Self.currentFormat): use the newer program that wrote it"
      )
    }
  }

  /// The header of the recording that parts of a load are merged into, of which this is the first's.
  func merged(_ parts: MergedParts, into recording: RecordingLayout) -> RunHeader {
    var header = self
    (header.testID, header.part, header.merged) = (recording.testID, nil, parts)
    return header
  }

  /// A header of the present moment and machine.
  package init(testID: String) {
    format = Self.currentFormat
    self.testID = testID
    clock = .now()
    machine = .current()
    part = RecordingPart(runID: testID, index: 0, of: 1)
    clockBound = .current()
    started = ISO8601DateFormatter().string(from: Date())
  }
}

/// `scenario.json`: what a scenario was asked to do, without secrets, written before its load.
struct ScenarioHeader: Sendable, Equatable, Codable {
  /// The scenario's name in files and on the command line.
  let scenario: String

  /// Its heading in reports.
  let title: String

  /// `smoke`, `quick` or `standard`.
  let profile: String

  /// Concurrent workers.
  let workers: Int

  /// Event loops that carried them.
  let loops: Int

  /// Seconds of load before the measured window.
  let warmUpSeconds: Double

  /// Seconds of the measured window.
  let durationSeconds: Double

  /// Requests a second that were asked for; nil in a closed loop.
  let arrivalRate: Double?

  /// `closed`, `constant` or `poisson`.
  let arrivals: String

  /// The seed of everything random.
  let seed: UInt64

  /// SSH sessions that are to be open all the time; nil where they come and go.
  let sessions: Int?

  /// The commands of the workload by their name in the recording.
  let commands: [String: String]

  /// What those operations do; nil in recordings made before headers told.
  var operations: [String: OperationKind]?

  /// The stages of the load; nil as above.
  var stages: [Stage]?

  /// The limits of a workload that has some of its own; nil where it has none.
  var thresholds: [RecordedLimit]?

  /// Sixteen hexadecimal digits that tell workloads apart by what they do; nil in recordings made before
  /// headers told.
  var workloadDigest: String?

  /// Sixteen hexadecimal digits that parts of one load have in common: the whole of what all of them do; nil where
  /// one generator makes all of it.
  var planDigest: String?

  /// What requests carried so that they are found in the server's log; nil where they carried nothing.
  var trace: TraceContext?

  /// How long connections were kept; nil for a stdio server, and, for as long as they lasted, in recordings made
  /// before headers told.
  var connections: ConnectionUse?

  /// The tool profile's name.
  let toolProfile: String

  /// The longest that a request may take, in seconds.
  let timeoutSeconds: Double

  /// What was under test.
  var network: NetworkDescription

  /// The names of all operations that are load.
  var operationNames: Set<String> { Set(commands.keys) }

  /// The names of those operations that run a command on the target.
  var commandNames: Set<String> {
    guard let operations else {
      let others = OperationKind.allCases.map(\.summary)
      return Set(commands.filter { !others.contains($0.value) }.keys)
    }
    return Set(operations.filter { $0.value == .command }.keys)
  }

  /// The stage of a name that samples carry; nil where the recording does not tell.
  func stage(_ name: String?) -> Stage? {
    stages.map { $0.first { $0.name == name } } ?? name.flatMap(Stage.init(formerName:))
  }

  /// The stage of a load that has but one, which may be of several slices; nil in others.
  var onlyStage: Stage? { stages?.count == 1 ? stages?.first : nil }

  /// Whether it is a workload of a user's own, and none of the suite's scenarios.
  var isOfOwn: Bool { ScenarioName(rawValue: scenario) == nil }

  /// Whether stages tell at which rate they come; those of older recordings do not.
  private var stagesTell: Bool { stages?.contains { $0.rate != nil } ?? false }

  /// Whether all of it arrives at instants of a schedule, whatever the server does.
  var isOpenLoop: Bool {
    stagesTell ? stages?.allSatisfy { $0.rate != nil } ?? false : arrivalRate != nil
  }

  /// Iterations a second that a stage is to begin; nil in a closed loop.
  func plannedRate(_ stage: String?) -> Stage.Course? {
    stagesTell
      ? self.stage(stage)?.rate : arrivalRate.map { Stage.Course(from: $0, to: $0) }
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
    case operations
    case stages
    case thresholds
    case workloadDigest = "workload_digest"
    case planDigest = "plan_digest"
    case trace
    case connections
    case toolProfile = "tool_profile"
    case timeoutSeconds = "timeout_s"
    case network
  }
}

/// A line of `events.jsonl`: what the coordinator did, with instants in ns since the origin.
package struct RunEvent: Sendable, Equatable, Codable, RecordedLine {
  /// What happened.
  package enum Kind: String, Sendable, Codable, CaseIterable {
    /// Workers begin to connect.
    case setup

    /// Load begins; `until` is the planned start of the measured window.
    case warmup

    /// The measured window begins; `until` is its planned end.
    case measure

    /// What was under test was taken away on purpose, in the step that is named.
    case fault

    /// It is there again; `message` is what there is to say of that.
    case restored

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

    /// A process of a stdio server has ended, or all have and left others; `process` tells of it.
    case serverProcess = "server_process"

    /// All sessions are closed; `target` tells what is left on the target.
    case target
  }

  /// What happened.
  let event: Kind

  /// When, in nanoseconds since the recording's origin.
  package var at: Int64

  /// When what began is planned to end.
  package var until: Int64?

  /// The step of a scenario with several.
  let step: String?

  /// Which of the groups of workers that begin together it is of; nil for the only one.
  ///
  /// The stages of a group follow each other without a break.
  let group: Int?

  /// What the load does over the time that begins to be measured; nil, for one that stays the same, in
  /// recordings made before events told.
  let kind: Stage.Kind?

  /// Workers that are busy all the time of a step, each with one request or its pause: those of a
  /// closed loop that ends with the step; of a problem, those that could not begin; nil for others.
  package var workers: Int?

  /// The pause of each of them before a request, in nanoseconds.
  let thinkTime: Int64?

  /// The limit that ended the run, by its key; nil where somebody stopped it.
  package let limit: String?

  /// A sentence for people.
  package var message: String?

  /// Attempts that the generator counted by itself, at the end.
  package var attempts: Int?

  /// Iterations of the load that were begun, at the end; nil where each is one request.
  var iterations: Int?

  /// Those of them of which the rest was not attempted, since an answer lacked what the next call needs.
  var cut: Int?

  /// A process of a stdio server; nil where events tell of something else.
  let process: RecordedProcess?

  /// What is left on the target; nil where events tell of something else.
  let target: RecordedTarget?

  private enum CodingKeys: String, CodingKey {
    case event
    case at = "at_ns"
    case until = "until_ns"
    case step
    case group
    case kind
    case workers
    case thinkTime = "think_ns"
    case limit
    case message
    case attempts
    case iterations
    case cut
    case process
    case target
  }

  /// The event with its instants that much later, as another origin sees it.
  func shifted(by nanoseconds: Int64) -> RunEvent {
    var event = self
    event.at += nanoseconds
    event.until? += nanoseconds
    return event
  }

  package var isPossible: Bool {
    RecordedInstant.arePossible(at, until, thinkTime) && (thinkTime ?? 0) >= 0
      && RecordedNumber.count.contains(workers ?? 0)
      && [attempts, iterations, cut].allSatisfy { RecordedNumber.limit.contains($0 ?? 0) }
      && process?.isPossible ?? true && target?.isPossible ?? true
  }

  /// Makes an event.
  package init(
    _ event: Kind,
    at: Int64,
    until: Int64? = nil,
    step: String? = nil,
    group: Int? = nil,
    kind: Stage.Kind? = nil,
    workers: Int? = nil,
    thinkTime: Int64? = nil,
    limit: String? = nil,
    message: String? = nil,
    attempts: Int? = nil,
    iterations: Int? = nil,
    cut: Int? = nil,
    process: RecordedProcess? = nil,
    target: RecordedTarget? = nil
  ) {
    self.target = target
    self.process = process
    self.iterations = iterations
    self.cut = cut
    self.group = group
    self.limit = limit
    self.kind = kind
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
