import EventIO
import XCTest

@testable import mcp_ssh_server

final class LoginFailureTests: XCTestCase {
  func testFailure_tellsTheReasons_fromTheWordsOfSSH() throws {
    let destination = try SSHDestination(user: "u", host: "h", port: 22)
    let cases: [(String, LoginFailure.Reason, String)] = [
      ("u@h: Permission denied (publickey,password).\r\n", .refused, "Permission denied"),
      (
        "@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@\r\n"
          + "Host key verification failed.\r\n", .hostKey, "HAS CHANGED"
      ),
      (
        "No ED25519 host key is known for h and you have requested strict checking.\r\n"
          + "Host key verification failed.\r\n", .hostKey, "host key is known"
      ),
      ("ssh: connect to host h port 22: Connection refused\r\n", .unreachable, "refused"),
      ("ssh: connect to host h port 22: Connection timed out\r\n", .timedOut, "timed out"),
      ("ssh: Could not resolve hostname h: Name or service not known\n", .unreachable, "resolve"),
      ("odd\n", .other, "odd"),
      ("", .other, "without a word"),
    ]
    for (output, reason, part) in cases {
      let failure = LoginFailure(sshOutput: Array(output.utf8), destination: destination)
      XCTAssertEqual(failure.reason, reason, output)
      XCTAssertTrue(failure.text.contains(part), failure.text)
      XCTAssertFalse(failure.text.contains("\n"))
    }
  }

  func testFailure_saysWhatCameInAShellsPlace() throws {
    let destination = try SSHDestination(user: "u", host: "h", port: 22)
    let cases: [(output: String, errors: String, text: String, LoginFailure.Reason)] = [
      ("not available.\r\n", "", #"no shell: "not available.""#, .noShell),
      ("\none\n\ntwo", "late\r\n", #"no shell: "one / two"; late"#, .noShell),
      ("a\u{1B}[31m\u{202E}b\u{7}", "", #"no shell: "a\u{1b}[31m\u{202e}b\u{7}""#, .noShell),
      (String(repeating: "x", count: 500), "", "\(String(repeating: "x", count: 200))…", .noShell),
      ("words", "u@h: Permission denied (publickey).", "login refused", .refused),
      (" \r\n", "odd\u{9B}", "odd\\u{9b}", .other),
    ]
    for (output, errors, text, reason) in cases {
      let failure = LoginFailure(
        sshOutput: Array(errors.utf8),
        shellOutput: Array(output.utf8),
        destination: destination
      )
      XCTAssertEqual(failure.reason, reason, output)
      XCTAssertTrue(failure.text.containsBytes(text), failure.text)
    }
    let late = LoginFailure(
      timedOutAfter: "1 s",
      shellOutput: Array("Menu:".utf8),
      destination: destination
    )
    XCTAssertEqual(late.text, #"u@h:22: no shell within 1 s but "Menu:""#)
  }

  func testDestination_isRefused_whenSSHWouldTakeItForAnOption() {
    for (user, host, port) in [
      ("u", "-oProxyCommand=x", 22), ("-x", "h", 22), ("u", "h;x", 22), ("u", "", 22),
      ("u", "h", 0), ("u", "h", 65536), ("u v", "h", 22), ("u", "h\n", 22),
    ] {
      XCTAssertThrowsError(try SSHDestination(user: user, host: host, port: port))
    }
    XCTAssertNoThrow(try SSHDestination(user: "a.b", host: "fe80::1%eth0", port: 22))
  }
}
