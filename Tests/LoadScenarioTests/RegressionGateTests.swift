import Foundation
import LoadSupport
import XCTest

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
    let comparison = try ComparisonRun(
      settings: settings,
      environment: environment,
      programs: URL(fileURLWithPath: Bundle.main.bundlePath).path
    )
    let lock = try await MachineLock.acquire {
      say("another load is running on this machine; waiting for it to end")
    }
    let recording = try TestID.makeDirectory(under: settings.resultsDirectory, at: Date())
    let control = RunControl()
    let watch = EndWatch(control, parentName: "swift test")
    defer { watch.cancel() }
    let report = try await comparison.run(into: recording.directory, control: control, show: say)
    lock.release()
    say(report.text)
    try report.write(to: recording.directory)
    try MarkdownReport.append(report.markdown, toStepSummaryOf: environment)
    let message = "\(report.answer); results: \(recording.directory)"
    switch report.ending {
    case .noChange, .improvement: break
    case .inconclusive where !settings.isStrict: throw XCTSkip("INCONCLUSIVE: " + message)
    case .regression, .inconclusive, .invalid: XCTFail(message)
    case .interrupted: exit(130)
    }
  }
}
