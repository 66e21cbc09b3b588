import Foundation
import XCTest

@testable import LoadSupport

final class ToolProfileTests: XCTestCase {
  func testProfile_survivesCoding() throws {
    var profile = ToolProfile.standard
    profile.name = "another \"server\""
    profile.run.arguments = ["command": "cmd"]
    for profile in [profile, .standard] {
      let data = try RecordingJSON.encodeFile(profile)
      XCTAssertEqual(try JSONDecoder().decode(ToolProfile.self, from: data), profile)
    }
  }

  func testProfile_hasTheDocumentedKeys() throws {
    let data = try RecordingJSON.encodeFile(ToolProfile.standard)
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
    XCTAssertEqual(
      Set(object.keys),
      [
        "name", "protocol_version", "connect", "run", "disconnect", "session_keys",
        "rate_limited_codes", "rejected_codes", "rate_limited_texts", "rejected_texts",
      ]
    )
  }

  /// Texts of a server are compared in lower case; a pattern with a capital would never match.
  func testStandardTexts_areInLowerCase() {
    let profile = ToolProfile.standard
    for text in profile.rateLimitedTexts + profile.rejectedTexts {
      XCTAssertEqual(text, text.lowercased())
    }
  }
}
