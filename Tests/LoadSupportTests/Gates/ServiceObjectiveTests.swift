import Foundation
import XCTest

@testable import LoadSupport

final class ServiceObjectiveTests: XCTestCase {
  func testObjective_isRead() throws {
    let objective = try ServiceObjective(parsing: "p99<100ms, p99.9<=1.5s,success>0.999,p50<2ms")
    XCTAssertEqual(
      objective.parts,
      [
        .quantile(.p99Milliseconds, atMostMilliseconds: 100),
        .quantile(.p999Milliseconds, atMostMilliseconds: 1_500), .success(atLeast: 0.999),
        .quantile(.p50Milliseconds, atMostMilliseconds: 2),
      ]
    )
    XCTAssertEqual(objective.description, "p99<100ms,p99.9<1,500ms,success>0.999,p50<2ms")
  }

  func testObjective_saysHowManyRequestsItTakes() throws {
    XCTAssertEqual(try ServiceObjective(parsing: "p95<1s").samplesNeeded, 88)
    XCTAssertEqual(try ServiceObjective(parsing: "p95<1s,success>0.999").samplesNeeded, 4_492)
  }

  func testNonsense_isRefused_withWhatWouldBeValid() {
    for text in [
      "", "fast", "p99", "p99<", "p99<100m", "p99<-1ms", "p97<1ms", "p99<nanms",
      "success>x", "p99<1ms,", "p99>1ms", "success<0.9", "xsuccess>0.9", "p99<1e3ms",
      "p50<0.00001ms", "p50<99999999999s", "success>0x0.8", "success>1e-400",
      "success>0.9999999999",
    ] {
      XCTAssertThrowsError(try ServiceObjective(parsing: text), text) { error in
        XCTAssertTrue("\(error)".contains("p99<0.1s"), "\(error)")
      }
    }
    XCTAssertThrowsError(try ServiceObjective(parsing: "p99<100")) { error in
      XCTAssertTrue("\(error)".contains("valid are p99<100ms and p99<100s"), "\(error)")
    }
    // A second is within an hour, 5,000 of them are not.
    XCTAssertThrowsError(try ServiceObjective(parsing: "p99<5000")) { error in
      XCTAssertTrue("\(error)".hasSuffix("has no unit; valid is p99<5000ms"), "\(error)")
    }
    for text in ["success>99.9", "success>99.9%", "success>1", "success>99.99999", "success>100%"] {
      XCTAssertThrowsError(try ServiceObjective(parsing: text)) { error in
        XCTAssertTrue("\(error)".hasSuffix("valid is success>0.999"), "\(error)")
      }
    }
  }

  func testObjective_isReadBackFromAFile_whateverItsNumbers() throws {
    for text in ["p99<2s,success>0.999", "p99.9<1234.5ms", "p50<0.25ms,p95<3600s"] {
      let objective = try ServiceObjective(parsing: text)
      let data = try JSONEncoder().encode([objective])
      XCTAssertEqual(try JSONDecoder().decode([ServiceObjective].self, from: data), [objective])
    }
    XCTAssertThrowsError(
      try JSONDecoder().decode([ServiceObjective].self, from: Data(#"["p9<1s"]"#.utf8))
    )
  }

  func testTrial_breaksTheObjective_whereTheServerFailed_andIsInvalidWhereTheMachineDid() throws {
    let objective = try ServiceObjective(parsing: "p95<1s")
    func result(_ change: (inout MadeUpRun) -> Void) throws -> CapacitySearch.Result {
      var run = MadeUpRun(arrivalRate: 100)
      change(&run)
      let analysis = try run.recorded().analysis()
      return objective.result(analysis, Validity(analysis))
    }
    XCTAssertEqual(try result { _ in }, .holds)
    XCTAssertEqual(try result { $0.isRestarted = true }, .breaks)
    XCTAssertEqual(try result { ($0.sessionsAsked, $0.sessionsCounted) = (5, nil) }, .breaks)
    // What a late generator can only have made harder holds.
    XCTAssertEqual(try result { $0.latestTick = 500 }, .holds)
    XCTAssertEqual(
      try result { ($0.latestTick, $0.latencyMilliseconds) = (500, 1_500) },
      .invalid
    )
  }
}
