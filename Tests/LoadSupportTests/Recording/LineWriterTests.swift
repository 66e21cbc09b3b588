import EventIO
import Foundation
import Glibc
import XCTest

@testable import LoadSupport

final class LineWriterTests: XCTestCase {
  private func lines(_ path: String) throws -> [String] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    XCTAssertTrue(text.isEmpty || text.hasSuffix("\n"), "the last line is not whole")
    return text.split(separator: "\n").map(String.init)
  }

  func testLines_reachTheFileWholeAndInOrder() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Array("of an earlier run".utf8), to: "w0.jsonl")
    let writer = try LineWriter(path: path)
    var expected: [String] = []
    for index in 0..<20_000 {
      let line = "\(index) " + String(repeating: "x", count: index % 97)
      expected.append(line)
      writer.appendLine { $0 += Array((line + "\n").utf8) }
      if index % 1_013 == 0 { writer.flush() }
    }
    try await writer.close()
    XCTAssertEqual(try lines(path), expected)
    XCTAssertNil(writer.failure)
  }

  func testLines_areAllThere_whenOthersFlushMeanwhile() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/w0.jsonl"
    let writer = try LineWriter(path: path)
    await withTaskGroup { group in
      for task in 0..<4 {
        group.addTask {
          for index in 0..<2_000 {
            writer.appendLine { $0 += Array("task \(task) line \(index)\n".utf8) }
            if index % 100 == 0 { writer.flush() }
          }
        }
      }
    }
    try await writer.close()
    let expected = (0..<4).flatMap { task in (0..<2_000).map { "task \(task) line \($0)" } }
    XCTAssertEqual(try lines(path).sorted(), expected.sorted())
  }

  func testWriter_namesFileAndReason_whenTheFileCannotBeMade() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/missing/w0.jsonl"
    XCTAssertThrowsError(try LineWriter(path: path)) { error in
      XCTAssertEqual((error as? RecordingError)?.cause.code, ENOENT)
      XCTAssertTrue("\(error)".contains(path), "\(error)")
    }
  }

  func testLostLines_areCounted_whenTheDiskIsFull() async throws {
    let writer = try LineWriter(path: "/dev/full")
    for _ in 0..<5 { writer.appendLine { $0 += Array("{}\n".utf8) } }
    do throws(RecordingError) {
      try await writer.close()
      XCTFail("a full disk went unnoticed")
    } catch {
      XCTAssertEqual(error.cause.code, ENOSPC)
      XCTAssertEqual(error.linesLost, 5)
      XCTAssertTrue("\(error)".contains("/dev/full"), "\(error)")
      XCTAssertTrue("\(error)".contains("5 lines"), "\(error)")
    }
    for _ in 0..<3 { writer.appendLine { $0 += Array("{}\n".utf8) } }
    do throws(RecordingError) {
      try await writer.close()
      XCTFail("a full disk was forgotten")
    } catch {
      XCTAssertEqual(error.linesLost, 8)
    }
  }

  func testFile_holdsWholeLinesOnly_whenTheDiskFillsUp() async throws {
    let disk = try SmallDisk(kibibytes: 64)
    let path = disk.path + "/w0.jsonl"
    let writer = try LineWriter(path: path)
    let line = String(repeating: "0123456789", count: 70)
    for index in 0..<300 {
      writer.appendLine { $0 += Array("\(index) \(line)\n".utf8) }
      if index % 10 == 9 { writer.flush() }
    }
    var lost = 0
    do throws(RecordingError) {
      try await writer.close()
    } catch {
      XCTAssertEqual(error.cause.code, ENOSPC)
      lost = error.linesLost
    }
    XCTAssertGreaterThan(lost, 0)
    let kept = try lines(path)
    XCTAssertGreaterThan(kept.count, 0)
    XCTAssertEqual(kept, (0..<kept.count).map { "\($0) \(line)" })
    XCTAssertEqual(kept.count + lost, 300)
  }

  /// A file system of a few pages, in the mount namespace of a process that waits for its end.
  private final class SmallDisk {
    let path: String
    private let holder = Process()
    private let hold = Foundation.Pipe()

    init(kibibytes: Int) throws {
      let output = Foundation.Pipe()
      holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      holder.arguments = [
        "unshare", "-r", "-m", "sh", "-c",
        "mount -t tmpfs -o size=\(kibibytes)k tmpfs /mnt && echo $$ && read end",
      ]
      holder.standardInput = hold
      holder.standardOutput = output
      holder.standardError = output
      try holder.run()
      let answer = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      guard let pid = Int(answer.trimmingCharacters(in: .whitespacesAndNewlines)),
        FileManager.default.isWritableFile(atPath: "/proc/\(pid)/root/mnt")
      else {
        holder.terminate()
        throw XCTSkip("a small file system cannot be mounted here: \(answer)")
      }
      path = "/proc/\(pid)/root/mnt"
    }

    deinit {
      try? hold.fileHandleForWriting.close()
      holder.waitUntilExit()
    }
  }
}
