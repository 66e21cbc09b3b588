import Foundation
import LoadTesting
import XCTest

/// The workload that LOADTEST_WORKLOAD names, held to its own limits.
final class WorkloadTests: LoadTestCase {
  func testWorkload_meetsItsLimits() async throws {
    guard ProcessInfo.processInfo.environment["LOADTEST_WORKLOAD"] != nil else {
      throw XCTSkip("set LOADTEST_WORKLOAD to the file of a workload (docs/own-workloads.md)")
    }
    try await assertVerdicts()
  }
}
