import XCTest

@testable import LoadSupport

final class HTTPURLTests: XCTestCase {
  func testURL_isTakenApart_whenValid() throws {
    let cases: [(String, String, UInt16, String)] = [
      ("http://localhost", "localhost", 80, "/"),
      ("http://localhost/", "localhost", 80, "/"),
      ("HTTP://10.178.0.10:3000/mcp", "10.178.0.10", 3000, "/mcp"),
      ("http://host:65535/a/b?c=d&e=%20", "host", 65535, "/a/b?c=d&e=%20"),
      ("http://host:1?query", "host", 1, "/?query"),
      ("http://host/path#fragment", "host", 80, "/path"),
      ("http://host#fragment", "host", 80, "/"),
      ("http://[::1]:3000/mcp", "::1", 3000, "/mcp"),
      ("http://[fe80::1]", "fe80::1", 80, "/"),
      ("http://host/a:b@c", "host", 80, "/a:b@c"),
    ]
    for (text, host, port, path) in cases {
      let url = try HTTPURL(parsing: text)
      XCTAssertEqual(url, HTTPURL(host: host, port: port, path: path), text)
      XCTAssertEqual(try HTTPURL(parsing: "\(url)"), url, "\(text) is not what it is printed as")
    }
  }

  func testURL_isTakenApart_whenItIsSecure() throws {
    let cases: [(String, UInt16, String)] = [
      ("https://host/mcp", 443, "host"), ("HTTPS://host:443/mcp", 443, "host"),
      ("https://host:8443/mcp", 8443, "host:8443"), ("https://host:80/mcp", 80, "host:80"),
    ]
    for (text, port, field) in cases {
      let url = try HTTPURL(parsing: text)
      XCTAssertEqual(url, HTTPURL(isSecure: true, host: "host", port: port, path: "/mcp"), text)
      XCTAssertEqual(url.hostField, field)
      XCTAssertEqual("\(url)", "https://\(field)/mcp")
    }
  }

  /// The examples of RFC 3986 §5.4 that can be had over http.
  func testReference_isResolved_asTheStandardSays() throws {
    let base = try HTTPURL(parsing: "http://a/b/c/d;p?q")
    let cases: [(String, String?)] = [
      ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
      ("/g", "http://a/g"), ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"),
      ("g?y", "http://a/b/c/g?y"), ("#s", nil), ("g#s", "http://a/b/c/g"),
      (";x", "http://a/b/c/;x"),
      ("", nil), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
      ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"),
      ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("/./g", "http://a/g"),
      ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), ("..g", "http://a/b/c/..g"),
      ("./g/.", "http://a/b/c/g/"), ("g/../h", "http://a/b/c/h"),
      ("g?y/../x", "http://a/b/c/g?y/../x"),
      ("HTTP://A:81/x", "http://A:81/x"), ("https://a/x", "https://a/x"), ("mailto:a", nil),
      ("g\rX: y", nil),
      ("g h", nil),
    ]
    for (reference, expected) in cases {
      XCTAssertEqual(base.resolving(reference).map { "\($0)" }, expected, reference)
    }
    XCTAssertTrue(base.isOfSameServer(as: HTTPURL(host: "A", port: 80)))
    XCTAssertFalse(base.isOfSameServer(as: HTTPURL(host: "a", port: 81)))
    XCTAssertFalse(base.isOfSameServer(as: HTTPURL(isSecure: true, host: "a", port: 80)))
    let secure = try HTTPURL(parsing: "https://a/b")
    XCTAssertEqual(secure.resolving("//c/d").map { "\($0)" }, "https://c/d")
    XCTAssertEqual(secure.resolving("e").map { "\($0)" }, "https://a/e")
  }

  func testHostField_bracketsIPv6_andOmitsThePortOfTheScheme() {
    XCTAssertEqual(HTTPURL(host: "::1", port: 3000).hostField, "[::1]:3000")
    XCTAssertEqual(HTTPURL(host: "::1", port: 80).hostField, "[::1]")
    XCTAssertEqual(HTTPURL(host: "server", port: 80).hostField, "server")
    XCTAssertEqual(HTTPURL(host: "server", port: 8080).hostField, "server:8080")
  }

  func testURL_isRefused_whenThePortIsNone() {
    for port in ["", "0", "65536", "-1", "+80", "8o", " 80", "80 ", "3000:80", "99999999999999"] {
      assertRefused("http://host:\(port)/mcp")
    }
  }

  func testURL_isRefused_whenItNamesNoHostOrNoHTTP() {
    for text in [
      "", "http://", "http:///mcp", "http://:3000", "https:/host", "ftp://host", "host:3000",
      "//host", "http:/host", "http://a b/", "http://[]/", "http://h\u{F6}st/", "http://host/a b",
      "http://host/\u{FC}", "http://host/\n", "http://host/\u{301}", "http://host:\u{301}80/",
      "http://host/a\u{600}#b",
    ] {
      assertRefused(text)
    }
  }

  /// Without brackets, the last group of an address would be taken for a port.
  func testURL_isRefused_whenAnIPv6AddressHasNoBracketsOrHalfOfThem() {
    for text in [
      "http://::1/mcp", "http://::1:3000/mcp", "http://[::1/mcp", "http://::1]/mcp",
      "http://[::1]3000/", "http://x[::1]:3000/", "http://[::1]x:3000/",
    ] {
      assertRefused(text)
    }
  }

  func testURL_refusesCredentials_andDoesNotRepeatThem() {
    for text in [
      "http://user:hunter2@host/", "http://hunter2@host:3000", "HTTP://a:hunter2@[::1]/",
      "http://user:hunter2@\u{301}host/", "http://user:hunter2\u{600}@host/",
    ] {
      XCTAssertThrowsError(try HTTPURL(parsing: text)) { error in
        XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
        XCTAssertTrue("\(error)".contains("credentials"), "\(error)")
      }
    }
  }

  private func assertRefused(_ text: String, line: UInt = #line) {
    XCTAssertThrowsError(try HTTPURL(parsing: text), text, line: line) { error in
      XCTAssertTrue("\(error)".contains("\"\(text)\""), "\(error)", line: line)
      XCTAssertTrue("\(error)".contains("http://127.0.0.1:3000/mcp"), "\(error)", line: line)
    }
  }
}
