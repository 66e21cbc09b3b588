import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport

/// Whatever a run comes to, all its outputs say the same.
final class RunStateTests: XCTestCase {
  /// A state, how a run gets there, and what each output has for it.
  private struct State: Sendable {
    let name: String
    let result: RunResult
    let exitStatus: Int32

    /// The elements of `junit.xml` beside those that passed.
    let elements: Set<String>

    /// What the first of them says.
    let reason: String
    var isStrict = false
    var change: @Sendable (inout MadeUpRun) -> Void = { _ in }
  }

  private static let states: [State] = [
    State(name: "passed", result: .pass, exitStatus: 0, elements: [], reason: ""),
    State(
      name: "a threshold failed",
      result: .fail,
      exitStatus: 1,
      elements: ["failure", "skipped"],
      reason: "success_rate 0.5",
      change: { $0.failures = 300 }
    ),
    State(
      name: "inconclusive",
      result: .inconclusive,
      exitStatus: 0,
      elements: ["skipped"],
      reason: "INCONCLUSIVE: success_rate",
      change: { $0.failures = 6 }
    ),
    State(
      name: "inconclusive, strict",
      result: .inconclusive,
      exitStatus: 5,
      elements: ["failure"],
      reason: "INCONCLUSIVE: success_rate",
      isStrict: true,
      change: { $0.failures = 6 }
    ),
    State(
      name: "invalid smoke run, repeated",
      result: .invalid,
      exitStatus: 3,
      elements: ["skipped"],
      reason: "INVALID: the run is INVALID (generator_late_tick_ms 500",
      change: { $0.latestTick = 500 }
    ),
    State(
      name: "invalid smoke run, strict",
      result: .invalid,
      exitStatus: 3,
      elements: ["error"],
      reason: "INVALID: the run is INVALID (generator_late_tick_ms 500",
      isStrict: true,
      change: { $0.latestTick = 500 }
    ),
    State(
      name: "invalid",
      result: .invalid,
      exitStatus: 3,
      elements: ["error"],
      reason: "INVALID: the run is INVALID (generator_late_tick_ms 500",
      change: { ($0.latestTick, $0.profile) = (500, "standard") }
    ),
    State(
      name: "sessions not granted",
      result: .fail,
      exitStatus: 1,
      elements: ["failure", "skipped"],
      reason: "sessions_missing 3, limit at most 0, n = 5: 2 of 5 sessions were there",
      change: {
        ($0.workers, $0.sessionsAsked, $0.sessionsCounted) = (5, 5, nil)
      }
    ),
    State(
      name: "invalid, and the server restarted",
      result: .fail,
      exitStatus: 1,
      elements: ["failure", "skipped"],
      reason: "server_outages 1, limit at most 0",
      change: { ($0.isRestarted, $0.latestTick) = (true, 500) }
    ),
    State(
      name: "interrupted",
      result: .interrupted,
      exitStatus: 130,
      elements: ["error"],
      reason: "INTERRUPTED; interrupted after 3.0 s of the measured window: signal 2",
      change: { $0.isStopped = true }
    ),
    State(
      name: "broke off",
      result: .brokenOff,
      exitStatus: 3,
      elements: ["error", "skipped"],
      reason: "BROKEN OFF; the recording breaks off after",
      change: { $0.isKilled = true }
    ),
  ]

  /// Notes cases and what befell them.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [(name: String, message: String)] = []

