import EventIO
import Foundation

/// Which scenarios of an invocation were not run, and why: `skipped.json` and `could_not_run.json`.
package struct InvocationNotes: Sendable {
  private let path: String

  /// The scenarios that the network under test is not made for.
  package static func skipped(_ recording: RecordingLayout) -> InvocationNotes {
    InvocationNotes(path: recording.skipped)
  }

  /// The scenarios that something kept from being run, or from being recorded as a whole.
  package static func failed(_ recording: RecordingLayout) -> InvocationNotes {
    InvocationNotes(path: recording.failed)
  }

  /// The reasons by the scenarios' names; a file that cannot be read is a reason by its own name.
  var reasons: [String: String] {
    guard FileManager.default.fileExists(atPath: path) else { return [:] }
    do {
      return try RecordingJSON.decodeFile([String: String].self, at: path)
    } catch {
      let name = String(path.split(at: UInt8(ascii: "/")).last ?? "")
      return [name: "\(path) cannot be read: \(Failure.reason(error))"]
    }
  }

  /// Adds a scenario.
  ///
  /// - Throws: a sentence where the file cannot be written.
  package func add(_ scenario: String, because reason: String) throws {
    let noted = reasons.merging([scenario: reason]) { $1 }
    try ResultFile.write(RecordingJSON.encodeFile(noted), to: path)
  }
}
