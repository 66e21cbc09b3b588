import EventIO
import Foundation

/// A workload with the place of its data files.
package struct WorkloadFile: Sendable, Equatable {
  /// What is said in the file.
  package let workload: Workload

  /// The directory that its data files lie below.
  package let directory: String

  /// Its path and its text; nil for what a program says.
  private let source: (path: String, text: [UInt8])?

  /// Puts together what a program says.
  package init(_ workload: Workload, directory: String) {
    self.workload = workload
    self.directory = directory
    source = nil
  }

  package static func == (one: WorkloadFile, other: WorkloadFile) -> Bool {
    one.workload == other.workload && one.directory == other.directory
  }

  /// The same place with another workload.
  func with(_ workload: Workload) -> WorkloadFile {
    WorkloadFile(workload, directory: directory, source: source)
  }

  private init(_ workload: Workload, directory: String, source: (path: String, text: [UInt8])?) {
    (self.workload, self.directory, self.source) = (workload, directory, source)
  }

  /// An error in its content, with the file's name and lines where there is a file.
  func placed(_ error: WorkloadError) -> WorkloadFileError {
    guard let source else { return WorkloadFileError("\(workload.name): \(error)") }
    return WorkloadFileError(error.placed(in: source.text), in: source.path)
  }

  /// Reads a file.
  ///
  /// - Throws: a line for each thing that is wrong, with file, line and column.
  package init(path: String) throws(WorkloadFileError) {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw WorkloadFileError("\(path.shown): \(Self.reason(unreadable: path))")
    }
    do throws(WorkloadError) {
      workload = try Workload(parsing: bytes)
    } catch {
      throw WorkloadFileError(error, in: path)
    }
    source = (path, Array(bytes))
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    directory = parent.isEmpty ? "." : parent
  }

  /// Why a file has no content to read.
  static func reason(unreadable path: String) -> String {
    let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      return "there is no such file"
    }
    let isRegular = attributes[.type] as? FileAttributeType == .typeRegular
    return isRegular ? "it cannot be read" : "it is no regular file"
  }

  /// Whether a word of a command line is the path of a file and no name of a scenario.
  package static func isPath(_ word: String) -> Bool {
    word.hasByteSuffix(".json") || word.utf8.contains(UInt8(ascii: "/"))
  }
}

/// A workload that cannot be used, a line for each thing that is wrong.
package struct WorkloadFileError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }

  /// Names the file beside each problem.
  package init(_ error: WorkloadError, in path: String) {
    description = error.problems.map { "\(path.shown): \($0)" }.joined(separator: "\n")
  }
}
