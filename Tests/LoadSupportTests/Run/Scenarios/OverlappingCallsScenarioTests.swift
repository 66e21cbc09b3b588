import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// The overlapping calls test passes a good server, and fails each bad one in words that name its fault.
final class OverlappingCallsScenarioTests: LongTestCase {
  /// It takes up to a minute, and CI has twenty for everything.
  override class var runsFrom: String { "all" }

  private static let cases:
    [(fault: OverlappedServer.Fault, metric: Threshold.Metric, words: String)] = [
      (
        .blocksEverybody, .slowCallDelay,
        "p50 of a quick call in other MCP sessions [0-9.,]+ (ms|µs) without and [0-9,]{3,}[0-9.]* ms beside a slow call"
      ),
      (
        .blocksEverybody, .slowCallHealthDelay,
        "p50 of a health check [0-9.,]+ (ms|µs) without and [0-9,]{3,}[0-9.]* ms beside a slow call"
      ),
      (
        .deadlocks, .unansweredCalls,
        "no answer within 2 s, the first in the step calls=2 over one, where (no|1) other call was answered"
      ),
      (.swapsIDs, .foreignAnswers, "[1-9][0-9]* answers? came with the id of another request"),
      (
        .swapsWords, .foreignAnswers,
        ": 0 answers came with the id of another request, and [0-9]+ commands? with an echo did not return"
      ),
      (
        .losesAFirstRequest, .failedFirstCalls,
        "1 of 12 first requests of new sessions that came at the same instant failed, most often timeout"
      ),
      (
        .refusesOverlaps, .failedCallShare,
        "in the step calls=2 over [a-z]+ [0-9]+ of [0-9]+ calls failed, most often rpc_error: .*busy"
      ),
      (.starvesALane, .leastServedLane, "the least served lane had [0-9] answers"),
    ]

  func testServer_passesOrFails_asItIsGoodOrBad() async throws {
    // All at once: they wait more than they work.
    let found = try await withThrowingTaskGroup(
      of: (OverlappedServer.Fault?, [Threshold.Metric: Verdict]).self
    ) { group in
      for fault in [nil] + OverlappedServer.Fault.allCases {
        group.addTask { (fault, try await Self.verdicts(against: fault)) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    let good = try XCTUnwrap(found[nil])
    XCTAssertEqual(good.count, 8)
    // Of a machine that stands still nothing is learnt about time.
    let timed: [Threshold.Metric] = [.leastServedLane, .slowCallDelay, .slowCallHealthDelay]
    for (metric, verdict) in good where verdict.outcome != .pass {
      XCTAssertTrue(
        timed.contains(metric) && verdict.outcome == .inconclusive,
        verdict.message
      )
    }
    for (fault, metric, words) in Self.cases {
      let verdict = try XCTUnwrap(found[fault]?[metric], "\(fault)")
      XCTAssertEqual(verdict.outcome, .fail, "\(fault): \(verdict.message)")
      let range = verdict.message.range(of: words, options: .regularExpression)
      XCTAssertNotNil(range, "\(fault): \(verdict.message)\nlacks: \(words)")
    }
    // A slow call that only its own session waits for is told, and not judged.
    for fault in OverlappedServer.Fault.allCases where fault != .blocksEverybody {
      let delay = try XCTUnwrap(found[fault]?[.slowCallHealthDelay])
      XCTAssertNotEqual(delay.outcome, .fail, "\(fault): \(delay.message)")
    }
  }

  private static func checkReport(
    _ judge: OverlappingCallsJudge,
    _ analysis: RecordingAnalysis
  ) throws {
    let text = TextPage(Document(title: "", sections: try judge.sections(analysis))).text
    for words in [
      "calls=2 over several", "times the", "first call ", "other MCP sessions",
      "the slow call takes 1.0 s",
    ] {
      XCTAssertTrue(text.contains(words), "\(words) is not in:\n\(text)")
    }
    XCTAssertEqual(
      judge.picture(analysis)?.title,
      "Throughput of one MCP session by calls in flight"
    )
    XCTAssertEqual(
      Set(judge.figures(analysis).keys),
      ["overlap_gain_one", "overlap_gain_several"]
    )
  }

  private static func verdicts(
    against fault: OverlappedServer.Fault?
  ) async throws -> [Threshold.Metric: Verdict] {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let bad = OverlappedServer(fault)
    let server = try await ScriptedServer.start(on: loop) { bad.script($0, $1) }
    let directory = try TemporaryDirectory()
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    let environment = [
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      "LOADTEST_DURATION": "8", "LOADTEST_WORKERS": "2",
      // Where it runs out it is waited for often.
      "LOADTEST_TIMEOUT": [.deadlocks, .losesAFirstRequest].contains(fault) ? "2" : "20",
      "LOADTEST_TARGET_HOST": "target", "LOADTEST_TARGET_USER": "load",
    ]
    let setup = RunSetup(
      settings: try RunSettings(environment: environment),
      environment: environment,
      programs: "/nowhere"
    )
    do {
      let context = try ScenarioContext(
        setup,
        recording: recording,
        header: .begun(in: recording),
        control: RunControl()
      )
      try await OverlappingCalls().run(context)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
    let judge = OverlappingCallsJudge()
    let analysis = try RecordingAnalysis(ScenarioName.overlappingCalls.rawValue, of: recording)
    if fault == nil { try checkReport(judge, analysis) }
    let verdicts = try judge.verdicts(analysis, judge.rules.map(\.threshold))
    return Dictionary(uniqueKeysWithValues: verdicts.map { ($0.metric, $0) })
  }
}
