import EventIO
import Foundation
import Glibc

/// A directory of nightly results, a file of JSON lines a scenario.
///
/// Lines are only ever added, so that a merge of two branches or a killed run damages nothing but
/// the line it cuts.
package struct NightHistory: Sendable {
  /// What a file holds.
  package struct Content: Sendable {
    /// The lines that can be read, in the order of the file, with their numbers from 1.
    package var lines: [(number: Int, line: NightLine)] = []

    /// What a reader must know of the others, each in a sentence.
    package var remarks: [String] = []
  }

  /// The directory; it need not exist.
  package let directory: String

  /// Names a history; nothing is created.
  package init(directory: String) {
    self.directory = directory
  }

  /// The file of a scenario.
  package func path(of scenario: String) -> String { "\(directory)/\(scenario).jsonl" }

  /// The scenarios that have a file.
  ///
  /// - Throws: a sentence when the directory cannot be read or is not there.
  package func scenarios() throws(RecordingFormatError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory).filter {
        $0.hasByteSuffix(".jsonl")
      }.map { String($0.dropLast(".jsonl".count)) }.sorted()
    } catch {
      throw RecordingFormatError(
        FileManager.default.fileExists(atPath: directory)
          ? "\(directory) cannot be read as a history: \(Failure.reason(error))"
          : "there is no history in \(directory); `loadtest gate --history \(directory)` with "
            + "recordings begins one"
      )
    }
  }

  /// Reads the file of a scenario; one that is not there holds nothing.
  ///
  /// Lines that are damaged or of a newer format stay in the file and are named.
  package func read(_ scenario: String) throws(RecordingFormatError) -> Content {
    let path = path(of: scenario)
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      return Content()
    } catch {
      throw RecordingFormatError(
        "\(path) cannot be read: \(Failure.reason(error))"
      )
    }
    let decoder = JSONDecoder()
    var content = Content()
    var damaged: [Int] = []
    var newer: [Int] = []
    for (index, bytes) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where bytes.contains(where: { $0 != 0x20 && $0 != 0x0D }) {
      if let format = try? decoder.decode(Format.self, from: bytes).format,
        format > NightLine.currentFormat
      {
        newer.append(index + 1)
      } else if let line = try? decoder.decode(NightLine.self, from: bytes),
        line.scenario == scenario, line.isSound
      {
        content.lines.append((index + 1, line))
      } else {
        damaged.append(index + 1)
      }
    }
    if !damaged.isEmpty {
      content.remarks.append(
        "\(path):\(Self.list(damaged)): damaged, or no line of \(scenario); kept in the file and left "
          + "out"
      )
    }
    if !newer.isEmpty {
      content.remarks.append(
        "\(path):\(Self.list(newer)): of a newer format than \(NightLine.currentFormat), the newest "
          + "that this program reads; left out: use the newer program that wrote it"
      )
    }
    return content
  }

  private struct Format: Decodable {
    let format: Int
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.prefix(5).map(String.init).joined(separator: ",")
      + (numbers.count > 5 ? " and \(numbers.count - 5) more lines" : "")
  }

  /// Adds a line and waits until it is on the disk; the directory is created.
  ///
  /// It begins on a line of its own behind one that was cut. What cannot be written whole is taken
  /// back.
  package func append(_ line: NightLine) throws {
    let bytes = try RecordingJSON.encodeLine(line)
    try ResultFile.makeDirectory(directory)
    let path = path(of: line.scenario)
    do throws(Errno) {
      let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_APPEND, mode: 0o644)
      _ = try systemCall("flock \(path)") { flock(file.rawValue, LOCK_EX) }
      let length = try systemCall("lseek \(path)") { lseek(file.rawValue, 0, SEEK_END) }
      var last = UInt8(ascii: "\n")
      if length > 0 {
        _ = try systemCall("pread \(path)") { pread(file.rawValue, &last, 1, length - 1) }
      }
      do throws(Errno) {
        try file.writeAll((last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]) + bytes)
        _ = try systemCall("fsync \(path)") { fsync(file.rawValue) }
      } catch {
        _ = ftruncate(file.rawValue, length)
        throw error
      }
      // The name of a new file is the directory's.
      let parent = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY)
      _ = try systemCall("fsync \(directory)") { fsync(parent.rawValue) }
    } catch {
      throw RecordingError(path: path, cause: error, linesLost: 1)
    }
  }
}
