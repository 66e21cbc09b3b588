import EventIO

/// A recording of one load by its parts, in the order of their indices: each was made by one generator, and
/// all at the same time; one generator alone makes a recording of one part.
///
/// Whoever has it has all of the load, or has asked for what there is: what is missing, doubled or of another run
/// is refused.
struct RecordingParts: Sendable {
  /// What one generator wrote.
  struct Part: Sendable {
    let recording: RecordingLayout
    let header: RunHeader

    /// Its place; recordings made before headers told are of one part.
    var place: RecordingPart {
      header.part ?? RecordingPart(runID: header.testID, index: 0, of: 1)
    }
  }

  /// What one generator wrote of a scenario, as a part of the whole load.
  struct ScenarioPart: Sendable {
    let index: Int
    let run: RunHeader
    let layout: ScenarioLayout
    let header: ScenarioHeader

    /// Its samples alone.
    let samples: RecordedSamples

    /// Nanoseconds from the origin of the whole load to its own.
    let shift: Int64

    /// Its events, and how many lines are none, with instants of the whole load.
    var events: (read: [RunEvent], unreadable: Int) {
      let lines = RecordingJSON.decodeLines(RunEvent.self, at: layout.events)
      return (lines.read.map { $0.shifted(by: shift) }, lines.unreadable)
    }

    /// The same of its lines on the generator.
    var generator: (read: [GeneratorLine], unreadable: Int) {
      var lines = RecordingJSON.decodeLines(GeneratorLine.self, at: layout.generator)
      for index in lines.read.indices { lines.read[index].at += shift }
      return lines
    }
  }

  /// The header of all of it, from whose origin instants count.
  let header: RunHeader

  /// The parts, at least one.
  let all: [Part]

  /// Whether several generators made the load, and their parts lie here.
  private var isOfSeveral: Bool { all.count > 1 || header.merged != nil }

  /// The parts of a recording: those that were merged into it, or itself.
  ///
  /// - Throws: when a header cannot be read, and when the parts are not those that it names.
  init(of recording: RecordingLayout) throws(RecordingFormatError) {
    let header = try RunHeader(of: recording)
    guard let merged = header.merged else {
      self.header = header
      all = [Part(recording: recording, header: header)]
      return
    }
    let parts = try RecordingParts(merged.present.map { recording.part($0) }, arePartial: true)
    guard parts.all.map(\.place.index) == merged.present,
      parts.all.allSatisfy({
        $0.place.of == merged.of && $0.place.runID.hasSameBytes(as: merged.runID)
      })
    else {
      throw RecordingFormatError(
        "\(recording.parts.directory) holds other parts than \(recording.runHeader) names: merge them again"
      )
    }
    self.header = header
    all = parts.all
  }

  /// Reads the headers of directories that are the parts of one recording, in any order.
  ///
  /// - Throws: when a header cannot be read, and when they are not all parts of one run, each once; some alone may
  ///   be there where they `arePartial`.
  init(
    _ recordings: [RecordingLayout],
    arePartial: Bool = false
  ) throws(RecordingFormatError) {
    var parts: [Part] = []
    for recording in recordings {
      parts.append(Part(recording: recording, header: try RunHeader(of: recording)))
    }
    all = parts.sorted { $0.place.index < $1.place.index }
    guard let first = all.first else {
      throw RecordingFormatError("no part of a recording is named")
    }
    header = first.header
    try checkThatTheyAreOfOneRun()
    try checkThatEachIsThereOnce()
    if !arePartial { try checkThatNoneIsMissing() }
  }

  private func checkThatTheyAreOfOneRun() throws(RecordingFormatError) {
    let first = all[0]
    for part in all {
      guard part.place.runID.hasSameBytes(as: first.place.runID) else {
        throw RecordingFormatError(
          "\(first.recording.directory) is of the run \(first.place.runID), and "
            + "\(part.recording.directory) of the run \(part.place.runID): name parts of one run only"
        )
      }
      guard part.place.of == first.place.of else {
        throw RecordingFormatError(
          "\(first.recording.directory) is of a run of \(first.place.of) parts, and "
            + "\(part.recording.directory) of one of \(part.place.of): name parts of one run only"
        )
      }
    }
  }

  private func checkThatEachIsThereOnce() throws(RecordingFormatError) {
    for (part, next) in zip(all, all.dropFirst()) where part.place.index == next.place.index {
      throw RecordingFormatError(
        "\(part.recording.directory) and \(next.recording.directory) both hold part \(part.place.index) of "
          + "the run \(part.place.runID): name each part once"
      )
    }
  }

  private func checkThatNoneIsMissing() throws(RecordingFormatError) {
    let place = all[0].place
    let missing = Set(0..<place.of).subtracting(all.map(\.place.index)).sorted()
    guard missing.isEmpty else {
      throw RecordingFormatError(
        "the run \(place.runID) has the parts 0 to \(place.of - 1), of which these are missing: "
          + "\(RecordingPart.listed(missing)); name the directories of all parts"
      )
    }
  }

  // MARK: Scenarios

  /// What the parts hold of a scenario: instants count from the origin of all, and the workers of each part have
  /// the numbers after those of the parts before it.
  ///
  /// What clocks of machines differ by stays in the instants, and so does a millisecond, to which origins know
  /// wall time. Parts of a merged recording may lack a scenario.
  ///
  /// - Throws: when the files cannot be listed or a header not be read, and when no load can have such parts.
  func parts(of scenario: String) throws -> [ScenarioPart] {
    let holding = all.filter {
      RecordedFile.kind(of: $0.recording.scenario(scenario).header) != nil
    }
    var workers = 0..<0
    // What is missing altogether is told by the file that should be there.
    return try (holding.isEmpty ? all : holding).map { part in
      let layout = part.recording.scenario(scenario)
      let header = try RecordingJSON.decodeHeader(ScenarioHeader.self, at: layout.header)
      workers = workers.upperBound..<workers.upperBound + header.workers
      let shift = part.header.clock.nanoseconds(since: self.header.clock) ?? .max
      guard
        !isOfSeveral
          || RecordedInstant.arePossible(shift)
            && workers.upperBound <= RecordedNumber.workers.upperBound
      else {
        throw RecordingFormatError(
          "\(part.recording.directory) and \(all[0].recording.directory) are no parts of one load: they began "
            + "more than 13 days apart, or have more workers than a load can have"
        )
      }
      let place = isOfSeveral ? RecordedSamples.Place(shift: shift, workers: workers) : nil
      return ScenarioPart(
        index: part.place.index,
        run: part.header,
        layout: layout,
        header: header,
        samples: RecordedSamples(parts: [.init(files: try layout.sampleFiles(), place: place)]),
        shift: shift
      )
    }
  }

  /// The samples of a scenario as those of one load.
  ///
  /// - Throws: as `parts(of:)`.
  func samples(of scenario: String) throws -> RecordedSamples {
    RecordedSamples(parts: try parts(of: scenario).flatMap(\.samples.parts))
  }
}
