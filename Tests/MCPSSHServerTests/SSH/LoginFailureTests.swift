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
