import XCTest

@testable import mcp_ssh_server

final class MetricsTextTests: XCTestCase {
  func testFamily_isWrittenWithHelpTypeAndEscapedLabels() {
    var family = MetricFamily("hits_total", .counter, "Hits.", labels: ["host", "status"])
    family.add(2, "a\"b\\c\n", "ok")
    family.add(0.5, "a", "ok")
    var text = MetricsText()
    family.write(to: &text)
    XCTAssertEqual(
      text.text,
      """
      # HELP hits_total Hits.
      # TYPE hits_total counter
      hits_total{host="a",status="ok"} 0.5
      hits_total{host="a\\"b\\\\c\\n",status="ok"} 2

      """
    )
  }

  func testFamily_countsTheRestTogether_whenThereAreTooManyLabels() {
    var family = MetricFamily("hits_total", .counter, "Hits.", labels: ["host"])
    for number in 0..<1500 { family.add(1, "\(number)") }
    XCTAssertEqual(family.value("other"), 500)
    family.add(1, "7")
    XCTAssertEqual(family.value("7"), 2)
  }

  func testHistogram_isCumulative() {
    var family = HistogramFamily("seconds", "Time.")
    for milliseconds in [1, 2, 200_000] { family.observe(.milliseconds(milliseconds)) }
    var text = MetricsText()
    family.write(to: &text)
    for line in [
      "seconds_bucket{le=\"0.001\"} 1", "seconds_bucket{le=\"0.0025\"} 2",
      "seconds_bucket{le=\"60\"} 2", "seconds_bucket{le=\"+Inf\"} 3", "seconds_count 3",
    ] {
      XCTAssertTrue(text.text.contains(line + "\n"), line)
    }
  }
}
