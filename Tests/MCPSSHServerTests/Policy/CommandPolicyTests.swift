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
      XCTAssertEqual(try ShellWords.split(command), words, command)
    }
    XCTAssertEqual(try ShellWords.split("echo \"\\$x \\a\""), ["echo", "$x \\a"])
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

  func testStandardPolicy_allowsToLook_andNothingElse() {
    for command in [
      "hostname", "whoami", "cat /etc/hostname", "ls -la /tmp", "uname -a", "date +%s", "uptime",
      "df -h", "ps aux", "id", "hostname -f", "'whoami'",
    ] {
      XCTAssertNoThrow(try CommandPolicy.standard.check(command), command)
    }
    for command in [
      "rm -rf /", "sh -c ls", "/bin/ls", "LS", "hostname evil", "hostname -F/tmp/x", "date -s now",
      "env ls", "X=1 ls", "l?", "sudo ls", "exec ls", "eval ls",
    ] {
      XCTAssertThrowsError(try CommandPolicy.standard.check(command), command)
    }
  }

  func testRules_areReadFromAFile_andDenyingOnesWin() throws {
    let policy = try CommandPolicy(
      file: """
        # services
        allow systemctl status *
        allow git ...
        deny git push ...
        """
    )
    XCTAssertNoThrow(try policy.check("systemctl status sshd"))
    XCTAssertNoThrow(try policy.check("git log -1"))
    for command in [
      "systemctl status", "systemctl stop sshd", "systemctl status a b", "git push origin", "ls",
    ] {
      XCTAssertThrowsError(try policy.check(command), command)
    }
    XCTAssertThrowsError(try CommandPolicy(file: "allow ls\npermit x")) { error in
      XCTAssertTrue("\(error)".contains("line 2"), "\(error)")
    }
  }
}
