import EventIO
import XCTest

@testable import mcp_ssh_server

/// Frames as real shells read them.
final class CommandFrameTests: XCTestCase {
  private static func run(
    _ commands: [RemoteCommand],
    _ shell: TestShell = .system,
    timeout: Duration = .seconds(30)
  ) async throws -> [CommandOutcome] {
    try await shell.run(commands, timeout: timeout)
  }

  func testFrame_holds_whateverTheCommandIs() async throws {
    for shell in TestShell.all { try await checkFrames(shell) }
  }

  private func checkFrames(_ shell: TestShell) async throws {
    var commands: [(text: String, output: String, status: Int)] = [
      ("echo one", "one\n", 0),
      ("exit 7", "", 7),
      ("exec sh -c 'exit 5'", "", 5),
      ("echo 'never closed", "", 2),
      (")", "", 2),
      ("if true", "", 2),
      ("cat", "", 0),
      ("cat /nonexistent/file", "", 1),
      ("-n", "", 127),
      ("", "", 0),
      ("echo 'a\n1 0\nb'\n", "a\n1 0\nb\n", 0),
      ("hostname(){ echo x; }; cd /; exec 3>&1 0</dev/zero; unset n; set -u -- 9", "", 0),
      ("type hostname | grep -c function; echo \"$#$n\"; cat", "0\n0\n\n", 0),
      ("# nothing", "", 0),
      ("printf 'no line end'", "no line end", 0),
      ("echo \"it's\" 'quo''ted' \\\\", "it's quoted \\\n", 0),
      ("kill -9 $(sh -c 'echo $PPID')", "", 137),
      ("exec >/dev/null; echo lost", "", 0),
      ("set -e; false; echo never", "", 1),
      ("trap 'echo bye' EXIT; echo hi", "hi\nbye\n", 0),
      ("s=5; x=1", "", 0),
      ("echo ${x-unset}", "unset\n", 0),
      ("echo a\necho b", "a\nb\n", 0),
      ("cat <<E\ntext\nE", "text\n", 0),
      ("echo error >&2", "", 0),
    ]
    // The Korn shell's subshell is its own process, which ends with it; that is noticed.
    if shell.executable.hasSuffix("ksh93") { commands.removeAll { $0.status == 137 } }
    let outcomes = try await Self.run(commands.map { RemoteCommand($0.text) }, shell)
    for (command, outcome) in zip(commands, outcomes) {
      let output = String(decoding: outcome.standardOutput, as: UTF8.self)
      XCTAssertEqual(output, command.output, "\(shell): \(command.text)")
      // A syntax error is 2 in dash, and a signal 128 and its number; shells differ.
      let statuses = [2: [1, 2, 3, 258], 137: [137, 393]][command.status] ?? [command.status]
      XCTAssertTrue(statuses.contains(outcome.exitStatus), "\(shell): \(command.text): \(outcome)")
    }
    XCTAssertEqual(outcomes.last?.standardError, Array("error\n".utf8), "\(shell)")
  }

  func testSubshell_isSpared_onlyForProgramsWithPlainWords() {
    for command in ["hostname", "cat /etc/hostname", "ls -l /tmp", "date -u +%s", "id root@host"] {
      XCTAssertTrue(RemoteCommand(command).isPlainProgram, command)
    }
    for command in [
      "", " ", "exit", "cd /tmp", "x=1 date", "cat a;b", "cat 'a'", "ls *", "cat ~", "ls\nexit",
      "date\t", "ls #", "/bin/hostname", "cat $x", "ls é", "ls \u{301}", "ls\r\n", "x=1", "ls x=1",
    ] {
      XCTAssertFalse(RemoteCommand(command).isPlainProgram, command)
    }
    XCTAssertFalse(RemoteCommand("cat", arguments: ["x"]).isPlainProgram)
  }

  func testArguments_areData_whateverTheyHold() async throws {
    let arguments = [
      "", " ", "\n", "a\n", "\n\nb\nc", "it's", "`touch F`", "$(touch F)", "\\", "\\\n", "*", "-n",
      "é",
      "\u{301}'\u{301}", "\u{7F}\u{1}\r\t", String(repeating: "x\n", count: 3000),
    ]
    let command = RemoteCommand("printf '%s|' \"$@\"; echo $#", arguments: arguments)
    for shell in TestShell.all {
      let outcome = try await Self.run([command], shell)[0]
      let expected = arguments.map { $0 + "|" }.joined() + "\(arguments.count)\n"
      XCTAssertEqual(outcome.standardOutput, Array(expected.utf8), "\(shell)")
    }
  }

  func testCommand_isStopped_whenItsOutputHasNoEnd() async throws {
    let outcome = try await TestShell.system.run(["cat /dev/zero"], outputLimit: 1000)[0]
    XCTAssertTrue(outcome.wasStopped && outcome.isTruncated, "\(outcome.exitStatus)")
    XCTAssertEqual(outcome.standardOutput.count, 1000)
    XCTAssertEqual(outcome.exitStatus, 143)
  }

  func testShell_keepsBytesExact_whenTheOutputIsBinary() async throws {
    let octal = (0...255).map { "\\\(String($0, radix: 8))" }.joined()
    let escapes = octal.replacing(#/\\([0-7]{1,2})(?=\\|$)/#) { "\\0\($0.1)" }
    let outcome = try await Self.run([RemoteCommand("printf '%b' '\(escapes)'")])[0]
    XCTAssertEqual(outcome.standardOutput, (0...255).map { UInt8($0) })
  }

  func testShell_reportsTimeout_whenTheCommandDoesNotEnd() async throws {
    do {
      // Time for the loop to begin, on a busy machine too.
      _ = try await Self.run(["sleep 600"], timeout: .seconds(5))
      XCTFail("a command that does not end gave an outcome")
    } catch let failure as CommandFailure {
      XCTAssertEqual(failure, .timedOut)
    }
  }

  func testShell_reportsTheLoss_whenItDies() async throws {
    do {
      _ = try await Self.run(["kill -9 $$"])
      XCTFail("a dead shell gave an outcome")
    } catch let failure as CommandFailure {
      guard case .connectionLost = failure else { return XCTFail("\(failure)") }
    }
  }
}
