import Foundation

/// `junit.xml`: the thresholds of an invocation as test cases, for CI systems.
///
/// A suite is a scenario, and a case what XCTest makes of the same figure: a failed threshold is a
/// `failure`, as an inconclusive one is where that counts, else `skipped`. What could not be judged in an
/// invalid run is an `error`, or `skipped` after a smoke run that was repeated. A scenario that could not
/// be run or was cut short has an `error` in a case of its own, before the others. Each threshold's case has its
/// figures as properties, those that passed too, so that their course over builds can be seen.
/// Element names are those of Ant's JUnit task, which all CI systems read.
struct JUnitReport: Sendable {
  /// The document.
  let text: String

  /// Lays a document out.
  init(_ run: RunSummary) {
    let failed = (run.failed ?? [:]).filter { name, _ in
      !run.scenarios.contains { $0.scenario == name }
    }
    let suites =
      run.scenarios.map { Self.suite($0, run) }
      + failed.sorted { $0.key < $1.key }.map { Self.suite($0, .error($1)) }
      + (run.skipped ?? [:]).sorted { $0.key < $1.key }.map { Self.suite($0, .skipped($1)) }
    text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + Self.element("testsuites", depth: 0, ["name": run.testID], suites).text + "\n"
  }

  /// A scenario without a recording: one case.
  private static func suite(_ scenario: String, _ result: TestResult) -> Markup {
    let isError = if case .error = result { true } else { false }
    return element(
      "testsuite",
      depth: 1,
      [
        "name": scenario, "tests": "1", "failures": "0", "errors": isError ? "1" : "0",
        "skipped": isError ? "0" : "1", "time": "0",
      ],
      [test(Case(name: "scenario", result: result), of: scenario, seconds: "0")]
    )
  }

  private static func suite(_ scenario: ScenarioSummary, _ run: RunSummary) -> Markup {
    let whole = [
      ("measured_window", scenario.obstacle), ("scenario", run.failed?[scenario.scenario]),
    ].compactMap { name, reason in reason.map { Case(name: name, result: .error($0)) } }
    let cases =
      whole
      + scenario.verdicts.map { verdict in
        Case(
          name: verdict.key,
          result: scenario.testResult(of: verdict, isStrict: run.isStrict),
          properties: figures(of: verdict)
        )
      }
    func count(_ name: String) -> String {
      "\(cases.count { outcome($0.result)?.element == name })"
    }
    let seconds = String(format: "%.3f", scenario.throughput.windowSeconds)
    let properties = [
      ("machine", TestBed.line(scenario.machine)),
      ("network", TestBed.line(scenario.configuration.network)),
      ("validity", scenario.validity?.state.rawValue ?? Validity.State.unknown.rawValue),
    ].map { element("property", depth: 3, ["name": $0, "value": $1]) }
    return element(
      "testsuite",
      depth: 1,
      [
        "name": scenario.scenario, "tests": "\(cases.count)", "failures": count("failure"),
        "errors": count("error"), "skipped": count("skipped"), "time": seconds,
        "timestamp": scenario.started, "hostname": scenario.machine.hostName,
      ],
      [element("properties", depth: 2, [:], properties)]
        + cases.enumerated().map { index, item in
          test(item, of: scenario.scenario, seconds: index == 0 ? seconds : "0")
        }
    )
  }

  /// A test case.
  private struct Case {
    let name: String
    let result: TestResult

    /// Names and values.
    var properties: [(String, String)] = []
  }

  /// The figures of a verdict.
  private static func figures(of verdict: Verdict) -> [(String, String)] {
    let interval = verdict.interval.map { "\($0.lower) to \($0.upper.map { "\($0)" } ?? "inf")" }
    return [
      ("value", verdict.value.map { "\($0)" }), ("interval_95", interval),
      (verdict.metric.isFloor ? "limit_at_least" : "limit_at_most", "\(verdict.limit)"),
      ("n", "\(verdict.n)"),
    ].compactMap { name, value in value.map { (name, $0) } }
  }

  private static func test(_ item: Case, of scenario: String, seconds: String) -> Markup {
    let properties = item.properties.map {
      element("property", depth: 4, ["name": $0.0, "value": $0.1])
    }
    return element(
      "testcase",
      depth: 2,
      ["classname": scenario, "name": item.name, "time": seconds],
      (properties.isEmpty ? [] : [element("properties", depth: 3, [:], properties)])
        + (outcome(item.result).map { [element($0.element, depth: 3, ["message": $0.message])] }
          ?? [])
    )
  }

  /// The element in a case; nil for one that passed.
  private static func outcome(_ result: TestResult) -> (element: String, message: String)? {
    switch result {
    case .passed: nil
    case .failed(let message): ("failure", message)
    case .skipped(let message): ("skipped", message)
    case .error(let message): ("error", message)
    }
  }

  /// The ends of lines before elements of each depth.
  private static let indents: [StaticString] = [
    "\n", "\n  ", "\n    ", "\n      ", "\n        ",
  ]

  /// An element with each piece of its content on a line, one deeper than itself.
  private static func element(
    _ name: String,
    depth: Int,
    _ attributes: KeyValuePairs<String, String>,
    _ content: [Markup] = []
  ) -> Markup {
    let lines = content.flatMap { [Markup(trusted: indents[depth + 1]), $0] }
    let end = content.isEmpty ? [] : [Markup(trusted: indents[depth])]
    return Markup(name, attributes, lines + end, for: .program)
  }
}
