import CLinux
import Glibc
import XCTest

@testable import EventIO

/// Where the calls of OpenSSL are looked for; version 4 is not installed everywhere that tests run.
final class OpenSSLTests: XCTestCase {
  /// What a look through libraries of those names comes to.
  private func look(_ names: [String]) -> (version: String?, lacking: String) {
    let texts = names.map { strdup($0) }
    defer { for text in texts { free(text) } }
    var found: CLinux.clinux_openssl = .init()
    var lacking = [CChar](repeating: 0, count: 256)
    let list = texts.map { UnsafePointer<CChar>($0) } + [nil]
    let isFound = clinux_find_openssl(list, &found, &lacking, lacking.count) == 1
    let version = isFound ? found.OpenSSL_version(0).map { String(cString: $0) } : nil
    let end = lacking.firstIndex(of: 0) ?? lacking.endIndex
    return (version, String(decoding: lacking[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  func testLookup_takesTheFirstLibraryThatHasAllCalls() throws {
    for names in [
      ["libssl.so.3", "libssl.so.4"], ["libssl.so.none", "libssl.so.3"],
      // It can be opened, and has none of the calls.
      ["libc.so.6", "libssl.so.3"],
    ] {
      let version = try XCTUnwrap(look(names).version, "\(names)")
      XCTAssertTrue(version.hasPrefix("OpenSSL 3"), version)
    }
  }

  func testLookup_saysWhatIsMissing_whenNoLibraryHasAllCalls() {
    let nothing = look(["libssl.so.none", "libssl.so.never"])
    XCTAssertNil(nothing.version)
    XCTAssertEqual(nothing.lacking, "libssl (version 3 or 4)")
    XCTAssertEqual(
      "\(TLSError.lacking(nothing.lacking))",
      "https needs OpenSSL 3 or 4, and this machine lacks libssl (version 3 or 4): install libssl3 (Debian, "
        + "Ubuntu, Alpine) or openssl-libs (Fedora)"
    )
    let other = look(["libssl.so.none", "libc.so.6"])
    XCTAssertNil(other.version)
    XCTAssertTrue(other.lacking.hasPrefix("the call "), other.lacking)
    XCTAssertTrue(other.lacking.hasSuffix(" in libc.so.6"), other.lacking)
  }
}
