import EventIO
import Glibc
import XCTest

@testable import mcp_ssh_server

/// A program that a test starts and that ends with the test process at the latest.
struct TestProcess: Sendable {
  let child: ChildProcess

  /// Its standard output, or standard error where asked for.
  let output: Int32

  /// Starts a program; on the loop's thread, whose end alone would end it.
  @ServerLoop
  init(
    _ executable: String,
    _ arguments: [String],
    environment: [String: String]? = nil,
    readsErrors: Bool = false
  ) throws {
    let pipe = try Descriptor.pipe()
    child = try ChildProcess.spawn(
      ProcessSpecification(executable, arguments, environment: environment, deathSignal: SIGKILL),
      standardOutput: readsErrors ? -1 : pipe.writingEnd.rawValue,
      standardError: readsErrors ? pipe.writingEnd.rawValue : -1
    )
    _ = consume pipe.writingEnd
    output = pipe.readingEnd.release()
  }

  /// The next line of the output; nil at its end.
  func readLine() -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1 {
      if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }

  /// Ends the program by a signal and waits for it.
  @discardableResult
  func end(_ signal: Int32 = SIGKILL) throws -> ExitStatus {
    child.signal(signal)
    defer { close(output) }
    return try child.wait()
  }

  /// Runs a program to its end.
  static func run(_ executable: String, _ arguments: [String]) async throws -> ExitStatus {
    let process = try await TestProcess(executable, arguments)
    while process.readLine() != nil {}
    defer { close(process.output) }
    return try process.child.wait()
  }
}
