import Glibc
import XCTest

@testable import EventIO

final class OutputTests: XCTestCase {
  private func pipe() throws -> (reading: Int32, writing: Int32) {
    let pipe = try Descriptor.pipe()
    return (pipe.readingEnd.release(), pipe.writingEnd.release())
  }

  private func drain(_ descriptor: Int32) -> Int {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    return max(0, read(descriptor, &buffer, buffer.count))
  }

  func testWrite_keepsWhatAFullPipeDoesNotTake_andSendsItFirst() throws {
    let (reading, writing) = try pipe()
    defer {
      close(reading)
      close(writing)
    }
    let output = Output(writing)
    output.write([UInt8](repeating: 65, count: 100_000), patience: .milliseconds(1))
    output.write("B", patience: .zero)
    var count = 0
    while count < 100_001 {
      count += drain(reading)
      output.write("", patience: .milliseconds(1))
    }
    XCTAssertEqual(count, 100_001)
    XCTAssertNil(output.failure)
  }

  func testDraw_takesThePlaceOfWhatWasDrawn_andOtherTextTakesIts() throws {
    let (reading, writing) = try pipe()
    defer {
      close(reading)
      close(writing)
    }
    let output = Output(writing)
    output.draw([])
    output.draw(["head", "bar"], isBold: true)
    // A terminal of 80 columns has wrapped the second line.
    output.draw(["head", String(repeating: "x", count: 100)])
    output.write("text\n")
    output.write("more\n")
    var buffer = [UInt8](repeating: 0, count: 1_000)
    let count = read(reading, &buffer, buffer.count)
    let lines = String(repeating: "x", count: 100)
    XCTAssertEqual(
      String(decoding: buffer[..<max(0, count)], as: UTF8.self),
      "\u{1B}[1mhead\u{1B}[0m\nbar\n\r\u{1B}[2A\u{1B}[Jhead\n\(lines)\n\r\u{1B}[3A\u{1B}[Jtext\nmore\n"
    )
  }

  func testOffer_drops_whenThePipeIsFull() throws {
    let (reading, writing) = try pipe()
    defer {
      close(reading)
      close(writing)
    }
    let output = Output(writing)
    output.write([UInt8](repeating: 65, count: 100_000), patience: .zero)
    for _ in 0..<100 { output.offer("view") }
    var count = 0
    while count < 100_000 {
      count += drain(reading)
      output.write("", patience: .milliseconds(1))
    }
    XCTAssertEqual(count, 100_000)
  }

  func testWrite_goesOn_whenThePipeDoesNotBlock() throws {
    let (reading, writing) = try pipe()
    defer {
      close(reading)
      close(writing)
    }
    _ = clinuxNonBlocking(writing)
    let output = Output(writing)
    output.write([UInt8](repeating: 65, count: 100_000), patience: .milliseconds(1))
    XCTAssertGreaterThan(drain(reading), 0)
    XCTAssertNil(output.failure)
  }

  private func clinuxNonBlocking(_ descriptor: Int32) -> Int32 {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  func testFailure_isTold_andEndsNothing() throws {
    let before = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, before) }
    let (reading, writing) = try pipe()
    close(reading)
    let full = open("/dev/full", O_WRONLY)
    defer {
      close(writing)
      close(full)
    }
    for (descriptor, code) in [(writing, EPIPE), (full, ENOSPC), (9_999, EBADF)] {
      let output = Output(descriptor)
      output.write("text")
      output.write("more")
      output.finish()
      XCTAssertEqual(output.failure?.code, code)
    }
  }
}
