import EventIO
import Glibc
import XCTest

@testable import LoadSupport

final class SampleReaderTests: XCTestCase {
  private let origin = ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0)

  private func line(_ number: Int, error: String? = nil) -> [UInt8] {
    var line: [UInt8] = []
    let sample = Sample(
      worker: number,
      operation: "op\(number % 7)",
      phase: .measure,
      attempt: Attempt(outcome: .success, planned: 1, done: 2, error: error)
    )
    SampleLine.append(sample, origin: origin, to: &line)
    return line
  }

  private func read(_ content: [UInt8]) throws -> (workers: [Int], unreadable: Int) {
    let directory = try TemporaryDirectory()
    var reader = SampleReader()
    var workers: [Int] = []
    try reader.read(directory.write(content, to: "w0.jsonl")) { workers.append($0.worker) }
    XCTAssertEqual(reader.lines, workers.count)
    return (workers, reader.unreadableLines)
  }

  func testReader_readsNothing_whenTheFileIsEmpty() throws {
    let result = try read([])
    XCTAssertEqual(result.workers, [])
    XCTAssertEqual(result.unreadable, 0)
  }

  func testReader_countsTheLastLine_whenItIsCut() throws {
    let whole = line(0) + line(1)
    let last = line(2)
    for length in Set(stride(from: 1, to: last.count, by: 11)).union([last.count - 1]) {
      let result = try read(whole + last[..<length])
      XCTAssertEqual(result.workers, [0, 1], "\(length) bytes of the last line")
      XCTAssertEqual(result.unreadable, 1, "\(length) bytes of the last line")
    }
    XCTAssertEqual(try read(whole + last).unreadable, 0)
  }

  func testReader_countsAndPassesOver_whatIsNoSample() throws {
    let garbage = ["", "garbage", "{}", "[1]", "\0\0\0", "{\"worker\":1}", "\u{FEFF}"]
    var content = line(0)
    for (index, text) in garbage.enumerated() {
      content += Array((text + "\n").utf8) + line(index + 1)
    }
    let result = try read(content)
    XCTAssertEqual(result.workers, Array(0...garbage.count))
    XCTAssertEqual(result.unreadable, garbage.count)
  }

  func testReader_readsEveryLine_whereverTheBufferEnds() throws {
    var content: [UInt8] = []
    var count = 0
    while content.count < 3 << 20 {
      content += line(count, error: String(repeating: "e", count: count * 131 % 4_001))
      count += 1
    }
    let result = try read(content)
    XCTAssertEqual(result.workers, Array(0..<count))
    XCTAssertEqual(result.unreadable, 0)
  }

  func testReader_countsOneLine_whenItExceedsTheBuffer() throws {
    for length in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 19, 3 << 20] {
      let long = [UInt8](repeating: 0x78, count: length) + [0x0A]
      let result = try read(line(0) + long + line(1) + long + line(2))
      XCTAssertEqual(result.workers, [0, 1, 2], "\(length) bytes")
      XCTAssertEqual(result.unreadable, 2, "\(length) bytes")
      XCTAssertEqual(try read(long.dropLast()).unreadable, 1, "\(length) bytes at the end")
    }
  }

  func testReader_namesTheFile_whenItIsMissing() {
    var reader = SampleReader()
    XCTAssertThrowsError(try reader.read("/nowhere/w0.jsonl") { _ in }) { error in
      XCTAssertEqual((error as? Errno)?.code, ENOENT)
      XCTAssertTrue("\(error)".contains("/nowhere/w0.jsonl"))
    }
  }

  func testReader_readsAllNames_whenThereAreMoreThanItRemembers() throws {
    let directory = try TemporaryDirectory()
    var content: [UInt8] = []
    let names = (0..<2_000).map { "name-\($0 % 700)" }
    for name in names {
      let attempt = Attempt(outcome: .timeout, planned: 1, done: 2)
      SampleLine.append(
        Sample(worker: 0, operation: name, phase: .warmup, step: "of \(name)", attempt: attempt),
        origin: origin,
        to: &content
      )
    }
    var reader = SampleReader()
    var found: [String] = []
    try reader.read(directory.write(content, to: "w0.jsonl")) { sample in
      XCTAssertEqual(sample.step, "of \(sample.operation)")
      found.append(sample.operation)
    }
    XCTAssertEqual(found, names)
  }

  /// A pipe or a device has no end, or no beginning.
  func testReader_refusesWhatIsNoFile() throws {
    let directory = try TemporaryDirectory()
    let pipe = directory.path + "/w0.jsonl"
    XCTAssertEqual(mkfifo(pipe, 0o600), 0)
    for path in [pipe, "/dev/zero", directory.path] {
      var reader = SampleReader()
      XCTAssertThrowsError(try reader.read(path) { _ in XCTFail(path) }) { error in
        XCTAssertTrue("\(error)".contains(path), "\(error)")
      }
    }
  }
}
