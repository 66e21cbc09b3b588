import EventIO
import Foundation
import Glibc

/// The name of an invocation and of its directory: `loadtest_YYYYMMDD_HHMMSS`, made unique.
package enum TestID {
  /// Makes a new directory for a run with some settings and returns where: under the results directory, or, for a part
  /// of a load, under that of its run id there, as `part3_YYYYMMDD_HHMMSS`.
  package static func makeDirectory(
    for settings: RunSettings,
    at date: Date
  ) throws -> RecordingLayout {
    let results = settings.resultsDirectory
    guard let part = settings.part else { return try makeDirectory(under: results, at: date) }
    return try makeDirectory(
      under: "\(results)/\(part.runID)",
      named: "part\(part.index)",
      at: date
    )
  }

  /// Makes a new directory under the results directory and returns where.
  package static func makeDirectory(
    under results: String,
    named word: String = "loadtest",
    at date: Date
  ) throws -> RecordingLayout {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyyMMdd_HHmmss"
    let name = "\(word)_" + formatter.string(from: date)
    do throws(Errno) {
      try ResultFile.makeDirectory(results)
    } catch {
      throw RunError.unwritable(results, error.reason)
    }
    for suffix in [""] + (2...999).map({ "_\($0)" }) {
      let directory = "\(absolute(results))/\(name)\(suffix)"
      if mkdir(directory, 0o755) == 0 { return RecordingLayout(directory: directory) }
      guard errno == EEXIST else {
        throw RunError.unwritable(results, String(cString: strerror(errno)))
      }
    }
    throw RunError.unwritable(results, "\(name) and 998 variants of it exist")
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
