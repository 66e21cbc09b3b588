import Foundation
import XCTest

@testable import LoadSupport

/// What the test cases of all scenarios share: one run a class, one verdict a method.
class ScenarioTestCase: XCTestCase {
  /// The scenario of the class.
  class var scenario: any Scenario {
    preconditionFailure("a scenario's test case says which scenario it is")
  }

  /// Runs the scenario unless that has been done, and asserts its verdict on one figure.
  ///
  /// It comes to what `junit.xml` says of the same figure (`ScenarioSummary.testResult`). A scenario that
  /// needs what a live network lacks is skipped.
  func assertVerdict(
    on metric: Threshold.Metric,
    file: StaticString = #filePath,
    line: UInt = #line
  ) async throws {
    let result: SharedRun.Result
    do {
      result = try await SharedRun.shared.result(
        of: Self.scenario,
        test: name
      )
    } catch let skip as ScenarioSkip {
      throw XCTSkip("\(skip)", file: file, line: line)
    } catch {
      XCTFail("\(error)", file: file, line: line)
      return
    }
    let summary = result.summary
    let reportNote = "; report: \(result.reportPath)"
    let problems = summary.problems.map { "; \($0)" }.joined()
    if let obstacle = summary.obstacle {
      XCTFail("nothing was judged; " + obstacle + reportNote, file: file, line: line)
      return
    }
    // Limits of a user's own that no test names are asserted with the count of lines.
    let named = ScenarioName.judges[summary.scenario]?.rules.map(\.threshold.metric) ?? []
    let verdicts = summary.verdicts.filter {
      $0.metric == metric || metric == .unaccountedAttempts && !named.contains($0.metric)
    }
    let order: [Verdict.Outcome] = [.fail, .inconclusive, .pass]
    let worst = order.lazy.compactMap { outcome in verdicts.first { $0.outcome == outcome } }.first
    guard let verdict = worst else {
      XCTFail(
        "the report has no verdict on \(metric.rawValue)" + reportNote,
        file: file,
        line: line
      )
      return
    }
    let note = problems + reportNote
    switch summary.testResult(of: verdict, isStrict: Self.isStrict) {
    case .passed: return
    case .failed(let message), .error(let message): XCTFail(message + note, file: file, line: line)
    case .skipped(let message): throw XCTSkip(message + note, file: file, line: line)
    }
  }

  private static var isStrict: Bool {
    ProcessInfo.processInfo.environment["LOADTEST_STRICT"] == "1"
  }
}
