import XCTest

@testable import mcp_ssh_server

final class HTTPAuthorityTests: XCTestCase {
  func testAuthority_isLoopback_whateverItsPortAndCase() {
    for text in [
      "localhost", "LocalHost:3000", "127.0.0.1", "127.0.0.1:1", "127.255.255.254:65535", "[::1]",
      "[::1]:3000",
    ] {
      XCTAssertEqual(HTTPAuthority(text)?.isLoopback, true, text)
    }
  }

  func testAuthority_isNotLoopback_whenANameServerOrAnotherPartyCouldReadItDifferently() {
    var attempts = [
      "", ":3000", "evil.example", "localhost.evil.example", "localhost.", "localhost..",
      "a.localhost",
      "127.0.0.1.", "127.0.0.1.evil.example", "127.1", "127.0.1", "0127.0.0.1", "127.0.0.01",
      "0x7f.0.0.1", "127.0.0.256", "127.0.0.+1", "127.0.0.-1", "127..0.1", "127.0.0.1.1",
      "2130706433",
      "0.0.0.0", "10.0.0.1", "::1", "[::1]evil.example", "[::1].evil.example", "[::1]:3000evil",
      "[::1",
      "[]", "[", "]", "[::2]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "localhost:",
      "localhost:x",
      "localhost:3000x", "localhost:300000", "localhost:-1", "localhost:3000:3000",
      "localhost@evil",
      "evil@localhost", "u:p@localhost", "localhost/evil", "localhost\\evil", "localhost#evil",
      "localhost?evil", "localhost, evil", "localhost,evil", "localhost%2eevil", "localhost;evil",
      "localhost evil", " localhost", "localhost ", "l\u{F6}calhost", "loc\u{430}lhost",
      "\u{FF4C}ocalhost", "localhost\u{3002}", "127\u{3002}0\u{3002}0\u{3002}1", "\u{2460}27.0.0.1",
      "127.0.0.\u{661}", "localhost\u{200D}", "\u{600}localhost", "localhos\u{301}t",
      "localhost\u{301}:3000", "localhost:\u{301}3000", "[::1]\u{301}", "[::1\u{301}]",
    ]
    for byte in UInt8(0)...127 {
      let isPart = byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
      let scalar = String(UnicodeScalar(byte))
      attempts += isPart ? [] : ["127.0.0.1\(scalar)x", "localhost\(scalar)"]
    }
    for text in attempts {
      XCTAssertNotEqual(HTTPAuthority(text)?.isLoopback, true, text)
    }
  }

  func testOrigin_isOfHTTPAndNamesAHost() {
    for (origin, host) in [
      ("http://localhost", "localhost"), ("HTTPS://Localhost:3000", "localhost"),
      ("http://[::1]:80", "[::1]"), ("https://mcp.example", "mcp.example"),
    ] {
      XCTAssertEqual(HTTPAuthority(origin: origin)?.host, host, origin)
    }
    for origin in [
      "", "null", "localhost", "//localhost", "http:localhost", "http:/localhost", "http://",
      "http://:80", "ftp://localhost", "file://", "http://localhost/", "http://localhost/x",
      "http://u@localhost", "http://localhost@evil.example", "http://localhost http://evil.example",
      "http://localhost, http://evil.example", "http://\u{301}localhost", "http:/\u{301}/localhost",
      "http://http://localhost", "javascript://localhost", "http://localhost#",
      "http://localhost\u{0}",
    ] {
      XCTAssertNil(HTTPAuthority(origin: origin), origin)
    }
  }
}
