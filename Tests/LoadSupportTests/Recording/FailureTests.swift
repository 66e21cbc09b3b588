import EventIO
import Foundation
import Glibc
import XCTest

@testable import LoadSupport

final class FailureTests: XCTestCase {
  private func error(_ body: () throws -> Void) -> any Error {
    do {
      try body()
    } catch {
      return error
    }
    return NSError(domain: "none", code: 0)
  }

  func testSentence_saysWhatWhereAndWhatToDo_withoutTheErrorsOfFoundation() throws {
    let directory = try TemporaryDirectory().path
    let cases: [(any Error, [String])] = [
      (
        error { try ResultFile.write(Data(), to: "\(directory)/no/file") },
        ["cannot write \(directory)/no/file", "No such file or directory"]
      ),
      (
        error { try ResultFile.makeDirectory("/dev/null/x") },
        ["make the directory /dev/null/x", "Not a directory"]
      ),
      (
        error { _ = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/none")) },
        ["\(directory)/none", "No such file or directory"]
      ),
      (
        error { _ = try JSONDecoder().decode([String: Int].self, from: Data("{".utf8)) },
        ["no valid JSON"]
      ),
      (
        error { _ = try JSONDecoder().decode([String: Int].self, from: Data(#"{"a": "b"}"#.utf8)) },
        ["another kind", "a"]
      ),
      (CocoaError(.fileWriteUnknown), ["no file that can be written"]),
      (Errno(EMFILE, "epoll_create1"), ["Too many open files", "ulimit -n"]),
      (
        RecordingError(path: "/r/w0.jsonl", cause: Errno(ENOSPC, "write"), linesLost: 2),
        ["/r/w0.jsonl", "No space left", "make room"]
      ),
    ]
    for (error, parts) in cases {
      let sentence = Failure.sentence(error)
      for part in parts { XCTAssertTrue(sentence.contains(part), "\(sentence): \(part)") }
      for raw in ["NSError", "Error Domain", "UserInfo", "NSCocoa", "codingPath", "couldn"] {
        XCTAssertFalse(sentence.contains(raw), sentence)
      }
    }
  }
}
