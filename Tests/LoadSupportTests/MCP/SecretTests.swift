import XCTest

@testable import LoadSupport

final class SecretTests: XCTestCase {
  func testSecret_doesNotShow_whenPrintedInAnyWay() {
    let secret = Secret("hunter2")
    let target = SSHTarget(host: "h", port: 22, password: secret)
    var dumped = ""
    dump(secret, to: &dumped)
    dump(target, to: &dumped)
    for text in [
      "\(secret)", String(describing: target), String(reflecting: secret),
      String(reflecting: target), "\([secret])", "\(Optional(secret) as Any)", dumped,
    ] {
      XCTAssertFalse(text.contains("hunter2"), text)
    }
  }

  /// Servers may repeat a token without its scheme.
  func testHeaderValues_areSecretsWithAndWithoutTheirScheme() throws {
    for token in ["hunter2hunter2", "\u{301}unter2hunter2"] {
      let endpoint = try MCPEndpoint(
        HTTPURL(host: "127.0.0.1", port: 1),
        headers: ["Authorization": Secret("Bearer \(token)")]
      )
      let said = endpoint.secrets.reduce("wrong token '\(token)'") { $1.redacted(from: $0) }
      XCTAssertFalse(said.contains("unter2"), said)
    }
  }

  func testRedaction_replacesEveryOccurrence() {
    let cases = [
      ("hunter2", "login as hunter2/hunter2 failed", "login as (secret)/(secret) failed"),
      ("hunter2", "hunter2", "(secret)"), ("hunter2", "nothing", "nothing"), ("", "text", "text"),
      ("aa", "aaa", "(secret)a"), ("a.c", "abc a.c", "abc (secret)"), ("x", "", ""),
      ("hunter2", "hunter2\u{301} hunter2\r\n", "(secret)\u{301} (secret)\r\n"),
    ]
    for (secret, text, expected) in cases {
      XCTAssertEqual(Array(Secret(secret).redacted(from: text).utf8), Array(expected.utf8), text)
    }
  }
}
