import EventIO
import Foundation
import Glibc

/// The coders of every file that is not written once a request.
package enum RecordingJSON {
  /// Encodes a file for people and machines: sorted keys, indented, with a final newline.
  package static func encodeFile(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data([0x0A])
  }

  /// Encodes one line, with its newline.
  package static func encodeLine(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [0x0A]
  }

  /// Reads a file.
  package static func decodeFile<Value: Decodable>(
    _ type: Value.Type,
    at path: String
  ) throws -> Value {
    try JSONDecoder().decode(type, from: try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Reads a header, which no recording can do without.
  ///
  /// - Throws: when it is missing or damaged.
  static func decodeHeader<Header: RecordedLine>(
    _ type: Header.Type,
    at path: String
  ) throws(RecordingFormatError) -> Header {
    let header: Header
    do {
      let data = try RecordedFile.contents(of: path, atMost: RecordedFile.largestHeader)
      header = try JSONDecoder().decode(type, from: data)
    } catch let error as Errno where error.code == ENOENT {
      throw RecordingFormatError("\(path) is missing: this is not the directory of a recording")
    } catch {
      throw RecordingFormatError(
        "\(path) cannot be read as a recording's header: \(Failure.reason(error)); the run's other files "
          + "are worth nothing without it"
      )
    }
    guard header.isPossible else {
      throw RecordingFormatError(
        "\(path) cannot be read as a recording's header: it holds numbers that no run can have written"
      )
    }
    return header
  }

  /// Reads the lines of a file that can be read, and counts the others; the last one of a killed run may be
  /// cut.
  package static func decodeLines<Line: RecordedLine>(
    _ type: Line.Type,
    at path: String
  ) -> (read: [Line], unreadable: Int) {
    let data: Data
    do throws(Errno) {
      data = try RecordedFile.contents(of: path, atMost: RecordedFile.largestLines)
    } catch {
      return ([], error.code == ENOENT ? 0 : 1)
    }
    let decoder = JSONDecoder()
    let lines = data.split(separator: 0x0A)
    let read = lines.compactMap { try? decoder.decode(type, from: $0) }.filter(\.isPossible)
    return (read, lines.count - read.count)
  }
}
