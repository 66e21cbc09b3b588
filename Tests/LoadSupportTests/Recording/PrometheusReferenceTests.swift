import Foundation
import XCTest

@testable import LoadSupport

/// The text format as the Prometheus project's own Python client reads it.
final class PrometheusReferenceTests: XCTestCase {
  private struct Reading: Codable, Equatable {
    let name: String
    let labels: [String: String]
    let value: String
  }

  /// Prints what the client reads of each file; texts with an end mark are OpenMetrics.
  private static let script = """
    import json, struct, sys
    try:
        from prometheus_client import openmetrics, parser
        import prometheus_client.openmetrics.parser
    except ImportError:
        sys.exit(77)
    readings = []
    for path in sys.argv[1:]:
        text = open(path, newline="", encoding="utf-8").read()
        reader = openmetrics.parser if text.endswith("# EOF\\n") else parser
        readings.append([
            {"name": s.name, "labels": s.labels, "value": struct.pack(">d", s.value).hex()}
            for family in reader.text_string_to_metric_families(text) for s in family.samples
        ])
    print(json.dumps(readings))
    """

  private func reference(_ texts: [String]) throws -> [[Reading]] {
    let directory = try TemporaryDirectory()
    let files = try texts.enumerated().map { index, text in
      try directory.write(text.utf8, to: "\(index).txt")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", Self.script] + files
    let output = Foundation.Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if [77, 127].contains(process.terminationStatus) {
      throw XCTSkip("no python3 with prometheus_client on this machine to compare with")
    }
    XCTAssertEqual(process.terminationStatus, 0)
    return try JSONDecoder().decode([[Reading]].self, from: data)
  }

  private func ours(_ text: String) -> [Reading] {
    PrometheusText(parsing: text.utf8).series.map { series in
      let value = series.value.isNaN ? Double.nan : series.value
      let digits = String(value.bitPattern, radix: 16)
      let padding = String(repeating: "0", count: 16 - digits.count)
      return Reading(name: series.name, labels: series.labels, value: padding + digits)
    }
  }

  private static let plain = """
    # HELP mcp_pool_hits_total Hits \\\\ of\\nthe "pool".
    # TYPE mcp_pool_hits_total counter
    mcp_pool_hits_total 12
    # TYPE d histogram
    d_bucket{host="h",le="0.1"} 1
    d_bucket{host="h",le="+Inf",} 4.5e1 1770910245123
    d_sum{host="h"} .25
    d_count{host="h"} 45

    # a comment
    untyped\t{ a = "1" , b="q\\"u\\\\o\\nte{}=,#" } \t 7
    big{utf8="é日本\u{1F600}",empty="",odd="\\x"} -1.7976931348623157e+308
    a NaN
    b +Inf
    c -Inf
    {"quoted.name","quoted label"="v",bare="w"} 0.1
    last 1e-320
    """

  private static let openMetrics = """
    # TYPE requests counter
    requests_total{path="/"} 17 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67
    # TYPE d histogram
    d_bucket{le="0.1"} 8 # {} 0.054
    d_bucket{le="1.0"} 11 # {trace_id="a # b"} 0.67 1520879607.789
    d_bucket{le="+Inf"} 17
    d_count 17
    d_sum 324789.3
    # TYPE g gauge
    g{a="\\"\\\\\\n"} -0.5
    # EOF

    """

  func testTexts_areReadAsByTheReference() throws {
    var random = SeededRandom(seed: 20_260_212)
    let generated = (0..<400).map { Self.line($0, &random) }.joined()
    let texts = [Self.plain, Self.plain + "\n", Self.openMetrics, generated]
    for (text, reading) in zip(texts, try reference(texts)) {
      XCTAssertEqual(ours(text), reading)
      XCTAssertGreaterThan(reading.count, 5)
    }
  }

  /// A sample with random labels, blanks and number.
  private static func line(_ index: Int, _ random: inout SeededRandom) -> String {
    let blanks = ["", "", " ", "\t", " \t "]
    let pieces = [
      "a", "\\\\", "\\\"", "\\n", "{", "}", ",", "=", " ", "#", "é", "\u{1F600}", "\\x", "\r",
    ]
    func blank() -> String { blanks.randomElement(using: &random) ?? "" }
    let labels = (0..<Int.random(in: 0...4, using: &random)).map { label in
      let value = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
      }
      return "\(blank())l\(label)\(blank())=\(blank())\"\(value.joined())\"\(blank())"
    }
    let value = Double(bitPattern: random.next())
    let list = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
    return "m:\(index)\(list) \(value.isNaN ? 0 : value)\n"
  }
}
