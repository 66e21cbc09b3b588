@_exported public import EventIO
import Foundation
@_exported public import LoadSupport
public import XCTest

/// A load as test methods: one run a class, one verdict a method.
///
/// A subclass says what is run, by a `workload` of its own or by the name of a scenario, and at which `server`;
/// its test methods assert the verdicts on the workload's limits, or limits of their own:
///
///     final class ShopTests: LoadTestCase {
///       override class var workload: Workload? { Workload("shop", operations: …, steps: …) }
///       override class var server: Server { .command("shop-server --port {port}") }
///       func testSearch_isFast() async throws {
///         try await assert(.p95Milliseconds, of: "search", atMost: .milliseconds(200))
///       }
///     }
///
/// Each test method may run in a process of its own (`swift test --parallel`): the run is made once, and
/// recorded below `results/` as that of `loadtest run`.
open class LoadTestCase: XCTestCase {
  /// What is run; nil for the scenario that `scenarioName` names.
  open class var workload: Workload? { nil }

  /// A scenario of the suite by its name, such as `command_throughput`; nil where there is a workload, or
  /// LOADTEST_WORKLOAD names its file.
  open class var scenarioName: String? { nil }

  /// Where the workload's data files lie; the present directory unless a subclass says so.
  open class var dataDirectory: String { FileManager.default.currentDirectoryPath }

  /// What is loaded, unless a `LOADTEST_…` variable names a server.
  open class var server: Server { .embedded }

  /// `LOADTEST_…` variables of the run, where the environment does not set them.
  open class var variables: [String: String] { [:] }

  /// A server to load.
  public enum Server: Sendable {
    /// The suite's own server, with an sshd, on loopback.
    case embedded

    /// A command line that starts one; `{port}` in it is the port of 127.0.0.1 to listen on.
    case command(String)

    /// One that runs already, by the URL of its MCP endpoint.
    case url(String)

    /// The variable that says the same.
    var variable: (name: String, value: String)? {
      switch self {
      case .embedded: nil
      case .command(let line): ("LOADTEST_SERVER", line)
      case .url(let url): ("LOADTEST_MCP_URL", url)
      }
    }
  }

  /// What the class runs.
  private class var load: ScenarioName {
    get throws {
      if let workload { return ScenarioName(WorkloadFile(workload, directory: dataDirectory)) }
      if let scenarioName, let known = ScenarioName(rawValue: scenarioName) { return known }
      if let file = try RunSettings(environment: environment).workload { return file }
      throw NoLoad(
        "\(self) says neither `workload` nor the `scenarioName` of one of "
          + ScenarioName.allCases.map(\.rawValue).joined(separator: ", ")
      )
    }
  }

