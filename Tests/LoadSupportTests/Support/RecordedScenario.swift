import EventIO
import Foundation

@testable import LoadSupport

/// The recording of one scenario in a directory of its own: made by a run, or written by hand.
struct RecordedScenario {
  static let name = "command_throughput"

  let directory: TemporaryDirectory
  let recording: RecordingLayout
  let header: RunHeader
  let scenario: ScenarioHeader

  var layout: ScenarioLayout { recording.scenario(scenario.scenario) }

  /// Makes the directories and the headers.
  init(_ scenario: ScenarioHeader = Self.header()) throws {
    directory = try TemporaryDirectory()
    recording = RecordingLayout(directory: directory.path + "/loadtest_20260212_153045")
    header = RunHeader(testID: recording.testID)
    self.scenario = scenario
    try FileManager.default.createDirectory(
      atPath: recording.scenario(scenario.scenario).directory,
      withIntermediateDirectories: true
    )
    try write(RecordingJSON.encodeFile(header), to: recording.runHeader)
    try write(RecordingJSON.encodeFile(scenario), to: layout.header)
  }

  /// A scenario, unless it is said otherwise with the operations `a` and `b`.
  static func header(
    _ name: ScenarioName = .commandThroughput,
    ofOwn own: String? = nil,
    workers: Int = 2,
    arrivalRate: Double? = nil,
    seconds: Double = 2,
    sessions: Int? = nil,
    operations: [String] = ["a", "b"],
    limits: ServerLimits? = nil,
    assumedLimits: [AssumedLimit]? = nil,
    lacks: [ServerFeature]? = nil,
    era: ProtocolEra? = nil,
    serverCores: Int? = nil,
    links: [LinkCondition]? = nil,
    probe: ProtocolProbe? = nil,
    profile: String = "smoke",
    kind: NetworkKind = .live
  ) -> ScenarioHeader {
    var network = NetworkDescription(
      kind: kind,
      server: "http://h:3000/mcp",
      target: "t:22",
      limits: limits,
      assumedLimits: assumedLimits,
      lacks: lacks,
      serverCores: serverCores,
      links: links
    )
    (network.era, network.probe) = (era, probe)
    return ScenarioHeader(
      scenario: own ?? name.rawValue,
      title: own.map { $0.asciiUppercased() } ?? name.title,
      profile: profile,
      workers: workers,
      loops: 1,
      warmUpSeconds: 0.5,
      durationSeconds: seconds,
      arrivalRate: arrivalRate,
      arrivals: arrivalRate == nil ? "closed" : "constant",
      seed: 1,
      sessions: sessions,
      commands: Dictionary(
        uniqueKeysWithValues: operations.map { name in
          let kind = OperationKind.allCases.first { $0.rawValue.hasSameBytes(as: name) }
          return (name, kind?.summary ?? "whoami")
        }
      ),
      toolProfile: "standard",
      timeoutSeconds: 30,
      network: network
    )
  }

  // MARK: Writing

  func write(_ data: some Sequence<UInt8>, to path: String) throws {
    try Data(data).write(to: URL(fileURLWithPath: path))
  }

  /// Writes samples whose instants are offsets from the recording's origin.
  func write(_ samples: [Sample], worker: Int = 0) throws {
    let origin = ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0)
    var lines: [UInt8] = []
    for sample in samples { SampleLine.append(sample, origin: origin, to: &lines) }
    try write(lines, to: layout.samples(worker))
  }

  func write(_ events: [RunEvent]) throws {
    try write(events.flatMap { try RecordingJSON.encodeLine($0) }, to: layout.events)
  }

  func write(_ metrics: [ServerMetricsLine]) throws {
    try write(metrics.flatMap { try RecordingJSON.encodeLine($0) }, to: layout.serverMetrics)
  }

  // MARK: Running

  /// Runs a load into the directory.
  func run(_ load: LoadRun, control: RunControl = RunControl()) async throws {
    try await load.run(into: layout, origin: header.clock, control: control)
  }

  // MARK: Reading

  /// All samples, file by file.
  func samples() throws -> [Sample] {
    var reader = SampleReader()
    var samples: [Sample] = []
    for file in try layout.sampleFiles() {
      try reader.read(file) { samples.append($0) }
    }
    guard reader.unreadableLines == 0 else {
      throw RecordingFormatError("\(reader.unreadableLines) lines cannot be read")
    }
    return samples
  }

  func events() -> [RunEvent] { RecordingJSON.decodeLines(RunEvent.self, at: layout.events).read }

  func analysis() throws -> RecordingAnalysis {
    try RecordingAnalysis(scenario.scenario, of: recording)
  }

  /// The content of every file, the reports too.
  func everything() throws -> String {
    let names = FileManager.default.enumerator(atPath: directory.path)?.allObjects ?? []
    return names.compactMap { name in
      try? String(contentsOfFile: "\(directory.path)/\(name)", encoding: .utf8)
    }.joined()
  }
}

extension Sample {
  /// A sample in milliseconds of the recording.
  init(
    _ operation: String,
    _ outcome: Outcome = .success,
    planned: Double,
    done: Double,
    sent: Double? = nil,
    phase: Phase = .measure,
    error: String? = nil,
    step: String? = nil,
    worker: Int = 0,
    retryAfterSeconds: Int? = nil
  ) {
    var attempt = Attempt(
      outcome: outcome,
      planned: Int64(planned * 1e6),
      done: Int64(done * 1e6),
      error: error
    )
    attempt.sent = sent.map { Int64($0 * 1e6) }
    attempt.retryAfterSeconds = retryAfterSeconds
    self.init(worker: worker, operation: operation, phase: phase, step: step, attempt: attempt)
  }
}

extension ServerMetricsLine {
  /// A scrape at an instant in milliseconds of the recording.
  init(_ occasion: Occasion, at milliseconds: Double, _ text: String, cpuSeconds: Double? = nil) {
    self.init(
      at: Int64(milliseconds * 1e6),
      occasion: occasion,
      scrape: PrometheusText(parsing: text.utf8),
      servingCPUSeconds: cpuSeconds
    )
  }
}

extension RunEvent {
  /// A step from its beginning to its last answer, which is in at its planned end unless it is said
  /// otherwise, in milliseconds of the recording.
  static func step(
    _ name: String?,
    from start: Double,
    until end: Double,
    settled: Double? = nil
  ) -> [RunEvent] {
    [
      RunEvent(.measure, at: Int64(start * 1e6), until: Int64(end * 1e6), step: name),
      RunEvent(.stepEnd, at: Int64((settled ?? end) * 1e6)),
    ]
  }
}
