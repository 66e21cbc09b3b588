import XCTest

@testable import LoadSupport

final class ThresholdOverridesTests: XCTestCase {
  private static let scenarios = [
    "s": [Threshold(.successRate, 0.99), Threshold(.p99Milliseconds, 5)]
  ]

  private func message(_ json: [String: [String: Double]]) -> String {
    do throws(ThresholdError) {
      _ = try ThresholdOverrides(parsing: json, scenarios: Self.scenarios)
      return ""
    } catch {
      return "\(error)"
    }
  }

  func testOverrides_replaceTheLimitsTheyName() throws {
    let overrides = try ThresholdOverrides(
      parsing: ["s": ["p99_ms": 12.5]],
      scenarios: Self.scenarios
    )
    let thresholds = try XCTUnwrap(Self.scenarios["s"])
    let replaced = [Threshold(.successRate, 0.99), Threshold(.p99Milliseconds, 12.5)]
    XCTAssertEqual(overrides.apply(to: thresholds, of: "s"), replaced)
    XCTAssertEqual(overrides.apply(to: thresholds, of: "other"), thresholds)
    XCTAssertEqual(ThresholdOverrides.none.apply(to: thresholds, of: "s"), thresholds)
  }

  func testError_namesTheKeyAndTheValidOnes() {
    XCTAssertEqual(message(["x": [:]]), "there is no scenario \"x\"; valid are s")
    XCTAssertEqual(
      message(["s": ["p98_ms": 1]]),
      "s has no threshold \"p98_ms\"; valid are p99_ms, success_rate"
    )
    // One that exists, but not for this scenario.
    XCTAssertEqual(
      message(["s": ["throughput_per_s": 1]]),
      "s has no threshold \"throughput_per_s\"; valid are p99_ms, success_rate"
    )
  }

  /// 99 is a likely slip for 0.99, and no judge could make anything of it.
  func testError_namesKeyAndRange_whenALimitCannotBeJudged() {
    for (name, limit, range) in [
      ("success_rate", 99, "0 to 1"), ("success_rate", -0.1, "0 to 1"), ("p99_ms", -1, "0 to"),
      ("p99_ms", 1e300, "0 to"), ("p99_ms", .infinity, "0 to"), ("p99_ms", .nan, "0 to"),
    ] as [(String, Double, String)] {
      let text = message(["s": [name: limit]])
      XCTAssertTrue(text.contains("\"\(name)\" limited to \(limit)"), text)
      XCTAssertTrue(text.contains(range), text)
    }
    for limit in [0, 0.5, 1.0] { XCTAssertEqual(message(["s": ["success_rate": limit]]), "") }
  }
}
