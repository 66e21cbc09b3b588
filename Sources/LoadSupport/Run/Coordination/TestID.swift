import EventIO
import Foundation
import Glibc

/// The name of an invocation and of its directory: `loadtest_YYYYMMDD_HHMMSS`, made unique.
package enum TestID {
  /// Makes a new directory under the results directory and returns where.
  package static func makeDirectory(under results: String, at date: Date) throws -> RecordingLayout
  {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyyMMdd_HHmmss"
    let name = "loadtest_" + formatter.string(from: date)
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
