import XCTest

@testable import LoadSupport

/// A server that does something wrong, and what its judge must make of that.
struct VerdictCase<Server> {
  let metric: Threshold.Metric
  let outcome: Verdict.Outcome

  /// What the message must say.
  let words: String

  /// What makes it differ from the good server.
  let change: (inout Server) -> Void

  init(
    _ metric: Threshold.Metric,
    _ outcome: Verdict.Outcome,
    _ words: String,
    _ change: @escaping (inout Server) -> Void
  ) {
    self.metric = metric
    self.outcome = outcome
    self.words = words
    self.change = change
  }
}

extension RecordedScenario {
  /// What the scenario's judge makes of each of its thresholds.
  func verdicts() throws -> [Threshold.Metric: Verdict] {
    let judge = try XCTUnwrap(ScenarioName.judges[scenario.scenario])
    let verdicts = try judge.verdicts(analysis(), judge.rules.map(\.threshold))
    return Dictionary(uniqueKeysWithValues: verdicts.map { ($0.metric, $0) })
  }

  /// What the scenario's judge adds to the report, as one text.
  func reportText() throws -> String {
    let judge = try XCTUnwrap(ScenarioName.judges[scenario.scenario])
    let analysis = try analysis()
    let summary = ScenarioSummary(analysis, verdicts: [])
    return ScenarioReport(analysis, summary, sections: try judge.sections(analysis)).text
  }

  /// The scenario's own figures, as they come out of its summary.
  func figures() throws -> [String: Double] {
    let summary = try Judge(recording).evaluate(scenario.scenario).summary
    return try JSONDecoder().decode(
      ScenarioSummary.self,
      from: try RecordingJSON.encodeFile(summary)
    ).figures
  }
}

extension XCTestCase {
  /// Holds that the good server passes every threshold, and that each case comes to its outcome with
  /// a message that says why.
  func assertVerdicts<Server>(
    of server: Server,
    _ cases: [VerdictCase<Server>],
    recording record: (Server) throws -> RecordedScenario
  ) throws {
    let good = try record(server).verdicts()
    for verdict in good.values { XCTAssertEqual(verdict.outcome, .pass, verdict.message) }
    for item in cases {
      var changed = server
      item.change(&changed)
      let verdict = try XCTUnwrap(record(changed).verdicts()[item.metric])
      XCTAssertEqual(verdict.outcome, item.outcome, verdict.message)
      XCTAssertTrue(
        verdict.message.contains(item.words),
        "\(verdict.message)\nlacks: \(item.words)"
      )
    }
    for metric in good.keys {
      XCTAssertTrue(
        cases.contains { $0.metric == metric && $0.outcome == .fail },
        "no server fails \(metric.rawValue)"
      )
    }
  }
}
