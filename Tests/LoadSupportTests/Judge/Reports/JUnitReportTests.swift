import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport

final class JUnitReportTests: XCTestCase {
  /// Notes what a parser comes across.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []

    func parser(
      _ parser: XMLParser,
      didStartElement name: String,
      namespaceURI: String?,
      qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements.append((name, attributes))
    }
  }

  private func text(_ scenarios: [ScenarioSummary]) -> String {
    JUnitReport(RunSummary(testID: "loadtest_20260212_153045", scenarios: scenarios)).text
  }

  private func elements(_ text: String) throws -> [(name: String, attributes: [String: String])] {
    let parser = XMLParser(data: Data(text.utf8))
    let reader = Reader()
    parser.delegate = reader
    guard parser.parse() else {
      throw RecordingFormatError("\(parser.parserError.map { "\($0)" } ?? "?") in \(text)")
    }
    return reader.elements
  }

  /// The texts as a document can hold them.
  private var expected: [String] {
    HostileTexts.all.map { text in
      var result = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        let isAllowed =
          [0x9, 0xA, 0xD].contains(scalar.value) || (0x20...0xFFFD).contains(scalar.value)
          || scalar.value > 0xFFFF
        result.append(isAllowed ? scalar : "\u{FFFD}")
      }
      return String(result)
    }
  }

  func testReport_hasASuiteAScenarioAndACaseAThreshold() throws {
    let summary = try HostileTexts.summary(problems: [])
    let elements = try elements(text([summary, summary]))
    XCTAssertEqual(elements[0].name, "testsuites")
    let count = HostileTexts.all.count
    let suites = elements.filter { $0.name == "testsuite" }.map(\.attributes)
    XCTAssertEqual(suites.count, 2)
    for suite in suites {
      XCTAssertEqual(suite["name"], "command_throughput")
      XCTAssertEqual(suite["tests"], "\(3 * count)")
      XCTAssertEqual(suite["failures"], "\(count)")
      XCTAssertEqual(suite["skipped"], "\(count)")
      XCTAssertEqual(suite["errors"], "0")
      XCTAssertEqual(suite["time"], "2.000")
    }
    let times = elements.filter { $0.name == "testcase" }.compactMap { $0.attributes["time"] }
    XCTAssertEqual(times.prefix(2), ["2.000", "0"])
    XCTAssertEqual(times.compactMap(Double.init).reduce(0, +), 4)
    for element in ["failure", "skipped"] {
      let messages = elements.filter { $0.name == element }.map { $0.attributes["message"] ?? "" }
      // Compared scalar by scalar: Swift's == takes some different ones for equal.
      XCTAssertEqual(
        messages.prefix(count).map { Array($0.unicodeScalars) },
        expected.map { Array(((element == "skipped" ? "INCONCLUSIVE: " : "") + $0).unicodeScalars) }
      )
    }
    let properties = elements.filter { $0.name == "property" }.map(\.attributes)
    let names = ["machine", "network", "validity"]
    let figures = (0..<3 * count).flatMap { _ in ["value", "limit_at_least", "n"] }
    XCTAssertEqual(properties.map { $0["name"] }, names + figures + names + figures)
    XCTAssertEqual(properties[1]["value"], "live: http://h:3000/mcp, target t:22")
    XCTAssertEqual(properties[3..<6].map { $0["value"] }, ["1.0", "1.0", "2"])
  }

  func testReport_hasAnErrorBeforeTheThresholds_whenThereIsNoWholeWindow() throws {
    for (events, problem, word) in [
      ([], "2 attempts of the load are there, but not when it began", "COULD NOT RUN"),
      ([RunEvent.measured], "the recording breaks off", "BROKEN OFF"),
    ] as [([RunEvent], String, String)] {
      let summary = try HostileTexts.summary(
        outcomes: [.inconclusive],
        problems: ["<first>"],
        events: events,
        texts: ["unknown"]
      )
      let elements = try elements(text([summary]))
      let index = try XCTUnwrap(elements.firstIndex { $0.name == "error" })
      let message = try XCTUnwrap(elements[index].attributes["message"])
      XCTAssertTrue(message.hasPrefix("\(word); <first>; \(problem)"), message)
      XCTAssertEqual(elements[index - 1].attributes["name"], "measured_window")
      XCTAssertEqual(elements.last?.name, "skipped")
      XCTAssertEqual(elements[1].attributes["errors"], "1")
      XCTAssertEqual(elements[1].attributes["tests"], "2")
    }
  }

  func testReport_isReadTheSameByPython() throws {
    let text = text([try HostileTexts.summary()])
    let file = try TemporaryDirectory().write(text.utf8, to: "junit.xml")
    let script = """
      import xml.etree.ElementTree as tree
      root = tree.parse(sys.argv[1]).getroot()
      print(json.dumps([e.get("message") for e in root.findall("testsuite/testcase/failure")]))
      """
    XCTAssertEqual(try Python.json([String].self, script, [file]), expected)
  }
}