  /// The environment of the class's run.
  private class var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    let naming = ["SERVER", "MCP_URL", "MCP_HOST", "LIMITED_MCP_URL", "NETWORK"]
    if let own = server.variable, !naming.contains(where: { environment["LOADTEST_\($0)"] != nil })
    {
      environment[own.name] = own.value
    }
    return environment.merging(variables) { set, _ in set }
  }

  /// Runs the class's load unless that has been done, and asserts its verdict on a figure: the worst, where
  /// several limits are about it.
  ///
  /// It comes to what `junit.xml` says of the same figure. A load that needs what a live network lacks is
  /// skipped, and so is a figure that is INCONCLUSIVE (unless LOADTEST_STRICT=1).
  public func assertVerdict(
    on metric: Threshold.Metric,
    of operation: String? = nil,
    in step: String? = nil,
    file: StaticString = #filePath,
    line: UInt = #line
  ) async throws {
    guard let result = try await result(file: file, line: line) else { return }
    let summary = result.summary
    // Limits of a user's own that no test names are asserted with the count of lines.
    let named = ScenarioName.ruledMetrics(of: summary.scenario)
    let isAboutPart = operation != nil || step != nil
    let verdicts = summary.verdicts.filter { verdict in
      if isAboutPart {
        return verdict.metric == metric && verdict.isAbout(operation: operation, step: step)
      }
      return verdict.metric == metric
        || metric == .unaccountedAttempts && !named.contains(verdict.metric)
    }
    let order: [Verdict.Outcome] = [.fail, .inconclusive, .pass]
    let worst = order.lazy.compactMap { outcome in verdicts.first { $0.outcome == outcome } }.first
    guard let verdict = worst else {
      XCTFail(
        "the load has no limit on \(metric.rawValue); it has: "
          + summary.verdicts.map(\.key).joined(separator: ", "),
        file: file,
        line: line
      )
      return
    }
    try report(verdict, of: result, file: file, line: line)
  }

  /// Runs the class's load unless that has been done, and asserts all verdicts on it.
  public func assertVerdicts(file: StaticString = #filePath, line: UInt = #line) async throws {
    guard let result = try await result(file: file, line: line) else { return }
    var skip: XCTSkip?
    for verdict in result.summary.verdicts {
      do {
        try report(verdict, of: result, file: file, line: line)
      } catch let error as XCTSkip {
        skip = skip ?? error
      }
    }
    if let skip { throw skip }
  }

  /// Runs the class's load unless that has been done, and asserts that a percentile of latency is at most so
  /// long.
  public func assert(
    _ metric: Threshold.Metric,
    of operation: String? = nil,
    in step: String? = nil,
    atMost limit: Duration,
    file: StaticString = #filePath,
    line: UInt = #line
  ) async throws {
    let milliseconds = limit / .milliseconds(1)
    try await assert(metric, milliseconds, isFloor: false, operation, step, file: file, line: line)
  }

  /// Runs the class's load unless that has been done, and asserts that a figure is at least so much.
  public func assert(
    _ metric: Threshold.Metric,
    of operation: String? = nil,
    in step: String? = nil,
    atLeast limit: Double,
    file: StaticString = #filePath,
    line: UInt = #line
  ) async throws {
    try await assert(metric, limit, isFloor: true, operation, step, file: file, line: line)
  }

  private func assert(
    _ metric: Threshold.Metric,
    _ value: Double,
    isFloor: Bool,
    _ operation: String?,
    _ step: String?,
    file: StaticString,
    line: UInt
  ) async throws {
    guard metric.isGeneral, metric.isFloor == isFloor else {
      let valid = Threshold.Metric.allCases.filter { $0.isGeneral && $0.isFloor == isFloor }
      XCTFail(
        "\(metric.rawValue) cannot be asserted \(isFloor ? "atLeast" : "atMost") a value; valid are "
          + valid.map(\.rawValue).joined(separator: ", "),
        file: file,
        line: line
      )
      return
    }
    guard let result = try await result(file: file, line: line) else { return }
    do {
      let limit = Workload.Limit(metric.rawValue, value, of: operation, in: step)
      let verdict = try Judge(result.recording).verdict(on: limit, of: result.summary.scenario)
      try report(verdict, of: result, file: file, line: line)
    } catch let error as ThresholdError {
      XCTFail("\(error)", file: file, line: line)
    }
  }

  /// The class's run; nil where it failed, which has been told.
  private func result(file: StaticString, line: UInt) async throws -> SharedRun.Result? {
    do {
      let result = try await SharedRun.shared.result(
        of: try Self.load,
        Self.environment,
        test: name
      )
      guard let obstacle = result.summary.obstacle else { return result }
      XCTFail(
        "nothing was judged; \(obstacle); report: \(result.reportPath)",
        file: file,
        line: line
      )
    } catch let skip as ScenarioSkip {
      throw XCTSkip("\(skip)", file: file, line: line)
    } catch {
      XCTFail("\(error)", file: file, line: line)
    }
    return nil
  }

  private func report(
    _ verdict: Verdict,
    of result: SharedRun.Result,
    file: StaticString,
    line: UInt
  ) throws {
    let problems = result.summary.problems.map { "; \($0)" }.joined()
    let note = problems + "; report: \(result.reportPath)"
    switch result.summary.testResult(of: verdict, isStrict: result.isStrict) {
    case .passed: return
    case .failed(let message), .error(let message): XCTFail(message + note, file: file, line: line)
    case .skipped(let message): throw XCTSkip(message + note, file: file, line: line)
    }
  }
}

/// A test case that does not say what it runs.
private struct NoLoad: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
