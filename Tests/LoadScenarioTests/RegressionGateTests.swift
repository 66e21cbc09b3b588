import Foundation
import LoadTesting
import XCTest

@testable import LoadSupport

/// Whether one version of a server is slower than another, measured by turns on this machine.
///
/// It takes minutes and two servers, so it is skipped unless both are named.
final class RegressionGateTests: XCTestCase {
  func testHead_isNotWorseThanBase() async throws {
    let environment = ProcessInfo.processInfo.environment
    let settings = try RunSettings(environment: environment)
    guard settings.baseServer != nil || settings.headServer != nil else {
      throw XCTSkip(
        "set LOADTEST_BASE_SERVER and LOADTEST_HEAD_SERVER to the command lines of two servers to "
          + "compare them (docs/gates.md)"
      )
    }
    let comparison = try ComparisonRun(RunSetup(settings, environment))
    let (recording, report) = try await LoadTurn.take(parentName: "swift test", say: say) {
      try await comparison.run(control: $0, show: say)
    }
    say(report.text)
    try report.write(to: recording.directory, environment: environment)
    let message = "\(report.answer); results: \(recording.directory)"
    switch report.ending {
    case .noChange, .improvement: break
    case .inconclusive where !settings.isStrict: throw XCTSkip("INCONCLUSIVE: " + message)
    case .regression, .inconclusive, .invalid: XCTFail(message)
    case .interrupted: exit(130)
    }
  }
}
