import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport

final class IndexPageTests: XCTestCase {
  private func page(_ recording: RecordingLayout) throws -> String {
    try Judge(recording).summarise()
    let page = try String(contentsOfFile: recording.index, encoding: .utf8)
    let parser = XMLParser(data: Data(page.utf8))
    XCTAssertTrue(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    return page
  }

  func testPage_hasVerdictPictureAndLink_ofEachScenario() throws {
    let recorded = try MadeUpRun().recorded()
    try InvocationNotes.failed(recorded.recording).add("latency_test", because: "<no route>")
    try Judge(recorded.recording).judge(RecordedScenario.name)
    let page = try page(recorded.recording)
    let svg = try Data(contentsOf: URL(fileURLWithPath: recorded.layout.picture))
    for part in [
      "<a href=\"./command_throughput/report.html\">command_throughput</a>",
      "<img src=\"data:image/svg+xml;base64,\(svg.base64EncodedString())\"", "COULD NOT RUN",
      "&lt;no route&gt;", "requests/s", "Content-Security-Policy",
    ] {
      XCTAssertTrue(page.contains(part), "no \(part) in \(page)")
    }
  }

  func testPicture_standsAlone() throws {
    let recorded = try MadeUpRun().recorded()
    try Judge(recorded.recording).judge(RecordedScenario.name)
    let svg = try String(contentsOfFile: recorded.layout.picture, encoding: .utf8)
    let parser = XMLParser(data: Data(svg.utf8))
    XCTAssertTrue(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    for part in ["<svg xmlns=\"http://www.w3.org/2000/svg\"", "Latency of successes", "(n = "] {
      XCTAssertTrue(svg.contains(part), "no \(part) in \(svg)")
    }
  }

  /// Whatever lies in its place in a recording from somebody else.
  func testForeignPicture_isOnlyAnImage() throws {
    let recorded = try MadeUpRun().recorded()
    try Judge(recorded.recording).judge(RecordedScenario.name)
    try Data("</svg><script>alert(1)</script>".utf8)
      .write(to: URL(fileURLWithPath: recorded.layout.picture))
    XCTAssertFalse(try page(recorded.recording).contains("script"))
    try FileManager.default.removeItem(atPath: recorded.layout.picture)
    try FileManager.default.createSymbolicLink(
      atPath: recorded.layout.picture,
      withDestinationPath: "/etc/passwd"
    )
    XCTAssertFalse(try page(recorded.recording).contains("<img"))
  }
}