    func parser(
      _ parser: XMLParser,
      didStartElement name: String,
      namespaceURI: String?,
      qualifiedName: String?,
      attributes: [String: String]
    ) {
      guard ["failure", "error", "skipped"].contains(name) else { return }
      elements.append((name, attributes["message"] ?? ""))
    }
  }

  private func junit(_ recording: RecordingLayout) throws -> [(name: String, message: String)] {
    let reader = Reader()
    let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: recording.junit)))
    parser.delegate = reader
    XCTAssertTrue(parser.parse())
    return reader.elements
  }

  func testOutputs_agree_inEveryState() throws {
    for state in Self.states {
      var run = MadeUpRun()
      state.change(&run)
      let recorded = try run.recorded()
      let judge = Judge(recorded.recording, isStrict: state.isStrict)
      let judged = try judge.judge(RecordedScenario.name)
      let whole = try judge.summarise()
      XCTAssertEqual(judged.summary.result, state.result, "\(state.name): \(judged.report)")
      XCTAssertEqual(whole.exitStatus, state.exitStatus, state.name)
      let word = state.result.words
      XCTAssertTrue(
        judged.report.contains("\nVerdict:    \(word)"),
        "\(state.name): \(judged.report)"
      )
      XCTAssertTrue(judged.html.contains("<title>\(word): "), state.name)
      let written = try RecordingJSON.decodeFile(RunSummary.self, at: recorded.recording.summary)
      XCTAssertEqual(written.result, state.result, state.name)
      let markdown = try String(contentsOfFile: recorded.recording.markdown, encoding: .utf8)
      XCTAssertTrue(markdown.hasPrefix("**\(word)**"), "\(state.name): \(markdown)")
      let elements = try junit(recorded.recording)
      XCTAssertEqual(Set(elements.map(\.name)), state.elements, "\(state.name): \(elements)")
      XCTAssertTrue(
        elements.first?.message.hasPrefix(state.reason) ?? state.reason.isEmpty,
        "\(state.name): \(elements)"
      )
      assertXCTest(judged.summary, state, elements.map(\.name))
    }
  }

  /// A test fails where the case of its figure, or one of the whole scenario, fails or has an error.
  private func assertXCTest(_ summary: ScenarioSummary, _ state: State, _ elements: [String]) {
    let results = summary.verdicts.map { summary.testResult(of: $0, isStrict: state.isStrict) }
    let names = results.compactMap { result -> String? in
      switch result {
      case .passed: nil
      case .failed: "failure"
      case .skipped: "skipped"
      case .error: "error"
      }
    }
    XCTAssertEqual((summary.obstacle == nil ? [] : ["error"]) + names, elements, state.name)
    let fails = elements.contains("failure") || elements.contains("error")
    let isExcused = state.result == .invalid && state.elements == ["skipped"]
    XCTAssertEqual(fails || isExcused, state.exitStatus != 0, state.name)
  }

  func testVerdict_saysWhatThereIsSoFar_whenTheRunWasStoppedEarly() throws {
    var run = MadeUpRun()
    run.isStopped = true
    let judge = Judge(try run.recorded().recording)
    let judged = try judge.judge(RecordedScenario.name)
    let planned = NumberText.plain(judged.summary.configuration.durationSeconds)
    let words = "INTERRUPTED: \(judged.summary.verdict.rawValue) so far, 3.0 of \(planned) s"
    XCTAssertTrue(judged.report.contains("\nVerdict:    \(words)\n"), judged.report)
    XCTAssertTrue(judged.html.contains(words))
    XCTAssertTrue(MarkdownReport(try judge.summarise()).text.contains(words))
  }

  func testRunThatCouldNotStart_hasItsReasonInEveryFile() throws {
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_20260212_153045")
    try FileManager.default.createDirectory(
      atPath: recording.directory,
      withIntermediateDirectories: true
    )
    let reason = "cannot reach http://h:3000/mcp: connect: Connection refused"
    let judge = Judge(recording)
    try InvocationNotes.failed(recording).add("command_throughput", because: reason)
    try InvocationNotes.skipped(recording)
      .add("latency_test", because: "no links are known")
    try judge.summarise()
    let summary = try RecordingJSON.decodeFile(RunSummary.self, at: recording.summary)
    XCTAssertEqual(summary.result, .couldNotRun)
    XCTAssertEqual(summary.exitStatus, 3)
    XCTAssertEqual(summary.failed, ["command_throughput": reason])
    let elements = try junit(recording)
    XCTAssertEqual(elements.map(\.name), ["error", "skipped"])
    XCTAssertEqual(elements.first?.message, reason)
    let markdown = try String(contentsOfFile: recording.markdown, encoding: .utf8)
    XCTAssertTrue(markdown.hasPrefix("**COULD NOT RUN**"), markdown)
    XCTAssertTrue(
      markdown.contains("- COULD NOT RUN ` command_throughput `: ` \(reason) `"),
      markdown
    )
    XCTAssertEqual(Judge(recording).failures, ["command_throughput": reason])
  }

  /// Nobody was granted a session, so no load began: that is what the server did.
  func testServerThatGrantsNoSession_fails() throws {
    let recorded = try RecordedScenario(RecordedScenario.header(sessions: 2))
    let error = "too many sessions"
    try recorded.write([
      Sample("ssh_connect", .rejected, planned: 1, done: 2, phase: .setup, error: error)
    ])
    try recorded.write([RunEvent(.setup, at: 0), RunEvent(.end, at: 9, attempts: 1)])
    let judged = try Judge(recorded.recording).judge(RecordedScenario.name)
    XCTAssertEqual(judged.summary.result, .fail)
    XCTAssertEqual(judged.summary.obstacle, "FAIL; the load never began")
    let verdict = try XCTUnwrap(judged.summary.verdicts.first)
    XCTAssertEqual(verdict.metric, .sessionsMissing)
    XCTAssertTrue(
      verdict.message.contains("ssh_connect failed: too many sessions"),
      verdict.message
    )
  }

  func testWorstResult_isTheOneThatSaysMost() {
    XCTAssertEqual(RunResult.worst([.pass, .invalid, .fail, .couldNotRun]), .fail)
    XCTAssertEqual(RunResult.worst([.pass, .inconclusive, .invalid]), .invalid)
    XCTAssertEqual(RunResult.worst([.fail, .interrupted]), .interrupted)
    XCTAssertNil(RunResult.worst([]))
  }
}
