import Foundation
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

  /// A server that answers with the fields that it got may have decoded them.
  func testBasicCredentials_areSecrets_decodedAsWell() throws {
    let coded = Data("bob:hunter2:hunter2".utf8).base64EncodedString()
    let proxy = try HTTPURL(parsing: "http://127.0.0.1:3128")
    for endpoint in [
      try MCPClientEndpoint(
        HTTPURL(host: "127.0.0.1", port: 1),
        headers: ["Authorization": Secret("basic \(coded)")]
      ),
      try MCPClientEndpoint(
        HTTPURL(host: "127.0.0.1", port: 1),
        proxy: Proxy(url: proxy, authorization: Secret("Basic \(coded)"))
      ),
    ] {
      for words in [coded, "bob:hunter2:hunter2", "no user with hunter2:hunter2 is known"] {
        let said = endpoint.secrets.reduce(words) { $1.redacted(from: $0) }
        XCTAssertFalse(said.contains("hunter2") || said.contains(coded), said)
      }
      XCTAssertFalse(endpoint.secrets.contains(Secret("bob")))
    }
  }

  /// Express answers "Cannot POST /mcp?api_key=…", and others decode first.
  func testQueries_areSecrets_encodedAndDecoded() throws {
    let url = try HTTPURL(
      parsing: "http://127.0.0.1:1/mcp?v=1&api_key=s%C3%A9same+k%26y&flagflagflag"
    )
    for endpoint in [
      try MCPClientEndpoint(url), try MCPClientEndpoint(url).at("/metrics?key=s%C3%A9same+k%26y"),
      try MCPClientEndpoint(
        HTTPURL(host: "127.0.0.1", port: 1),
        healthPath: "/health?key=s%C3%A9same+k%26y"
      ),
    ] {
      for words in [
        "Cannot POST \(endpoint.url.path)", "wrong key sésame k&y", "s%C3%A9same%20k%26y",
      ] {
        let said = endpoint.secrets.reduce(words) { $1.redacted(from: $0) }
        XCTAssertFalse(said.contains("same"), said)
      }
    }
    let endpoint = try MCPClientEndpoint(url)
    XCTAssertFalse(endpoint.secrets.contains(Secret("1")))
    XCTAssertEqual(try MCPClientEndpoint(HTTPURL(host: "127.0.0.1", port: 1)).secrets, [])
  }

  func testArguments_areSecrets_unlessTheyNameOptionsOrFiles() {
    let secrets = Secret.all(
      inArguments: [
        "--api-key", "hunter2hunter2", "--token=swordfish", "--verbose-output", "/bin/sh", "short",
        "127.0.0.1", "exec server --key sesame-open",
      ],
      besides: ["127.0.0.1"]
    )
    let hidden = secrets.map(\.value)
    XCTAssertEqual(
      Set(hidden),
      ["hunter2hunter2", "swordfish", "exec server --key sesame-open", "sesame-open"]
    )
    let words = "unrecognized arguments: --api-key hunter2hunter2 --token=swordfish"
    XCTAssertEqual(
      secrets.reduce(words) { $1.redacted(from: $0) },
      "unrecognized arguments: --api-key (secret) --token=(secret)"
    )
  }

  /// Servers may repeat a token without its scheme.
  func testHeaderValues_areSecretsWithAndWithoutTheirScheme() throws {
    for token in ["hunter2hunter2", "\u{301}unter2hunter2"] {
      let endpoint = try MCPClientEndpoint(
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

  func testRedaction_findsASecret_inEachFormInWhichAServerMayRepeatIt() {
    let secret = "p\"\\w\u{E9}\u{1F600}/% \t1"
    let unit = { (text: String) in
      text.utf16.map {
        "\\u" + String(repeating: "0", count: 4 - String($0, radix: 16).count)
          + String($0, radix: 16)
      }.joined()
    }
    let percent = secret.utf8.map { "%" + String($0, radix: 16, uppercase: true) }
      .map { $0.count == 2 ? "%0\($0.last ?? "0")" : $0 }.joined()
    let json = "p\\\"\\\\w\u{E9}\u{1F600}\\/% \\t1"
    let twice = json.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let forms = [
      secret, json, twice, unit(secret), unit(secret).uppercased().replacing("\\U", with: "\\u"),
      percent, percent.lowercased(), percent.replacing("%", with: "%25"),
      "p%22%5Cw%C3%A9%F0%9F%98%80/%25+%091",
    ]
    for form in forms {
      XCTAssertEqual(
        Secret(secret).redacted(from: "a \(form) b"),
        "a (secret) b",
        form
      )
    }
    for other in ["p\"\\w", "%70", "\\u0070", "\\", "%", "\\u", "%2", "p%22%5"] {
      XCTAssertEqual(Secret(secret).redacted(from: other), other)
    }
  }
}
