import Foundation
import XCTest

@testable import LoadSupport

final class ThresholdOverridesTests: XCTestCase {
  private static let scenarios = [
    "s": [Threshold(.successRate, 0.99), Threshold(.p99Milliseconds, 5)]
  ]

  private func load(
    _ name: String,
    stages: [LimitedLoad.Stage] = [],
    thresholds: [RecordedLimit] = []
  ) -> LimitedLoad {
    LimitedLoad(
      scenario: name,
      operations: ["hostname", "a", "b", "my op", "nothing"],
      stages: stages,
      seconds: 100,
      thresholds: thresholds
    )
  }

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
    XCTAssertEqual(try overrides.limits(of: load("s"), over: thresholds), replaced)
    XCTAssertEqual(try overrides.limits(of: load("other"), over: thresholds), thresholds)
    XCTAssertEqual(try ThresholdOverrides.none.limits(of: load("s"), over: thresholds), thresholds)
  }

  func testError_namesTheKeyAndTheValidOnes() {
    XCTAssertEqual(
      message(["x": [:]]),
      "there is no scenario \"x\"; valid are s, and workloads of your own; did you mean s?"
    )
    // What is like none of the known ones is a workload of the user's own.
    XCTAssertEqual(message(["shop": ["p99_ms": 1]]), "")
    // So is what copies are named after: only a letter more is a slip.
    for name in ["s_2", "s2", "s copy"] { XCTAssertEqual(message([name: ["p99_ms": 1]]), "", name) }
    XCTAssertNotEqual(message(["ss": ["p99_ms": 1]]), "")
    XCTAssertEqual(
      message(["s": ["p98_ms": 1]]),
      "s has no threshold \"p98_ms\"; valid are p50_ms, p90_ms, p95_ms, p99_9_ms, p99_ms, "
        + "success_rate, throughput_per_s"
    )
    // One that exists, but not for this scenario.
    XCTAssertTrue(message(["s": ["refusal_ms": 1]]).hasPrefix("s has no threshold \"refusal_ms\""))
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

  func testLimits_comeOnTop_forFiguresAndPartsThatTheScenarioDoesNotLimit() throws {
    let overrides = try ThresholdOverrides(
      parsing: [
        "s": ["p50_ms": 2, "p99_ms of hostname each 10 s": 7, "success_rate last 60 s": 1]
      ],
      scenarios: Self.scenarios
    )
    let thresholds = try XCTUnwrap(Self.scenarios["s"])
    let applied = try overrides.limits(of: load("s"), over: thresholds)
    XCTAssertEqual(Array(applied.prefix(2)), thresholds)
    XCTAssertEqual(applied.dropFirst(2).map(\.limit), [2, 7, 1])
    XCTAssertEqual(
      applied.dropFirst(2).map { $0.scope?.text },
      [nil, "of hostname each 10 s", "last 60 s"]
    )
  }

  func testError_saysWhatAPartOfTheLoadIs() {
    for key in [
      "p99_ms of", "p99_ms each", "p99_ms each x s", "p99_ms each 10", "p99_ms each 0 s",
      "p99_ms as nothing", "p99_ms of a of b", "p99_ms each 10 s last 5 s", "p99_ms hostname",
    ] {
      XCTAssertTrue(message(["s": [key: 1]]).contains("`each N s`"), message(["s": [key: 1]]))
    }
  }

  func testNames_withBlanks_standInDoubleQuotes() throws {
    let words: [(String, [String]?)] = [
      ("p99_ms", ["p99_ms"]), (" p99_ms  of a ", ["p99_ms", "of", "a"]),
      ("p99_ms in \"cold workers=5\"", ["p99_ms", "in", "cold workers=5"]),
      ("of \"my op\" in \"\"", ["of", "my op", "in", ""]), ("of a\"b", ["of", "a\"b"]),
      ("of \"my op", nil), ("of \"my\"op", nil), ("", []),
      // A combining mark makes no other sign of a quote.
      ("of \"\u{301}a b\"", ["of", "\u{301}a b"]),
    ]
    for (key, expected) in words { XCTAssertEqual(ThresholdScope.words(key), expected, key) }
    for key in ["of \"my op\" in \"cold workers=5\" last 10 s", "in a", "of \"\" as timeout"] {
      let scope = try XCTUnwrap(ThresholdScope.words(key).flatMap(ThresholdScope.init))
      XCTAssertEqual(scope.text, key)
    }
    XCTAssertTrue(message(["s": ["p99_ms in \"open": 1]]).contains("in double quotes"))
  }

  func testSteps_areThoseOfTheLoad() throws {
    let overrides = try ThresholdOverrides(
      parsing: ["s": ["p99_ms in \"cold workers=5\" each 10 s": 7]],
      scenarios: Self.scenarios
    )
    let stages: [LimitedLoad.Stage] = [("cold workers=5", 10), ("health", nil)]
    XCTAssertNoThrow(try overrides.limits(of: load("s", stages: stages), over: []))
    for (stages, words) in [
      ([], "it has only one, which has no name"), ([("health", nil)], "it has health"),
      ([("cold workers=5", 9)], "that step is measured for 9 s"),
    ] as [([LimitedLoad.Stage], String)] {
      XCTAssertThrowsError(try overrides.limits(of: load("s", stages: stages), over: [])) {
        XCTAssertTrue("\($0)".contains(words), "\($0)")
      }
    }
  }

  // MARK: Parts of the load

  /// Thirty seconds of `a` in 10 ms and `b` in 20 ms, of which `b` takes 900 ms in the second ten.
  private func verdict(_ key: String, _ limit: Double) throws -> Verdict {
    let recorded = try RecordedScenario()
    var samples: [Sample] = []
    for index in 0..<3_000 {
      let at = Double(index) * 10
      samples.append(Sample("a", planned: at, done: at + 10))
      let isSlow = (10_000..<20_000).contains(at)
      samples.append(Sample("b", planned: at, done: at + (isSlow ? 900 : 20)))
      if index % 3 == 0 { samples.append(Sample("b", .rateLimited, planned: at, done: at + 3)) }
    }
    try recorded.write(samples)
    try recorded.write([
      RunEvent(.measure, at: 0, until: 30_000_000_000), RunEvent(.drain, at: 31_000_000_000),
    ])
    let overrides = try ThresholdOverrides(
      parsing: ["s": [key: limit]],
      scenarios: ["s": []]
    )
    let verdicts = try CommandThroughputJudge()
      .verdicts(recorded.analysis(), overrides.limits(of: load("s"), over: []))
    return try XCTUnwrap(verdicts.first)
  }

  func testLimit_isForItsPartOfTheLoadAlone() throws {
    let cases: [(String, Double, Verdict.Outcome, Double)] = [
      ("p99_ms of a", 15, .pass, 10), ("p99_ms of b", 500, .fail, 900),
      ("p50_ms of b", 500, .pass, 20), ("p99_ms of b last 10 s", 50, .pass, 20),
      ("p99_ms of b each 10 s", 500, .fail, 900), ("p99_ms of a each 10 s", 15, .pass, 10),
      ("p99_ms as rate_limited", 5, .pass, 3), ("throughput_per_s last 10 s", 150, .pass, 200),
      ("success_rate of a each 5 s", 0.99, .pass, 1),
    ]
    for (key, limit, outcome, value) in cases {
      let verdict = try verdict(key, limit)
      XCTAssertEqual(verdict.outcome, outcome, verdict.message)
      XCTAssertEqual(try XCTUnwrap(verdict.value), value, accuracy: 0.05 * value, verdict.message)
      let scope = key.split(separator: " ").dropFirst().joined(separator: " ")
      XCTAssertTrue(verdict.message.hasPrefix("\(scope): "), verdict.message)
      XCTAssertEqual(verdict.scope, scope)
    }
    XCTAssertTrue(
      try verdict("p99_ms of b each 10 s", 500).message.contains("; FAIL in 1 of 3 intervals")
    )
    XCTAssertEqual(try verdict("p99_ms each 60 s", 500).outcome, .inconclusive)
    XCTAssertEqual(try verdict("p99_ms last 60 s", 500).outcome, .inconclusive)
    XCTAssertEqual(try verdict("p99_ms last 30 s", 1_000).outcome, .pass)
    XCTAssertEqual(try verdict("p99_ms of nothing", 500).outcome, .inconclusive)
  }

  private func overrides(_ json: [String: [String: Double]]) throws -> ThresholdOverrides {
    try ThresholdOverrides(
      parsing: json,
      scenarios: ScenarioName.judges.mapValues(\.thresholds)
    )
  }

  /// What the run has not is bad usage, with what it has.
  func testCheck_namesWhatThereIs_whenALimitNamesWhatTheRunHasNot() throws {
    let header = RecordedScenario.header(seconds: 3, operations: ["hostname", "cat"])
    for (key, words) in [
      ("p99_ms of list", "this run has no operation \"list\"; it has cat, hostname"),
      ("success_rate of list last 2 s", "this run has no operation \"list\""),
      ("p99_ms last 60 s", "this run is measured for 3 s"),
      ("throughput_per_s each 4 s", "this run is measured for 3 s"),
    ] {
      XCTAssertThrowsError(try overrides(["command_throughput": [key: 1]]).check(header)) { error in
        XCTAssertTrue("\(error)".contains(words), "\(error)")
        XCTAssertTrue("\(error)".contains(key), "\(error)")
      }
    }
    for key in ["p99_ms of cat", "p99_ms last 3 s", "p99_ms each 1 s", "p99_ms of cat as timeout"] {
      XCTAssertNoThrow(try overrides(["command_throughput": [key: 1]]).check(header))
    }
    XCTAssertNoThrow(try overrides(["sustained_load": ["p99_ms of list": 1]]).check(header))
    XCTAssertThrowsError(
      try overrides(["command_throughput": ["success_rate of cat as timeout": 1]])
    )
  }

  /// A run that failed by limits of its user's is not passed by another look at it.
  func testLimits_areKept_andJudgeTheRecordingAgain() throws {
    let recorded = try MadeUpRun().recorded()
    let directory = try TemporaryDirectory()
    let strict = try directory.write(#"{"command_throughput": {"p99_ms": 0.001}}"#.utf8, to: "a")
    let loose = try directory.write(#"{"command_throughput": {"p99_ms": 9000}}"#.utf8, to: "b")
    func result(_ path: String?) throws -> Verdict.Outcome? {
      let overrides = try Judge.readOverrides(path, of: recorded.recording)
      return try Judge(recorded.recording, overrides: overrides)
        .evaluate(recorded.scenario.scenario).summary.verdicts
        .first { $0.metric == .p99Milliseconds }?.outcome
    }
    XCTAssertNotEqual(try result(nil), .fail)
    try Judge.keepOverrides(nil, in: recorded.recording)
    XCTAssertNotEqual(try result(nil), .fail)
    for path in [strict, loose] { try Judge.keepOverrides(path, in: recorded.recording) }
    XCTAssertEqual(try result(nil), .fail, "the first that was given is kept")
    XCTAssertNotEqual(try result(loose), .fail)
  }

  func testJudge_refusesALimitThatTheRecordingHasNot() throws {
    let recorded = try MadeUpRun().recorded()
    let judge = Judge(
      recorded.recording,
      overrides: try overrides(["command_throughput": ["p99_ms of nothing": 1]])
    )
    XCTAssertThrowsError(try judge.evaluate("command_throughput")) {
      XCTAssertTrue($0 is ThresholdError, "\($0)")
    }
  }

  /// What docs/settings.md shows can be run as it stands, in the shortest profile.
  func testExamples_ofTheSettings_run() throws {
    let text = try String(contentsOfFile: SourceFile.package + "/docs/settings.md", encoding: .utf8)
    let limits = try XCTUnwrap(
      text.components(separatedBy: "\n## ").first { $0.hasPrefix("Limits") }
    )
    let examples = limits.components(separatedBy: "```json\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    XCTAssertGreaterThan(examples.count, 1)
    let headers = [
      RecordedScenario.header(seconds: 8, operations: ["hostname", "whoami", "cat"]),
      RecordedScenario.header(
        .exhaustionTest,
        seconds: 8,
        operations: ["list", "health", "connect", "hostname", "disconnect"]
      ),
    ]
    for example in examples {
      let json = try JSONDecoder().decode([String: [String: Double]].self, from: Data(example.utf8))
      XCTAssertTrue(json.keys.allSatisfy { name in headers.contains { $0.scenario == name } })
      for header in headers { XCTAssertNoThrow(try overrides(json).check(header), example) }
    }
  }
}
