import Foundation
import XCTest

@testable import LoadSupport

final class ServerCommandTests: XCTestCase {
  /// What a shell makes of a command's words.
  private func words(
    _ command: String,
    _ values: [String: String],
    more: [String]
  ) throws -> [String] {
    let command = try XCTUnwrap(ServerCommand("printf '%s\\n' " + command), command)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = command.shellArguments(values, more: more)
    let output = Foundation.Pipe()
    shell.standardOutput = output
    try shell.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  func testWords_areTheShells_withPlaceholdersFilledIn_andArgumentsBehindThem() throws {
    let values = ["port": "3000", "identity": "/a dir/it's $HOME"]
    XCTAssertEqual(
      try words("'a b' --port={port} {identity} ${LOADTEST_NONE:-c}", values, more: ["d e", "$f"]),
      ["a b", "--port=3000", "/a dir/it's $HOME", "c", "d e", "$f"]
    )
  }

  /// A combining mark makes one Character with what stands before it, a prepended sign with what
  /// stands behind it: neither takes a quote or a brace away from the shell.
  func testWords_areTheShells_whenMarksStandBesideQuotesAndBraces() throws {
    let hostile = "'\u{301}; echo no; \u{600}'$(echo no)\u{600}"
    XCTAssertEqual(
      try words(
        "{identity}\u{301} \u{600}{port}\u{200d}",
        ["identity": hostile, "port": "7"],
        more: []
      ),
      ["\(hostile)\u{301}", "\u{600}7\u{200d}"]
    )
  }

  func testValues_areNotReadAsPlaceholders() throws {
    XCTAssertEqual(
      try words("{identity} {ssh}", ["identity": "/{ssh}/k", "ssh": "/{identity}/s"], more: []),
      ["/{ssh}/k", "/{identity}/s"]
    )
  }

  func testCommand_isRefused_whenBracesHoldWhatIsNoPlaceholder() {
    for text in ["", "  ", "server {prot}", "{x} {port}", "s {p\u{f6}rt}", "s {port\u{301}}"] {
      XCTAssertNil(ServerCommand(text), text)
    }
    for text in ["server", "s {port}", "s ${PORT}", "s {a,b} { }", "s {port", "s }{"] {
      XCTAssertNotNil(ServerCommand(text), text)
    }
  }

  func testSettings_sayWhichCommandIsWrong_andRefuseItBesideALiveServer() {
    for (environment, parts) in [
      (["LOADTEST_BASE_SERVER": "s {prot}"], ["LOADTEST_BASE_SERVER", "{prot}", "{port}"]),
      (
        ["LOADTEST_SERVER": "s", "LOADTEST_MCP_URL": "http://127.0.0.1:1/mcp"],
        ["LOADTEST_SERVER", "left out"]
      ), (["LOADTEST_SCENARIO": "x"], ["LOADTEST_SCENARIO", "command_throughput"]),
    ] {
      XCTAssertThrowsError(try RunSettings(environment: environment)) { error in
        for part in parts { XCTAssertTrue("\(error)".contains(part), "\(error)") }
      }
    }
  }
}
