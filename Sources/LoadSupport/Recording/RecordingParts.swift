import EventIO

/// A recording of one load by its parts, in the order of their indices: each was made by one generator, and
/// all at the same time; one generator alone makes a recording of one part.
///
/// Whoever has it has all of the load: what is missing, doubled or of another run is refused.
struct RecordingParts: Sendable {
  /// What one generator wrote.
  struct Part: Sendable {
    let recording: RecordingLayout
    let header: RunHeader

    /// Its place; recordings made before headers told are of one part.
    fileprivate var place: RecordingPart {
      header.part ?? RecordingPart(runID: header.testID, index: 0, of: 1)
    }
  }

  /// The parts, at least one.
  let all: [Part]

  /// Reads the headers of directories that are the parts of one recording, in any order; one alone is what its
  /// generator did.
  ///
  /// - Throws: when a header cannot be read, and when they are not all parts of one run, each once.
  init(_ first: RecordingLayout, _ others: RecordingLayout...) throws(RecordingFormatError) {
    var parts: [Part] = []
    for recording in [first] + others {
      parts.append(Part(recording: recording, header: try RunHeader(of: recording)))
    }
    all = parts.sorted { $0.place.index < $1.place.index }
    guard all.count > 1 else { return }
    try checkThatTheyAreOfOneRun()
    try checkThatEachIsThereOnce()
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
    let place = all[0].place
    let missing = Set(0..<place.of).subtracting(all.map(\.place.index)).sorted()
    guard missing.isEmpty else {
      let more = missing.count > 10 ? " and \(missing.count - 10) more" : ""
      throw RecordingFormatError(
        "the run \(place.runID) has the parts 0 to \(place.of - 1), of which these are missing: "
          + "\(missing.prefix(10).map(String.init).joined(separator: ", "))\(more); name the directories of all parts"
      )
    }
  }

  // MARK: Samples

  /// The samples of a scenario as those of one load: instants count from the origin of part 0, and the workers
  /// of each part have the numbers after those of the parts before it.
  ///
  /// What clocks of machines differ by stays in the instants, and so does a millisecond, to which origins know
  /// wall time.
  ///
  /// - Throws: when the files cannot be listed or a header not be read, and when no load can have such parts.
  func samples(of scenario: String) throws -> RecordedSamples {
    let layouts = all.map { $0.recording.scenario(scenario) }
    guard all.count > 1 else { return try RecordedSamples(of: layouts[0]) }
    var workers = 0..<0
    let parts = try zip(all, layouts).map { part, layout in
      let header = try RecordingJSON.decodeHeader(ScenarioHeader.self, at: layout.header)
      workers = workers.upperBound..<workers.upperBound + header.workers
      guard let shift = part.header.clock.nanoseconds(since: all[0].header.clock),
        RecordedInstant.arePossible(shift), workers.upperBound <= RecordedNumber.workers.upperBound
      else {
        throw RecordingFormatError(
          "\(part.recording.directory) and \(all[0].recording.directory) are no parts of one load: they began "
            + "more than 13 days apart, or have more workers than a load can have"
        )
      }
      return RecordedSamples.Part(
        files: try layout.sampleFiles(),
        place: RecordedSamples.Place(shift: shift, workers: workers)
      )
    }
    return RecordedSamples(parts: parts)
  }
}
