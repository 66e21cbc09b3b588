import EventIO
import XCTest

@testable import LoadSupport

final class WorkloadOverridesTests: XCTestCase {
  private func workload(
    _ stages: [Workload.Stage],
    length: Duration? = nil,
    iterations: Int? = nil
  ) -> Workload {
    let group = Workload.Group(mix: .inTurn(["a"]), stages: stages, iterations: iterations)
    return Workload(
      "w",
      operations: ["a": .tool("a")],
      steps: [.init(length: length, groups: [group])]
    )
  }

  private func adjusted(
    _ workload: Workload,
    _ environment: [String: String]
  ) throws -> Workload {
    let adjusted = workload.adjusted(to: try RunSettings(environment: environment))
    try adjusted.validate()
    return adjusted
  }

  func testThinkTime_takesTheArrivalsAway_whenTheyComeAtRandom() throws {
    let poisson = workload([.init(rate: .steady(10), arrivals: .poisson)], length: .seconds(2))
    let closed = try adjusted(poisson, ["LOADTEST_THINK_TIME": "1s"])
    XCTAssertEqual(
      closed.steps[0].groups[0].stages,
      [.init(thinkTime: .constant(.seconds(1)))]
    )
  }

  func testRate_isNotTaken_whenItIsSaidToBeUnused() throws {
    let variables = ["LOADTEST_RATE": "5"]
    for fixed in [
      workload([], length: .seconds(2), iterations: 3),
      workload([.init(workers: .init(from: 1, to: 5))], length: .seconds(2)),
    ] {
      XCTAssertFalse(fixed.overrides.contains(.rate))
      XCTAssertEqual(try adjusted(fixed, variables), fixed)
    }
  }

  func testStages_stayAsLongTogetherAsTheirStep_whenTheirLengthsAreRounded() throws {
    let thirds = [333, 1_500, 1_500].map { milliseconds in
      Workload.Stage(length: .milliseconds(milliseconds), rate: .steady(1))
    }
    for duration in ["7s", "10s", "9.999s"] {
      let longer = try adjusted(
        workload(thirds, length: .milliseconds(3_333)),
        ["LOADTEST_DURATION": duration]
      )
      XCTAssertEqual(longer.length(of: longer.steps[0]), longer.steps[0].length)
    }
  }
}
