import Foundation

/// `junit.xml`: the thresholds of an invocation as test cases, for CI systems.
///
/// A suite is a scenario, and a case what XCTest makes of the same figure: a failed threshold is a
/// `failure`, as an inconclusive one is where that counts, else `skipped`. What could not be judged in an
/// invalid run is an `error`, or `skipped` after a smoke run that was repeated. A scenario that could not
/// be run or was cut short has an `error` in a case of its own, before the others.
/// Element names are those of Ant's JUnit task, which all CI systems read.
struct JUnitReport: Sendable {
  /// One test case; one that passed has no element.
  private struct Case {
    let name: String
    let element: String?
    let message: String
  }

  /// The document.
  let text: String

  /// Lays a document out.
  init(_ run: RunSummary) {
    text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + "<testsuites\(Self.attributes([("name", run.testID)]))>\n"
      + run.scenarios.map { Self.suite($0, run) }.joined()
      + (run.failed ?? [:]).sorted { $0.key < $1.key }
      .filter { name, _ in !run.scenarios.contains { $0.scenario == name } }
      .map { Self.suite($0, "error", $1) }.joined()
      + (run.skipped ?? [:]).sorted { $0.key < $1.key }.map { Self.suite($0, "skipped", $1) }
      .joined()
      + "</testsuites>\n"
  }

  /// A scenario without a recording: one case.
  private static func suite(_ scenario: String, _ element: String, _ reason: String) -> String {
    let suite = [
      ("name", scenario), ("tests", "1"), ("failures", "0"),
      ("errors", element == "error" ? "1" : "0"), ("skipped", element == "error" ? "0" : "1"),
      ("time", "0"),
    ]
    let test = [("classname", scenario), ("name", "scenario"), ("time", "0")]
    return "  <testsuite\(attributes(suite))>\n    <testcase\(attributes(test))>\n"
      + "      <\(element)\(attributes([("message", reason)]))/>\n    </testcase>\n  </testsuite>\n"
  }

  private static func suite(_ scenario: ScenarioSummary, _ run: RunSummary) -> String {
    let cases = cases(scenario, run)
    func count(_ element: String) -> String { "\(cases.count { $0.element == element })" }
    let seconds = String(format: "%.3f", scenario.throughput.windowSeconds)
    let suite = [
      ("name", scenario.scenario), ("tests", "\(cases.count)"), ("failures", count("failure")),
      ("errors", count("error")), ("skipped", count("skipped")), ("time", seconds),
      ("timestamp", scenario.started), ("hostname", scenario.machine.hostName),
    ]
    var lines = ["  <testsuite\(attributes(suite))>", "    <properties>"]
    for (name, value) in [
      ("machine", TestBed.line(scenario.machine)),
      ("network", TestBed.line(scenario.configuration.network)),
      ("validity", scenario.validity?.state.rawValue ?? Validity.State.unknown.rawValue),
    ] {
      lines.append("      <property\(attributes([("name", name), ("value", value)]))/>")
    }
    lines.append("    </properties>")
    for (index, test) in cases.enumerated() {
      let tag =
        "    <testcase"
        + attributes([
          ("classname", scenario.scenario), ("name", test.name),
          ("time", index == 0 ? seconds : "0"),
        ])
      guard let element = test.element else {
        lines.append(tag + "/>")
        continue
      }
      let message = attributes([("message", test.message)])
      lines += [tag + ">", "      <\(element)\(message)/>", "    </testcase>"]
    }
    return (lines + ["  </testsuite>"]).map { $0 + "\n" }.joined()
  }

  private static func cases(_ scenario: ScenarioSummary, _ run: RunSummary) -> [Case] {
    let whole = [
      ("measured_window", scenario.obstacle), ("scenario", run.failed?[scenario.scenario]),
    ]
    return whole.compactMap { name, reason in
      reason.map { Case(name: name, element: "error", message: $0) }
    }
      + scenario.verdicts.map { verdict in
        let name = verdict.key
        return switch scenario.testResult(of: verdict, isStrict: run.isStrict) {
        case .passed: Case(name: name, element: nil, message: "")
        case .failed(let message): Case(name: name, element: "failure", message: message)
        case .skipped(let message): Case(name: name, element: "skipped", message: message)
        case .error(let message): Case(name: name, element: "error", message: message)
        }
      }
  }

  private static func attributes(_ pairs: [(name: String, value: String)]) -> String {
    pairs.map { " \($0.name)=\"\(escaped($0.value))\"" }.joined()
  }

  /// Text for an attribute; what may be in no document becomes U+FFFD (XML 1.0, section 2.2).
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // A reader takes these for blanks unless they are references (section 3.3.3).
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
