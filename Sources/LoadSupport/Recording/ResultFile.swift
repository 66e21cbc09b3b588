import EventIO
import Foundation
import Glibc

/// Files of results, written whole or not at all.
package enum ResultFile {
  /// Puts a file in the place of the one that is there, if any.
  ///
  /// - Throws: a sentence with the file, the reason and what to do.
  package static func write(_ data: Data, to path: String) throws(RecordingFormatError) {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw RecordingFormatError(
        "cannot write \(path): \(Failure.reason(error)); make room or let it be written"
      )
    }
  }

  /// Makes a directory, and those that it lies in.
  ///
  package static func makeDirectory(_ path: String) throws(Errno) {
    let names = path.split(at: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for count in 1...names.count {
      let part = names[..<count].joined(separator: "/")
      // What is there and no directory is told by the next name, or by the file.
      if part.isEmpty || mkdir(part, 0o777) == 0 || errno == EEXIST { continue }
      let error = Errno(errno, "make the directory \(path)")
      if access(part, F_OK) == 0 { continue }
      throw error
    }
  }
}
