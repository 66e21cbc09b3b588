import Foundation

@testable import LoadSupport

/// A recording split by workers into those that several generators would have left, in one directory.
struct SplitRecording {
  let directory: TemporaryDirectory
  let name: String
  let parts: [RecordingLayout]

  /// Where merged recordings go.
  var results: String { directory.path + "/results" }

  /// The directory that the parts lie in.
  var run: String { directory.path + "/night" }

  private static let adding = ["workers", "loops", "sessions"]

  /// Splits a recording; the workers of each part follow those of the one before it.
  init(_ whole: RecordedScenario, into count: Int = 4) throws {
    directory = try TemporaryDirectory()
    name = whole.scenario.scenario
    var parts: [RecordingLayout] = []
    let workers = whole.scenario.workers
    let samples = Dictionary(grouping: try whole.samples(), by: \.worker)
    for index in 0..<count {
      let own = index * workers / count..<(index + 1) * workers / count
      let part = RecordingLayout(directory: "\(directory.path)/night/part\(index)_20260212_153045")
      let layout = part.scenario(name)
      try FileManager.default.createDirectory(
        atPath: layout.directory,
        withIntermediateDirectories: true
      )
      var lines = 0
      for (number, worker) in own.enumerated() {
        var bytes: [UInt8] = []
        for var sample in samples[worker] ?? [] {
          sample.worker = number
          let origin = ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0)
          SampleLine.append(sample, origin: origin, to: &bytes)
          lines += 1
        }
        try Data(bytes).write(to: URL(fileURLWithPath: layout.samples(number)))
      }
      let events = whole.events().map { event in
        var event = event
        event.workers = event.workers.map { own.clamped(to: 0..<$0).count }
        event.attempts = event.attempts.map { _ in lines }
        return event
      }
      try Self.write(events, to: layout.events)
      for (from, to) in [
        (whole.layout.generator, layout.generator),
        (whole.layout.serverMetrics, layout.serverMetrics),
      ] where FileManager.default.fileExists(atPath: from) {
        try FileManager.default.copyItem(atPath: from, toPath: to)
      }
      try Self.write(Self.header(whole.scenario, of: own), to: layout.header)
      parts.append(part)
      var header = try Self.object(whole.header)
      header["part"] = [
        "run_id": "night", "index": index, "of": count, "attempt": "00000000000000\(10 + index)",
      ]
      try Self.write(header, to: part.runHeader)
    }
    self.parts = parts
    try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
  }

  private static func header(
    _ scenario: ScenarioHeader,
    of own: Range<Int>
  ) throws -> [String: Any] {
    let share = Double(own.count) / Double(scenario.workers)
    var header = try object(scenario)
    for key in adding {
      guard let sum = header[key] as? Int else { continue }
      header[key] = key == "loops" ? 1 : own.clamped(to: 0..<sum).count
    }
    if let rate = header["arrival_rate"] as? Double { header["arrival_rate"] = rate * share }
    return header
  }

  // MARK: Changing what is there

  static func object(_ value: some Encodable) throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: RecordingJSON.encodeFile(value))
    return json as? [String: Any] ?? [:]
  }

  static func write(_ object: [String: Any], to path: String) throws {
    try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: path))
  }

  static func write(_ events: [RunEvent], to path: String) throws {
    try Data(events.flatMap { try RecordingJSON.encodeLine($0) })
      .write(to: URL(fileURLWithPath: path))
  }

  /// The files of a part's scenario.
  func layout(_ part: Int) -> ScenarioLayout { parts[part].scenario(name) }

  /// Changes a JSON file.
  func edit(_ path: String, _ change: (inout [String: Any]) -> Void) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    change(&object)
    try Self.write(object, to: path)
  }

  /// Changes what `run.json` of a part says of its host, and of its clock in milliseconds.
  func move(_ part: Int, to host: String? = nil, by milliseconds: Double = 0) throws {
    try edit(parts[part].runHeader) { header in
      var machine = header["machine"] as? [String: Any] ?? [:]
      if let host { machine["host_name"] = host }
      header["machine"] = machine
      var clock = header["clock"] as? [String: Any] ?? [:]
      let milliseconds = milliseconds + (clock["epoch_ms"] as? Double ?? 0)
      clock["epoch_ms"] = milliseconds
      header["clock"] = clock
    }
  }

  /// Changes the samples of a part.
  func change(_ part: Int, _ change: (inout Sample) -> Void) throws {
    for path in try layout(part).sampleFiles() {
      var bytes: [UInt8] = []
      var reader = SampleReader()
      try reader.read(path) { sample in
        var sample = sample
        change(&sample)
        let origin = ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0)
        SampleLine.append(sample, origin: origin, to: &bytes)
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
  }

  /// Ends the files of a part at an instant in milliseconds, in the middle of a line.
  func kill(_ part: Int, at milliseconds: Double) throws {
    let layout = layout(part)
    for path in try layout.sampleFiles() {
      var bytes: [UInt8] = []
      var reader = SampleReader()
      let origin = ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0)
      try reader.read(path) { sample in
        guard Double(sample.attempt.done) <= milliseconds * 1e6 else { return }
        SampleLine.append(sample, origin: origin, to: &bytes)
      }
      try Data(bytes + Array(#"{"ts":17709"#.utf8)).write(to: URL(fileURLWithPath: path))
    }
    let events = RecordingJSON.decodeLines(RunEvent.self, at: layout.events).read
    try Self.write(
      events.filter { Double($0.at) <= milliseconds * 1e6 },
      to: layout.events
    )
  }

  // MARK: Merging

  /// Merges what lies in the directory, or some directories.
  func merged(_ directories: [String]? = nil, isPartial: Bool = false) throws -> RecordingLayout {
    let place = RecordingLayout(directory: "\(results)/loadtest_\(UUID())")
    try FileManager.default.createDirectory(
      atPath: place.directory,
      withIntermediateDirectories: false
    )
    var merge: RecordingMerge
    do throws(RecordingFormatError) {
      merge = try RecordingMerge(directories ?? [run], isPartial: isPartial)
    } catch {
      try FileManager.default.removeItem(atPath: place.directory)
      throw error
    }
    try merge.write(to: place)
    return place
  }

  /// What the whole of it is judged to be.
  func judged(isPartial: Bool = false) throws -> Judge.Judged {
    try Judge(merged(isPartial: isPartial)).evaluate(name)
  }
}
