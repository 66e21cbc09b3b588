import EventIO
import XCTest

@testable import LoadSupport

final class ServerCommandTests: XCTestCase {
  /// What a shell says that runs a command.
  private func output(
    _ command: String,
    _ values: [String: String] = [:],
    more: [String] = []
  ) throws -> [String] {
    let command = try XCTUnwrap(ServerCommand(command), command)
    let pipe = try Descriptor.pipe()
    let shell = try ChildProcess.spawn(
      ProcessSpecification("/bin/sh", command.shellArguments(values, more: more)),
      standardOutput: pipe.writingEnd.rawValue,
      standardError: pipe.writingEnd.rawValue
    )
    _ = consume pipe.writingEnd
    let text = String(decoding: try pipe.readingEnd.readToEnd(), as: UTF8.self)
    _ = try shell.wait()
    return text.split(at: UInt8(ascii: "\n")).map(String.init)
  }

  /// What a shell makes of a command's words.
  private func words(
    _ command: String,
    _ values: [String: String],
    more: [String]
  ) throws -> [String] {
    try output("printf '%s\\n' " + command, values, more: more)
  }

  func testLine_isRunAsAShellRunsIt() throws {
    let values = ["port": "3000", "identity": "/a \"b\"/it's $HOME`x`\\"]
    let said = [
      "X=1 sh -c 'echo $X'": ["1"], "cd / && pwd": ["/"], "(echo a; echo {port})": ["a", "3000"],
      "{ echo {port}; }": ["3000"], "echo a; echo {port} # not {port}": ["a", "3000"],
      "echo \"{port}\" '{port}' x{port}y \"a b {port}\"": ["3000 3000 x3000y a b 3000"],
      "port=7; echo ${port} {port}": ["7 3000"], "echo ${none:-{port}}": ["3000"],
      "echo '${port}' \\# a#b \"#c\"": ["${port} # a#b #c"],
      "printf '%s\\n' {identity} \"{identity}\" '{identity}' '#{port}'": [
        values["identity"], values["identity"], values["identity"], "#3000",
      ].compactMap(\.self),
    ]
    for (line, expected) in said { XCTAssertEqual(try output(line, values), expected, line) }
  }

  func testArguments_comeBehindTheLastWord_orWhereTheLineWantsThem() throws {
    for (line, expected) in [
      ("echo a # b", ["a x y"]), ("cd / && echo a  ", ["a x y"]), ("X=1 echo '#'", ["# x y"]),
      ("(echo a; echo \"$@\")", ["a", "x y"]), ("echo a # b\n# c\n", ["a x y"]),
      ("echo 'e\u{301}' #\u{301}", ["e\u{301} x y"]),
    ] {
      XCTAssertEqual(try output(line, more: ["x", "y"]), expected, line)
    }
  }

  func testPort_isNamedByItsPlaceholderAlone() {
    for text in ["s {port}", "s \"{port}\"", "s '{port}'", "s --p={port} # x"] {
      XCTAssertEqual(ServerCommand(text)?.namesItsPort, true, text)
    }
    for text in ["s", "s ${port}", "s # {port}", "s {ssh}"] {
      XCTAssertEqual(ServerCommand(text)?.namesItsPort, false, text)
    }
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

  func testDigest_tellsCommandsApart_withoutShowingThem() throws {
    XCTAssertNil(ServerCommand.digest(nil, more: []))
    let commands = [
      "s {port}", "s {identity}", "s {port} x", "TOKEN=secret s {port}", "TOKEN=secre s {port}",
    ]
    var digests = try commands.map { text in
      try XCTUnwrap(ServerCommand.digest(XCTUnwrap(ServerCommand(text)), more: []))
    }
    for more in [["x"], ["x", "y"], ["xy"], ["x y"]] {
      digests.append(try XCTUnwrap(ServerCommand.digest(nil, more: more)))
      digests.append(try XCTUnwrap(ServerCommand.digest(ServerCommand(commands[0]), more: more)))
    }
    XCTAssertEqual(Set(digests).count, digests.count, "\(digests)")
    for digest in digests {
      XCTAssertEqual(digest.utf8.count, 8, digest)
      XCTAssertNotNil(UInt32(digest, radix: 16), digest)
    }
    // From night to night it is the same.
    XCTAssertEqual(ServerCommand.digest(ServerCommand("s  # old"), more: []), "9f4511d3")
  }
}
