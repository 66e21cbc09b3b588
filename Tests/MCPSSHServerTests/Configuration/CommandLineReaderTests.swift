import EventIO
import Foundation
import XCTest

@testable import mcp_ssh_server

final class CommandLineReaderTests: XCTestCase {
  private func read(
    _ arguments: [String],
    _ environment: [String: String] = [:]
  ) throws -> ServerConfiguration {
    guard
      case .serve(let configuration) = try CommandLineReader.read(
        arguments,
        environment: environment
      )
    else { throw ConfigurationError(description: "help") }
    return configuration
  }

  func testFlags_winOverVariables() throws {
    let configuration = try read(
      ["--pool-limit", "7", "--rate-limit=0", "--allow-any-command"],
      ["MCP_SSH_POOL_LIMIT": "5", "MCP_SSH_PORT": "0", "MCP_SSH_COMMAND_TIMEOUT": "1.5"]
    )
    XCTAssertEqual(configuration.pool.limit, 7)
    XCTAssertEqual(configuration.rateLimit.requests, 0)
    XCTAssertEqual(configuration.port, 0)
    XCTAssertEqual(configuration.commandTimeout, .seconds(1.5))
    XCTAssertTrue(configuration.allowsAnyCommand)
  }

  func testTimes_areWrittenAsPeopleWriteThem() throws {
    for text in ["90", "90s", "1m30s", "90000ms"] {
      XCTAssertEqual(try read(["--command-timeout", text]).commandTimeout, .seconds(90), text)
    }
    XCTAssertEqual(try read(["--inject-delay", "0.25ms"]).faults.delayMilliseconds, 0.25)
  }

  func testAllowHost_isRepeatable_andAVariableAddsNothingToFlags() throws {
    let variable = ["MCP_SSH_ALLOW_HOST": "one, two"]
    let target = try ["one", "two", "three"].map { host in
      try SSHDestination(user: "u", host: host, port: 22)
    }
    let fromVariable = try read([], variable).allowedHosts
    XCTAssertEqual(target.map { (try? fromVariable.rule(for: $0)) != nil }, [true, true, false])
    let flags = ["--allow-host", "two", "--allow-host=three"]
    let fromFlags = try read(flags, variable).allowedHosts
    XCTAssertEqual(target.map { (try? fromFlags.rule(for: $0)) != nil }, [false, true, true])
    XCTAssertThrowsError(try read(["--allow-host", ""]))
    XCTAssertThrowsError(try read([], ["MCP_SSH_ALLOW_HOST": " "]))
    XCTAssertTrue(try read([]).allowedHosts.areUnlimited)
  }

  func testFileForSSH_isAbsolute_andHasNoNameThatSSHWouldChange() throws {
    let directory = NSTemporaryDirectory() + "/mcp-ssh-server-names-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for (name, isGood) in [
      ("a b", true), ("%h", true), ("it's", true), ("~", true), ("none", true), ("e\u{301}", true),
      ("\"", false), ("\"\u{301}", false), ("\\", false), ("${HOME}", false), ("a\nb", false),
      ("\r\n", false),
    ] {
      let path = "\(directory)/\(name)"
      try "".write(toFile: path, atomically: false, encoding: .utf8)
      let identity = try? read(["--identity", path]).identityFile
      XCTAssertEqual(identity, isGood ? path : nil, name.debugDescription)
    }
    let previous = FileManager.default.currentDirectoryPath
    XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(directory))
    defer { XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(previous)) }
    let absolute = try read(["--identity", "none"]).identityFile
    XCTAssertTrue(absolute?.hasPrefix("/") == true && absolute?.hasSuffix("/none") == true)
  }

  func testReader_namesFlagAndValue_whenOneIsBad() {
    let cases: [([String], [String: String], [String])] = [
      (["--pool-limit", "0"], [:], ["--pool-limit=\"0\"", "1 to 10000"]),
      (["--port", "3x"], [:], ["--port=\"3x\"", "0 to 65535"]),
      ([], ["MCP_SSH_PORT": "-1"], ["MCP_SSH_PORT=\"-1\"", "0 to 65535"]),
      (["--identity", "/nonexistent"], [:], ["--identity=\"/nonexistent\"", "readable file"]),
      (["--port"], [:], ["--port needs a value"]),
      (["--prot", "1"], [:], ["unknown flag --prot", "did you mean --port?"]),
      (["--log-level", "loud"], [:], ["--log-level=\"loud\"", "warning"]),
      (["--grace", "1s1m"], [:], ["--grace=\"1s1m\"", "a time from 0s to 1h, such as 10s"]),
      (["serve"], [:], ["unknown flag serve"]), (["--host="], [:], ["--host=\"\""]),
      ([], ["MCP_SSH_TOKEN_FILE": ""], ["MCP_SSH_TOKEN_FILE=\"\"", "a readable file"]),
      ([], ["MCP_SSH_AUDIT": ""], ["MCP_SSH_AUDIT=\"\" is not valid"]),
      ([], ["MCP_SSH_PROT": "1"], ["unknown variable MCP_SSH_PROT", "MCP_SSH_PORT"]),
    ]
    for (arguments, environment, parts) in cases {
      XCTAssertThrowsError(try read(arguments, environment)) { error in
        for part in parts { XCTAssertTrue("\(error)".contains(part), "\(error)") }
      }
    }
  }

  func testValue_beginsBehindTheFirstEqualsSign_whateverFollows() throws {
    let value = "\u{301}a=b\u{200D}=c"
    XCTAssertEqual(try read(["--host=\(value)"]).host.utf8.map { $0 }, value.utf8.map { $0 })
    XCTAssertThrowsError(try read(["--hos\u{301}t=x"]))
    XCTAssertThrowsError(try read(["--identity", "/etc/passwd\u{22}\u{301}"]))
  }

  func testHelp_namesEveryFlagAndVariable() throws {
    guard case .print(let text) = try CommandLineReader.read(["--help"], environment: [:]) else {
      return XCTFail("no help")
    }
    for option in ServerConfiguration.options {
      XCTAssertTrue(text.contains(try XCTUnwrap(option.flag)))
      XCTAssertTrue(text.contains(try XCTUnwrap(option.variable)))
    }
    XCTAssertTrue(text.contains("  --rate-window TIME\n      length of that window (1m)"), text)
  }
}
