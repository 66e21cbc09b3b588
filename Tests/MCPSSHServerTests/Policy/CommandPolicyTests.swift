import XCTest

@testable import mcp_ssh_server

final class CommandPolicyTests: XCTestCase {
  func testWords_areThoseOfAShell() throws {
    let cases: [(String, [String])] = [
      ("ls -la  /tmp", ["ls", "-la", "/tmp"]),
      ("echo 'a b' \"c d\"e\\ f", ["echo", "a b", "c de f"]),
      ("echo '' \"\"", ["echo", "", ""]),
      ("echo a#b", ["echo", "a#b"]),
      ("ls *.txt ~", ["ls", "*.txt", "~"]),
    ]
    for (command, words) in cases {
      let found = try ShellWords.split(command).map { String(decoding: $0.text, as: UTF8.self) }
      XCTAssertEqual(found, words, command)
    }
  }

  func testCommand_isWrittenAnew_fromTheWordsThatWereChecked() throws {
    let cases = [
      ("ls   -la\t/tmp", "ls -la /tmp"), ("'ls' \"/t\"mp", "ls /tmp"),
      ("echo 'a b'\\ c", "echo a' b c'"),
      ("echo ''", "echo ''"), ("echo it\\'s", "echo it\\'s"),
      ("ls *.txt ~/x a~", "ls *.txt ~/x a'~'"),
      ("ls '*' \\~ x=1 é", "ls '*' '~' x'=1' 'é'"), ("echo \"a\\\nb\"", "echo ab"),
    ]
    for (command, written) in cases {
      XCTAssertEqual(try CommandPolicy.standard.check(command).command, written, command)
    }
    let permit = try CommandPolicy.anyCommand.check("a;  b")
    XCTAssertEqual(permit.command, "a;  b")
    XCTAssertEqual(permit.rule, "--allow-any-command")
  }

  func testCommand_isRefused_whenItIsMoreThanWords() {
    let commands = [
      "ls; rm x", "ls && rm x", "ls || rm x", "ls | sh", "ls & rm x", "ls > x", "ls < x",
      "echo $(rm x)", "echo `rm x`", "echo \"$(rm x)\"", "echo \"`rm x`\"", "echo $HOME",
      "(ls)", "{ ls; }", "ls\nrm x", "ls \\\nrm", "! ls", "ls # rm", "ls 'x", "ls \"x", "ls \\",
      "", "  ", "ls\rrm", "ls;\u{301}rm", "ls \u{85}rm", "cat <<E", "ls |& cat", "ls >& x",
    ]
    for command in commands {
      XCTAssertThrowsError(try CommandPolicy.standard.check(command), command)
    }
  }

  func testCommand_isRefused_whenItIsLong_andDecidedInTimeWhenItIsNearly() throws {
    let word = String(repeating: "a", count: CommandPolicy.lengthLimit - 4)
    XCTAssertNoThrow(try CommandPolicy.standard.check("cat " + word))
    XCTAssertThrowsError(try CommandPolicy.standard.check("cat " + word + "a"))
    let lines = String(repeating: "\n", count: CommandPolicy.lineLimit)
    XCTAssertThrowsError(try CommandPolicy.standard.check("echo '\(lines)'"))
    XCTAssertNoThrow(try CommandPolicy.standard.check("echo '\(lines.dropLast())'"))
    // Exponential or quadratic in the word, these would not end.
    let policy = try CommandPolicy(file: "allow cat *a*a*a*a*a*b\nallow tail [--x=*a*a*a*b] ...")
    XCTAssertThrowsError(try policy.check("cat " + word))
    XCTAssertThrowsError(try policy.check("tail --x=" + word.dropLast(10)))
  }
}
