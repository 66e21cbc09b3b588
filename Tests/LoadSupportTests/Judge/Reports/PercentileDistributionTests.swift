import Foundation
import XCTest

@testable import LoadSupport

final class PercentileDistributionTests: XCTestCase {
  private struct Curve {
    struct Line {
      let value: Double
      let share: Double
      let count: Int
      let inverse: Double?
    }

    var lines: [Line] = []
    var footer: [String: Double] = [:]

    /// Reads the columns as the plotter does, and the numbers of the footer by their names.
    init(_ text: String) throws {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      guard lines[0] == "       Value     Percentile TotalCount 1/(1-Percentile)", lines[1] == "",
        lines.last == ""
      else { throw RecordingFormatError("no header in \(text)") }
      for line in lines.dropFirst(2).dropLast() {
        if line.hasPrefix("#") {
          for part in line.dropFirst(2).dropLast().split(separator: ",") {
            let sides = part.split(separator: "=").map { $0.filter { $0 != " " } }
            footer[sides[0]] = Double(sides[1])
          }
        } else {
          let fields = line.split(separator: " ")
          self.lines.append(
            Line(
              value: try XCTUnwrap(Double(fields[0])),
              share: try XCTUnwrap(Double(fields[1])),
              count: try XCTUnwrap(Int(fields[2])),
              inverse: fields.count == 4 ? Double(fields[3]) : nil
            )
          )
        }
      }
    }
  }

  /// A long tail, in nanoseconds; their number has no whole shares, which rounding could tip.
  private func values() -> [Int64] {
    var random = SeededRandom(seed: 11)
    return (0..<10_007).map { _ in 200_000 + Int64(-8e6 * log(1 - random.uniform())) }
  }

  private func text(_ values: [Int64]) throws -> String {
    var histogram = Histogram()
    for value in values { histogram.record(value) }
    return try XCTUnwrap(PercentileDistribution(histogram)).text
  }

  func testCurve_risesToTheMaximumAndTheWholeCount() throws {
    let values = values().sorted()
    let curve = try Curve(text(values))
    for (line, next) in zip(curve.lines, curve.lines.dropFirst()) {
      XCTAssertLessThanOrEqual(line.value, next.value)
      XCTAssertLessThan(line.share, next.share)
      XCTAssertLessThanOrEqual(line.count, next.count)
    }
    // Five steps for each halving of what is left, as the original counts them.
    var share = 0.0
    for line in curve.lines.dropLast() {
      XCTAssertEqual(line.share, share, accuracy: 1e-9)
      share += 1 / (5 * exp2(floor(log2(1 / (1 - share)) + 1e-9) + 1))
    }
    for line in curve.lines.dropLast() {
      let inverse = try XCTUnwrap(line.inverse)
      XCTAssertEqual(1 - 1 / inverse, line.share, accuracy: 0.003)
      XCTAssertGreaterThanOrEqual(Double(line.count), line.share * Double(values.count) - 1e-6)
      // Printed to a microsecond, in buckets of 0.2 %.
      let exact = Double(values[line.count - 1]) / 1e6
      XCTAssertEqual(line.value, exact, accuracy: exact * 0.002 + 0.0006)
    }
    let last = try XCTUnwrap(curve.lines.last)
    XCTAssertEqual(last.share, 1)
    XCTAssertNil(last.inverse)
    XCTAssertEqual(last.count, values.count)
    XCTAssertEqual(last.value, Double(values[values.count - 1]) / 1e6, accuracy: 0.0006)
    XCTAssertEqual(curve.footer["Totalcount"], Double(values.count))
    XCTAssertEqual(curve.footer["Max"], last.value)
    let milliseconds = values.map { Double($0) / 1e6 }
    let mean = milliseconds.reduce(0, +) / Double(values.count)
    let variance = milliseconds.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    let deviation = (variance / Double(values.count)).squareRoot()
    XCTAssertEqual(try XCTUnwrap(curve.footer["Mean"]), mean, accuracy: 0.0006)
    XCTAssertEqual(try XCTUnwrap(curve.footer["StdDeviation"]), deviation, accuracy: 0.01)
    XCTAssertEqual(curve.footer["Buckets"], 33)
    XCTAssertEqual(curve.footer["SubBuckets"], 1_024)
  }

  func testCurve_isShort_whenThereAreFewValues() throws {
    XCTAssertNil(PercentileDistribution(Histogram()))
    let one = try Curve(text([5_000_000]))
    XCTAssertEqual(one.lines.map(\.value), [5, 5])
    XCTAssertEqual(one.lines.map(\.share), [0, 1])
    XCTAssertEqual(one.footer["StdDeviation"] ?? 1, 0, accuracy: 0.01)
    let two = try Curve(text([1_000_000, 2_000_000]))
    XCTAssertEqual(two.lines.map(\.count), [1, 1, 1, 1, 1, 1, 2, 2])
    XCTAssertEqual(two.lines.map(\.share), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 1])
  }

  /// Against the Python port of HdrHistogram, whose buckets are half as wide.
  ///
  /// Its curves have lines at other shares than those of the Java original, and its percentiles round
  /// ranks; so it is asked for its buckets.
  func testCurve_isThatOfTheReference_withinTheBuckets() throws {
    let values = values()
    let directory = try TemporaryDirectory()
    let text = try text(values)
    let files = [
      try directory.write(values.map(String.init).joined(separator: "\n").utf8, to: "values"),
      try directory.write(text.utf8, to: "curve.hgrm"),
    ]
    let script = """
      reference = hdrh.histogram.HdrHistogram(1, 3600000000000, 3)
      for line in open(sys.argv[1]): reference.record_value(int(line))
      rows = [line.split() for line in open(sys.argv[2]) if line[:1] == " "][1:]
      buckets = [(b.value_iterated_to, b.total_count_to_this_value)
          for b in reference.get_recorded_iterator()]
      least = [float(row[1]) * reference.get_total_count() - 1e-6 for row in rows]
      values = [next(value for value, count in buckets if count >= wanted) for wanted in least]
      values += [reference.get_mean_value(), reference.get_stddev()]
      print(json.dumps([value / 1e6 for value in values]))
      """
    let reference = try Python.json([Double].self, script, modules: ["hdrh.histogram"], files)
    let curve = try Curve(text)
    let footer = try ["Mean", "StdDeviation"].map { try XCTUnwrap(curve.footer[$0]) }
    let ours = curve.lines.map(\.value) + footer
    XCTAssertEqual(ours.count, reference.count)
    for (value, other) in zip(ours, reference) {
      XCTAssertEqual(value, other, accuracy: other * 0.003 + 0.001)
    }
  }

  func testFiles_haveNamesOfTheirOwn_whateverTheOperation() {
    let layout = ScenarioLayout(directory: "/d")
    XCTAssertEqual(layout.percentiles(of: "hostname"), "/d/latency_hostname.hgrm")
    XCTAssertEqual(layout.percentiles(of: "../a b%é"), "/d/latency_%2E%2E%2Fa%20b%25%C3%A9.hgrm")
  }
}
