import EventIO
import XCTest

@testable import LoadSupport

final class StdioCommandTests: XCTestCase {
  func testCommand_isTakenApartAndFilled() throws {
    let command = try XCTUnwrap(
      StdioCommand(#"/opt/bin/server --key={identity} 'a {target_host}' '{"a": 1}' ${target_port}"#)
    )
    XCTAssertEqual(command.program, "/opt/bin/server")
    XCTAssertEqual(command.name, "server")
    XCTAssertTrue(command.needsSSH)
    let values = ["identity": "/k {target_host}", "target_host": "h", "target_port": "22"]
    XCTAssertEqual(
      command.arguments(values),
      ["--key=/k {target_host}", "a h", #"{"a": 1}"#, "$22"]
    )
  }

  func testDigest_tellsCommandsApart() {
    XCTAssertEqual(StdioCommand("a 'b c'")?.digest, StdioCommand("a  \"b c\"")?.digest)
    XCTAssertNotEqual(StdioCommand("a 'b c'")?.digest, StdioCommand("a b c")?.digest)
  }

  func testCommands_thatCannotBeUsed_areRefused() {
    for line in ["", "  ", "a 'b", "''", "a {port}", "a {identify}"] {
      XCTAssertNil(StdioCommand(line), line)
    }
  }

  // MARK: Settings

  private func read(
    _ environment: [String: String],
    _ flags: [String: String] = [:]
  ) throws -> RunSettings {
    try RunSettings(
      environment: environment,
      flags: flags.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) }
    )
  }

  func testTarget_isTheEmbeddedOneUnlessItIsNamed() throws {
    let alone = try read(["LOADTEST_SERVER_STDIO": "server"])
    XCTAssertTrue(alone.usesEmbeddedTarget)
    XCTAssertTrue(alone.targetsTestNetwork)
    XCTAssertNil(alone.era)
    let named = try read(["LOADTEST_SERVER_STDIO": "server", "LOADTEST_TARGET_HOST": "h"])
    XCTAssertFalse(named.usesEmbeddedTarget)
    XCTAssertFalse(named.targetsTestNetwork)
    XCTAssertEqual(named.target.host, "h")
    XCTAssertEqual(named.target.port, 22)
    let live = ["LOADTEST_SERVER_STDIO": "server", "LOADTEST_NETWORK": "live"]
    XCTAssertThrowsError(try read(live))
  }

  func testFlag_winsOverAVariableThatNamesAServerInAnotherWay() throws {
    let url = ["LOADTEST_MCP_URL": "http://127.0.0.1:1/mcp"]
    let stdio = try read(url, ["--stdio": "server"])
    XCTAssertNotNil(stdio.stdio)
    XCTAssertNil(stdio.serverURL)
    let http = try read(["LOADTEST_SERVER_STDIO": "server"], ["--mcp-host": "h"])
    XCTAssertNil(http.stdio)
    XCTAssertEqual(http.serverURL?.host, "h")
    for (environment, flags) in [
      (url.merging(["LOADTEST_SERVER_STDIO": "secret"]) { $1 }, [:]),
      ([:], ["--stdio": "secret", "--server": "build"]),
      ([:], ["--stdio": "secret", "--mcp-url": "http://127.0.0.1:1/mcp"]),
    ] as [([String: String], [String: String])] {
      XCTAssertThrowsError(try read(environment, flags)) { error in
        XCTAssertTrue("\(error)".contains("both name the server"), "\(error)")
        XCTAssertFalse("\(error)".contains("secret"), "\(error)")
      }
    }
  }

  func testEnvironment_isAllowListed() throws {
    let environment = [
      "PATH": "/bin", "LC_ALL": "C", "LOADTEST_PASSWORD": "x", "API_KEY": "k", "OTHER": "o",
      "HOMER": "h",
    ]
    XCTAssertEqual(
      ChildEnvironment.of(environment, naming: ["API_KEY"]),
      ["PATH": "/bin", "LC_ALL": "C", "API_KEY": "k"]
    )
    XCTAssertThrowsError(try read(["LOADTEST_STDIO_ENV": "API_KEY=hunter2"])) { error in
      XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
    }
  }
}
