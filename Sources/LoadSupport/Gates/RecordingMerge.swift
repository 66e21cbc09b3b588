import EventIO
import Foundation
import Glibc

/// Makes one recording of those that several generators made of one load.
///
/// Their files are copied as they are, each part's below `parts/`; what is written beside them, headers and events,
/// says what the parts have in common. Parts come from elsewhere: nothing is copied but regular files of the known
/// names, no link is followed, and all is read from the copies. It is written aside and stands in its place whole,
/// or not at all.
package struct RecordingMerge {
  private let parts: RecordingParts
  private let isPartial: Bool

  /// What was left out, in sentences: starts of a part that sent nothing of the load, beside one that did.
  package private(set) var remarks: [String] = []

  /// The lines of samples in each part's scenarios, by their copies' directories.
  private var lines: [String: Int] = [:]

  /// Finds the parts of one load in directories, of which each is a part or holds parts.
  ///
  /// - Throws: which directory is no part, or of another load, or which parts are missing, unless it `isPartial`,
  ///   or there twice.
  package init(_ directories: [String], isPartial: Bool) throws(RecordingFormatError) {
    self.isPartial = isPartial
    var recordings: [RecordingLayout] = []
    for directory in directories { recordings += try Self.recordings(in: directory) }
    (recordings, remarks) = try Self.withoutIdleStarts(recordings)
    parts = try RecordingParts(recordings, arePartial: isPartial)
    // One part alone is one where somebody asked for parts.
    for part in parts.all where part.place.of == 1 && part.place.attempt == nil {
      throw RecordingFormatError(
        "\(part.recording.directory) is no part of a load of several generators: there is nothing to merge"
      )
    }
  }

  private static func recordings(
    in directory: String
  ) throws(RecordingFormatError) -> [RecordingLayout] {
    do throws(Errno) {
      let recording = RecordingLayout(directory: directory)
      if RecordedFile.kind(of: directory) == S_IFDIR,
        RecordedFile.kind(of: recording.runHeader) != nil
      {
        return [recording]
      }
      // A former merge may lie beside its parts.
      let parts = try recording.heldRecordings().filter { (try? RunHeader(of: $0))?.merged == nil }
      guard parts.isEmpty else { return parts }
    } catch {
      throw RecordingFormatError("\(directory) cannot be read: \(error.reason)")
    }
    throw RecordingFormatError(
      "\(directory) holds no part of a load: name the directories of parts, or the one that they lie in"
    )
  }

  /// Leaves out the starts of a part that sent nothing, such as the loser of two, where another start of it did.
  private static func withoutIdleStarts(
    _ recordings: [RecordingLayout]
  ) throws(RecordingFormatError) -> (kept: [RecordingLayout], remarks: [String]) {
    var starts: [Int: [(recording: RecordingLayout, hasBegun: Bool)]] = [:]
    for recording in recordings {
      let index = try RunHeader(of: recording).part?.index ?? 0
      starts[index, default: []].append((recording, hasBegun(recording)))
    }
    var idle: [(part: Int, directory: String)] = []
    for (index, starts) in starts where starts.contains(where: \.hasBegun) {
      idle += starts.filter { !$0.hasBegun }.map { (index, $0.recording.directory) }
    }
    return (
      recordings.filter { recording in
        !idle.contains { $0.directory.hasSameBytes(as: recording.directory) }
      },
      idle.map { part, directory in
        "part \(part) was started again: \(directory) sent nothing of the load, and is left out"
      }.sorted()
    )
  }

  /// Whether a generator sent any of its load.
  private static func hasBegun(_ recording: RecordingLayout) -> Bool {
    let names = (try? RecordedFile.directories(in: recording.directory)) ?? []
    return names.contains { name in
      RecordingJSON.decodeLines(RunEvent.self, at: recording.scenario(name).events).read
        .contains { $0.event == .measure }
    }
  }

  /// Writes the recording in the place of an empty directory.
  ///
  /// - Throws: what parts differ in, what is missing or no file of a recording, and what could not be written.
  package mutating func write(to recording: RecordingLayout) throws {
    let aside = RecordingLayout(directory: recording.directory + ".merging")
    do {
      try write(aside, into: recording)
      // An empty directory gives way.
      _ = try systemCall("rename \(aside.directory)") {
        rename(aside.directory, recording.directory)
      }
    } catch {
      try? FileManager.default.removeItem(atPath: aside.directory)
      rmdir(recording.directory)
      throw RecordingFormatError(named(Failure.sentence(error), aside))
    }
  }

  /// A sentence on copies as one on the parts that they were made of.
  private func named(_ sentence: String, _ aside: RecordingLayout) -> String {
    // From the last, since parts/1 also begins parts/10.
    parts.all.reversed().reduce(sentence) { sentence, part in
      let copy = aside.part(part.place.index).directory
      let bytes = Array(sentence.utf8)
        .replacing(copy.utf8, with: part.recording.directory.utf8)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private mutating func write(_ aside: RecordingLayout, into recording: RecordingLayout) throws {
    var names: Set<String> = []
    for part in parts.all {
      names.formUnion(try copy(part.recording, to: aside.part(part.place.index)))
    }
    let place = parts.all[0].place
    let merged = MergedParts(
      runID: place.runID,
      of: place.of,
      present: parts.all.map(\.place.index)
    )
    try put(parts.header.merged(merged, into: recording), at: aside.runHeader)
    let copies = try RecordingParts(of: aside)
    guard !names.isEmpty else {
      throw RecordingFormatError(
        "no part of the run \(place.runID) holds a recording of a scenario"
      )
    }
    for name in names.sorted() { try merge(name, copies, into: aside.scenario(name)) }
  }

  // MARK: Copying

  /// Copies the files of a part; gives the names of its scenarios.
  private mutating func copy(
    _ part: RecordingLayout,
    to copy: RecordingLayout
  ) throws(Errno) -> [String] {
    try ResultFile.makeDirectory(copy.directory)
    _ = try RecordedFile.copy(
      part.runHeader,
      to: copy.runHeader,
      atMost: RecordedFile.largestHeader
    )
    let names = try RecordedFile.directories(in: part.directory).filter { name in
      !RecordingLayout.ownNames.contains { $0.hasSameBytes(as: name) }
        && RecordedFile.kind(of: part.scenario(name).header) != nil
    }
    for name in names { try self.copy(part.scenario(name), to: copy.scenario(name)) }
    return names
  }

  private mutating func copy(_ scenario: ScenarioLayout, to copy: ScenarioLayout) throws(Errno) {
    try ResultFile.makeDirectory(copy.directory)
    for name in try RecordedFile.names(in: scenario.directory) {
      let target = "\(copy.directory)/\(name)"
      let isOfSamples = ScenarioLayout.isOfSamples(name)
      let isOfLines = [copy.events, copy.generator, copy.serverMetrics].contains(target)
      guard isOfSamples || isOfLines || target == copy.header else { continue }
      let limit =
        isOfSamples
        ? Int64.max : isOfLines ? RecordedFile.largestLines : RecordedFile.largestHeader
      let lines = try RecordedFile.copy("\(scenario.directory)/\(name)", to: target, atMost: limit)
      if isOfSamples { self.lines[copy.directory, default: 0] += lines }
    }
  }

  // MARK: Merging

  private func merge(
    _ name: String,
    _ copies: RecordingParts,
    into layout: ScenarioLayout
  ) throws {
    let parts = try copies.parts(of: name)
    for part in parts where !part.header.scenario.hasSameBytes(as: name) {
      throw RecordingFormatError(
        "\(part.layout.header) is of \"\(part.header.scenario)\": a recording lies in a directory of its "
          + "scenario's name"
      )
    }
    let lacking = copies.all.map(\.place.index).filter { index in
      !parts.contains { $0.index == index }
    }
    guard isPartial || lacking.isEmpty else {
      throw RecordingFormatError(
        "part \(RecordingPart.listed(lacking)) of the run has no recording of \(name): --partial shows what there is"
      )
    }
    try ResultFile.makeDirectory(layout.directory)
    try put(MergedHeader.merging(parts), at: layout.header)
    let events =
      try MergedEvents(parts.map(events)).events
      + remarks.map { RunEvent(.remark, at: 0, message: $0) }
    try ResultFile.write(
      Data(events.flatMap { try RecordingJSON.encodeLine($0) }),
      to: layout.events
    )
    // Index 0 alone reads the server's metrics, and its origin is that of all.
    if let first = parts.first, first.index == 0,
      RecordedFile.kind(of: first.layout.serverMetrics) != nil
    {
      _ = try RecordedFile.copy(
        first.layout.serverMetrics,
        to: layout.serverMetrics,
        atMost: RecordedFile.largestLines
      )
    }
  }

  /// The events of a part, once its lines are known to be all that its generator made.
  private func events(of part: RecordingParts.ScenarioPart) throws -> MergedEvents.Part {
    let name = "part \(part.index) (host \(part.run.machine.hostName))"
    let events = part.events.read
    guard let made = events.last(where: { $0.event == .end })?.attempts else {
      guard isPartial else {
        throw RecordingFormatError(
          "\(name) broke off: its \(part.header.scenario) has no end. Run all parts again; --partial shows what "
            + "there is"
        )
      }
      var last: Int64?
      try part.samples.read { _, sample in last = max(last ?? .min, sample.attempt.done) }
      return MergedEvents.Part(name: name, events: events, lastDone: last)
    }
    let lines = lines[part.layout.directory] ?? 0
    guard made == lines else {
      throw RecordingFormatError(
        "\(name) made \(NumberText.counted(made, "attempt")) of \(part.header.scenario), and its files hold "
          + "\(NumberText.counted(lines, "line")): copy all of its files again"
      )
    }
    return MergedEvents.Part(name: name, events: events, lastDone: nil)
  }

  private func put(_ value: some Encodable, at path: String) throws {
    try ResultFile.write(RecordingJSON.encodeFile(value), to: path)
  }
}
