import EventIO
import XCTest

@testable import mcp_ssh_server

/// Frames as real shells read them.
final class CommandFrameTests: XCTestCase {
  /// Feeds frames to a shell and collects what each gives.
  @ServerLoop
  private static func run(
    _ commands: [String],
    shell: String,
    timeout: Duration = .seconds(30)
  ) async throws -> [CommandOutcome] {
    let process = ProcessSpecification(shell, [], startsSession: true, deathSignal: 9)
    let remote = try RemoteShell(process)
    remote.startReading()
    defer { remote.close() }
    var outcomes: [CommandOutcome] = []
    for command in commands {
      outcomes.append(
        try await remote.run(command, outputLimit: 1 << 20, timeout: timeout)
      )
    }
    return outcomes
  }

  private func checkFrames(_ shell: String) async throws {
    let commands: [(text: String, output: String, status: Int)] = [
      ("echo one", "one\n", 0),
      ("exit 7", "", 7),
      ("exec sh -c 'exit 5'", "", 5),
      ("echo 'never closed", "", 2),
      (")", "", 2),
      ("if true", "", 2),
      ("cat", "", 0),
      ("cat /nonexistent/file", "", 1),
      ("-n", "", 127),
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
    let outcomes = try await Self.run(commands.map(\.text), shell: shell)
    for (command, outcome) in zip(commands, outcomes) {
      let output = String(decoding: outcome.standardOutput, as: UTF8.self)
      XCTAssertEqual(output, command.output, "\(shell): \(command.text)")
      // A syntax error is 2 in dash and 1 in others that eval runs in.
      let statuses = command.status == 2 ? [1, 2, 258] : [command.status]
      XCTAssertTrue(statuses.contains(outcome.exitStatus), "\(shell): \(command.text): \(outcome)")
    }
    XCTAssertEqual(outcomes.last?.standardError, Array("error\n".utf8))
  }

  func testSubshell_isSpared_onlyForProgramsWithPlainWords() {
    for command in ["hostname", "cat /etc/hostname", "ls -l /tmp", "date -u +%s", "id root@host"] {
      XCTAssertTrue(CommandFrame.isPlainProgram(command), command)
    }
    for command in [
      "", " ", "exit", "cd /tmp", "x=1 date", "cat a;b", "cat 'a'", "ls *", "cat ~", "ls\nexit",
      "date\t", "ls #", "/bin/hostname", "cat $x", "ls é",
    ] {
      XCTAssertFalse(CommandFrame.isPlainProgram(command), command)
    }
  }

  func testFrame_holds_whateverTheCommandIs() async throws {
    try await checkFrames("/bin/sh")
  }

  func testFrame_holds_whenTheShellIsBash() async throws {
    guard ReadableFile.exists("/bin/bash") else { throw XCTSkip("there is no /bin/bash") }
    try await checkFrames("/bin/bash")
  }

  func testShell_keepsBytesExact_whenTheOutputIsBinary() async throws {
    let octal = (0...255).map { "\\\(String($0, radix: 8))" }.joined()
    let escapes = octal.replacing(#/\\([0-7]{1,2})(?=\\|$)/#) { "\\0\($0.1)" }
    let outcome = try await Self.run(["printf '%b' '\(escapes)'"], shell: "/bin/sh")[0]
    XCTAssertEqual(outcome.standardOutput, (0...255).map { UInt8($0) })
  }

  func testShell_reportsTimeout_whenTheCommandDoesNotEnd() async throws {
    do {
      _ = try await Self.run(["sleep 60"], shell: "/bin/sh", timeout: .milliseconds(20))
      XCTFail("a command that does not end gave an outcome")
    } catch let failure as CommandFailure {
      XCTAssertEqual(failure, .timedOut)
    }
  }

  func testShell_reportsTheLoss_whenItDies() async throws {
    do {
      _ = try await Self.run(["kill -9 $$"], shell: "/bin/sh")
      XCTFail("a dead shell gave an outcome")
    } catch let failure as CommandFailure {
      guard case .connectionLost = failure else { return XCTFail("\(failure)") }
    }
  }
}
