import Foundation
import XCTest

@testable import LoadSupport

final class SVGChartTests: XCTestCase {
  private func labels(_ axis: SVGChart.Axis) -> [String] { axis.ticks.map(\.label) }

  func testAxes_haveTicksOfOneTwoOrFive() {
    XCTAssertEqual(labels(.linear("", [0, 100])), ["0", "20", "40", "60", "80", "100"])
    XCTAssertEqual(labels(.linear("", [0, 0.43])), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"])
    XCTAssertEqual(labels(.linear("", [-1.5, 9.2], isTight: true)), ["0", "5"])
    XCTAssertEqual(labels(.linear("", [])), ["0", "0.2", "0.4", "0.6", "0.8", "1"])
    XCTAssertEqual(
      labels(.logarithmic("", [0.3, 4_000])),
      ["0.1", "1", "10", "100", "1,000", "10,000"]
    )
    XCTAssertEqual(labels(.logarithmic("", [3, 40])), ["2", "5", "10", "20", "50"])
    XCTAssertEqual(labels(.logarithmic("", [0, 7, 7])), ["5", "10"])
  }

  func testAxes_reachAroundTheirValues_withFewTicks() {
    var random = SeededRandom(seed: 5)
    for _ in 0..<2_000 {
      let scale = pow(10, random.uniform() * 24 - 12)
      let values = (0..<3).map { _ in (random.uniform() - 0.3) * scale }
      for axis in [.linear("", values), .logarithmic("", values.map(abs))] as [SVGChart.Axis] {
        let shown = axis.isLogarithmic ? values.map { log10(abs($0)) } : values
        XCTAssertLessThanOrEqual(axis.low, (shown.min() ?? 0) + 1e-6 * abs(axis.low), "\(values)")
        XCTAssertGreaterThanOrEqual(
          axis.high,
          (shown.max() ?? 0) - 1e-6 * abs(axis.high),
          "\(values)"
        )
        XCTAssertTrue((2...12).contains(axis.ticks.count), "\(values): \(axis.ticks)")
      }
    }
  }

  func testPercentiles_takeEqualRoomForEachNine() {
    for (p, place) in [(0.0, 0.0), (0.9, 1), (0.99, 2), (0.9999, 4)] {
      XCTAssertEqual(SVGChart.Axis.place(ofPercentile: p), place, accuracy: 1e-9)
    }
  }

  /// Text grows where a picture is small, to 20 of its 520 units at most.
  func testLabels_haveRoom_whereThePictureIsSmall() throws {
    for values in [[0, 900], [0, 12_000], [0, 1e6]] as [[Double]] {
      let chart = SVGChart(
        title: "t",
        words: "",
        x: .linear("x", values, isTight: true),
        y: .linear("y", values),
        series: [],
        bands: [
          [.init(x: 0...1, name: "narrow", number: 3), .init(x: 0...900, name: "w", number: 4)]
        ]
      )
      let labels = chart.figure.text.components(separatedBy: "<text class=\"").dropFirst()
      XCTAssertGreaterThan(labels.count, 6)
      for label in labels {
        let style = try XCTUnwrap(label.split(separator: "\"").first)
        let x = try XCTUnwrap(
          Double(label.components(separatedBy: "x=\"")[1].prefix { $0 != "\"" })
        )
        let words = try XCTUnwrap(label.components(separatedBy: ">")[1].split(separator: "<").first)
        // A digit takes 0.56 of the text's size, a comma half of that.
        let width = words.reduce(0) { $0 + ($1 == "," ? 5.6 : 11.1) }
        let left = style.contains("end") ? x - width : style.contains("middle") ? x - width / 2 : x
        XCTAssertTrue(left >= -2 && left + width <= 522, "\(words) at \(left) of \(values)")
      }
    }
  }

  func testBands_haveTheirNames_orNumbersWhereThoseDoNotFit() {
    let chart = SVGChart(
      title: "t",
      words: "",
      x: .linear("x", [0, 100]),
      y: .linear("y", [0, 1]),
      series: [],
      bands: [
        [
          .init(x: 0...4, name: "a narrow one", number: 7),
          .init(x: 4...90, name: "wide", number: 8),
        ]
      ]
    )
    let text = chart.figure.text
    for part in ["<title>a narrow one</title>", ">7</text>", ">wide</text>"] {
      XCTAssertTrue(text.contains(part), "no \(part) in \(text)")
    }
    XCTAssertFalse(text.contains(">8</text>"))
  }

  func testMarks_stayInThePicture_whenValuesLeaveTheAxes() throws {
    let wild = [(x: -1e300, y: 1e300), (x: 1e300, y: -1e300), (x: 0.5, y: 0.5)]
    let chart = SVGChart(
      title: "t",
      words: "w",
      x: .linear("x", [0, 1]),
      y: .linear("y", [0, 1]),
      series: [
        SVGChart.Series("line", style: "s0", .line(wild, markers: [])),
        SVGChart.Series("steps", style: "s1 dash", .steps(wild)),
        SVGChart.Series("ranges", style: "s2", .ranges([(x: 0.5, y: -1e300...1e300)])),
      ]
    )
    let picture = chart.figure.text
    let paths = picture.components(separatedBy: "d=\"").dropFirst().compactMap {
      $0.split(separator: "\"").first
    }
    XCTAssertGreaterThan(paths.count, 3)
    for number in paths.joined(separator: " ").split(whereSeparator: {
      !"-.0123456789".contains($0)
    }) {
      XCTAssertTrue((-10...530).contains(try XCTUnwrap(Double(number))), picture)
    }
    for part in ["role=\"img\"", "aria-label=\"t\"", "<title>t</title>", "<desc>w</desc>"] {
      XCTAssertTrue(picture.contains(part), picture)
    }
  }
}
