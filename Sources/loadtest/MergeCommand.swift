import EventIO
import Foundation
import LoadSupport

/// `loadtest merge`: the recordings of several generators as one of one load, judged.
struct MergeCommand: Command, Equatable {
  var directories: [String] = []
  var isPartial = false

  static let name = "merge"
  static let calls: [CommandCall] = [
    ("merge DIRECTORY… [--partial]", "one recording of the parts that several generators made")
  ]
  static let examples: [CommandCall] = [
    ("merge results/night-12", "all parts of a run"),
    ("merge host1/part0_* host2/part1_*", "parts that were fetched from other machines"),
    ("merge results/night-12 --partial", "what there is where a part is missing"),
  ]
  static let about = """
    DIRECTORY is the recording of a part, or the directory that parts lie in, such as
    results/RUN_ID. What is missing, there twice or of another load is refused; what is INVALID,
    began too late or ended early makes the whole INVALID.
    """
  static let exitStatus = RunCommand.exitStatus
  static let groups: [OptionGroup] = [.results, .thresholds, .strictness]
  static let options: [ProgramOption<Self>] = [
    .toggle("--partial", "show what there is of a load; that never passes", to: \.isPartial)
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    guard !words.isEmpty, !words.contains(where: \.isEmpty) else {
      throw UsageError(
        description:
          "merge which parts? Name their directories, or the one that they lie in, such as "
          + "results/RUN_ID"
      )
    }
    // Behind a slash a link would be followed.
    directories = words.map { word in
      let bytes = Array(word.utf8)
      let end = bytes.lastIndex { $0 != UInt8(ascii: "/") } ?? 0
      return String(decoding: bytes[...end], as: UTF8.self)
    }
  }

  /// Writes the recording, then judges it.
  func run(_ setup: RunSetup) async throws -> Int32 {
    _ = try Judge.readOverrides(setup.settings.thresholdsFile)
    var merge = try RecordingMerge(directories, isPartial: isPartial)
    for remark in merge.remarks { Main.say(remark) }
    let recording = try TestID.makeDirectory(under: setup.settings.resultsDirectory, at: Date())
    try merge.write(to: recording)
    try Judge.keepOverrides(setup.settings.thresholdsFile, in: recording)
    let status = try await ReportCommand(directory: recording.directory).run(setup)
    Main.say("results: \(recording.directory)")
    guard isPartial, status == 0 else { return status }
    Main.say("with --partial nothing passes: leave it out where all parts are there")
    return 3
  }
}
