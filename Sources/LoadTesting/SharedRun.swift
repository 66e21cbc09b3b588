import EventIO
import Foundation
import Glibc
import LoadSupport

/// One run of a scenario for all test methods of its class, in whichever processes they are.
actor SharedRun {
  /// What a run came to.
  struct Result: Sendable {
    let summary: ScenarioSummary
    let recording: RecordingLayout

    /// Whether an inconclusive verdict fails.
    let isStrict: Bool

    /// Where the report is.
    var reportPath: String { recording.scenario(summary.scenario).report }
  }

  /// The runs of this process.
  static let shared = SharedRun()

  private var runs: [String: Task<Result, any Error>] = [:]

  /// The result of a load: from this process's memory, from a sibling's files, or by running it.
  func result(
    of load: ScenarioName,
    _ environment: [String: String],
    test: String
  ) async throws -> Result {
    if let run = runs[load.rawValue] { return try await run.value }
    let run = Task { try await Self.findOrRun(load, environment, test: test) }
    runs[load.rawValue] = run
    return try await run.value
  }

  private static func findOrRun(
    _ load: ScenarioName,
    _ environment: [String: String],
    test: String
  ) async throws -> Result {
    var settings = try RunSettings(environment: environment)
    try settings.takePart(in: [load], environment)
    let setup = RunSetup(settings, environment)
    let run = try ScenarioRun(setup)
    return try await LoadTurn.take(
      parentName: "swift test",
      reaching: settings,
      say: say
    ) { control in
      let invocation = Invocation()
      let recording = try invocation.recording(settings)
      let layout = recording.scenario(load.rawValue)
      var summary: ScenarioSummary?
      if !FileManager.default.fileExists(atPath: layout.header) {
        let progress = ProgressMeter()
        let display = ProgressDisplay(progress, of: load, in: recording, setup, control)
        let result = await display.show {
          await run.run(
            load,
            into: recording,
            control: control,
            progress: progress,
            remark: invocation.remark,
            show: say
          )
        }
        display.end(result.word)
        summary = result.summary
        if summary != nil {
          let files = try AttachmentList(recording).add(layout.directory, test: test)
          say(files.map { "Attachment: \($0)" }.joined(separator: "\n"))
        }
        if let failure = result.failure ?? result.skipped { throw failure }
        if control.isStopping { exit(130) }
      }
      // A sibling's run is judged anew: its death may have cut it off before it had a summary.
      let result = try summary ?? run.judge(recording).evaluate(load.rawValue).summary
      return Result(summary: result, recording: recording, isStrict: settings.isStrict)
    }
  }
}

extension RunSetup {
  /// A setup with the programs that were built beside the tests.
  package init(_ settings: RunSettings, _ environment: [String: String]) {
    self.init(
      settings: settings,
      environment: environment,
      programs: URL(fileURLWithPath: Bundle.main.bundlePath).path
    )
  }
}

/// Prints lines at once: standard output is a pipe under `swift test`.
package func say(_ text: String) {
  Output.standard.write(text + "\n")
}

/// `attachments.json`: every file of an invocation with the test that made it.
///
/// XCTest on Linux has no attachments; a file in the run's directory stands for one.
private struct AttachmentList {
  private struct Entry: Codable {
    let path: String
    let test: String
  }

  private let recording: RecordingLayout

  init(_ recording: RecordingLayout) {
    self.recording = recording
  }

  /// Adds the files of a directory, and those of the invocation that have none yet; returns the
  /// paths of all files that were added.
  func add(_ directory: String, test: String) throws -> [String] {
    let path = recording.attachments
    var entries = (try? JSONDecoder().decode([Entry].self, from: Self.read(path))) ?? []
    let known = Set(entries.map(\.path))
    let common = [
      recording.runHeader, recording.summary, recording.markdown, recording.junit, recording.index,
      path,
    ]
    let own = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      .map { "\(directory)/\($0)" }
    let new = (own + common).filter { !known.contains(relative($0)) }
    entries += new.map { Entry(path: relative($0), test: test) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try (encoder.encode(entries) + Data([0x0A]))
      .write(to: URL(fileURLWithPath: path), options: .atomic)
    return new
  }

  private func relative(_ path: String) -> String {
    String(path.dropFirst(recording.directory.count + 1))
  }

  private static func read(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
