import EventIO
import XCTest

@testable import LoadSupport

final class LongCallsJudgeTests: XCTestCase {
  /// What became of calls of 1 and 10 s, and what was left of those that were cancelled.
  private struct Server {
    /// Of each length how long its calls lasted, and what they came to.
    var lasted = [1: 1.01, 10: 10.02]
    var outcome = [1: Outcome.success, 10: .success]
    var status: Int?
    var systemError: Int?

    /// When the progress of the longer one was told first, and how often.
    var progress: (first: Double, count: Int)? = (1.1, 9)

    /// The same of the shorter one.
    var shortProgress: (first: Double, count: Int)?

    var cancelled = Outcome.success
    var processes = Outcome.success
    var gone = Outcome.success
  }

  /// A call of so many seconds, as the server makes it.
  private func call(_ server: Server, _ seconds: Int, asks: Bool) -> Sample {
    let step = StepName.longCall(seconds: seconds, tellsProgress: asks)
    let outcome = server.outcome[seconds] ?? .success
    var sample = Sample(
      step,
      outcome,
      planned: 0,
      done: (server.lasted[seconds] ?? 0) * 1_000,
      sent: 0,
      error: outcome == .success ? nil : "why",
      step: step
    )
    if outcome != .success {
      sample.attempt.httpStatus = server.status
      sample.attempt.systemError = server.systemError
    }
    if asks, let progress = seconds == 10 ? server.progress : server.shortProgress {
      sample.attempt.firstProgress = Int64(progress.first * 1e9)
      sample.attempt.progress = progress.count
    }
    return sample
  }

  private func other(
    _ operation: String,
    _ outcome: Outcome,
    _ step: String,
    at: Double
  ) -> Sample {
    Sample(
      operation,
      outcome,
      planned: at,
      done: at + 10,
      sent: at,
      error: outcome == .success ? nil : "no ps here",
      step: step
    )
  }

  private func record(_ server: Server) throws -> RecordedScenario {
    var stages: [(step: String, seconds: Int, at: Double, samples: [Sample])] = []
    for seconds in server.lasted.keys.sorted() {
      for asks in [false, true] {
        let sample = call(server, seconds, asks: asks)
        stages.append((sample.step ?? "", seconds, 0, [sample]))
      }
    }
    for (step, at) in [(StepName.afterCalls, 12_000.0), (StepName.afterCancelling, 16_000)] {
      let looks = [
        other(OperationName.processes, server.processes, step, at: at),
        other(OperationName.commandsGone, server.gone, step, at: at + 20),
      ]
      stages.append((step, 10, at, looks))
    }
    let cancelling = StepName.cancelling
    let cancelled = other(OperationName.cancelled, server.cancelled, cancelling, at: 14_000)
    stages.append((cancelling, 3, 14_000, [cancelled]))
    var header = RecordedScenario.header(.longCalls, workers: 4, seconds: 12)
    header.stages = stages.map {
      Stage(
        name: $0.step,
        kind: .steady,
        workers: 1,
        connecting: nil,
        rate: nil,
        busyWorkers: nil,
        seconds: Double($0.seconds)
      )
    }
    let recorded = try RecordedScenario(header)
    let samples = stages.flatMap(\.samples)
    try recorded.write(
      stages.flatMap { RunEvent.step($0.step, from: $0.at, until: $0.at + 1_000) }
        .sorted { $0.at < $1.at } + [RunEvent(.drain, at: 20_000_000_000)]
        + [RunEvent(.end, at: 20_000_000_000, attempts: samples.count)]
    )
    try recorded.write(samples)
    return recorded
  }

  func testVerdicts_tellBadServersApart() throws {
    try assertVerdicts(
      of: Server(),
      [
        .init(.callsCut, .fail, "2 of 4 calls of 1, 10 s did not end with their commands") {
          ($0.lasted[10], $0.outcome[10], $0.status) = (6, .httpError, 504)
        },
        .init(.callsCut, .fail, "the shortest, 10 s: HTTP 504 after 6.0 s (why)") {
          ($0.lasted[10], $0.outcome[10], $0.status) = (6, .httpError, 504)
        },
        .init(.callsCut, .fail, "a connection reset after 3.0 s") {
          ($0.lasted[10], $0.outcome[10], $0.systemError) = (3, .transportError, 104)
        },
        .init(.callsCut, .fail, "a closed connection after 3.0 s") {
          ($0.lasted[10], $0.outcome[10]) = (3, .protocolError)
        },
        .init(.callsCut, .fail, "no answer in time after 40.0 s") {
          ($0.lasted[10], $0.outcome[10]) = (40, .timeout)
        },
        .init(.callsCut, .fail, "an error from the server after 5.0 s") {
          ($0.lasted[10], $0.outcome[10]) = (5, .toolError)
        },
        .init(.callsCut, .fail, "an answer before the command ended after 5.0 s") {
          $0.lasted[10] = 5
        },
        .init(.callsCut, .inconclusive, "no call began: tool_error: why") {
          ($0.lasted, $0.outcome) = ([1: 0.01, 10: 0.01], [1: .toolError, 10: .toolError])
        },
        .init(.delayedProgress, .fail, "the first of 9 progress notifications came after 9.9 s") {
          $0.progress = (9.9, 9)
        },
        // Each half second and once more at the end: half of a second is too short to tell.
        .init(.delayedProgress, .pass, "within half of each call's length") {
          ($0.progress, $0.shortProgress) = ((0.5, 20), (0.504, 3))
        },
        .init(.delayedProgress, .fail, "the first of 9 progress notifications came after 9.9 s") {
          ($0.progress, $0.shortProgress) = ((9.9, 9), (0.2, 5))
        },
        .init(.delayedProgress, .fail, "in a call of 1 s the first of 4 progress") {
          ($0.progress, $0.shortProgress) = ((0.2, 9), (0.99, 4))
        },
        .init(.delayedProgress, .inconclusive, "more than two progress notifications") {
          $0.progress = (9.9, 1)
        },
        .init(.delayedProgress, .inconclusive, "sends no progress") { $0.progress = nil },
        .init(.commandsLeft, .fail, "commands were still running on the target 2 s later") {
          $0.gone = .wrongAnswer
        },
        .init(.commandsLeft, .inconclusive, "no ps here") {
          ($0.processes, $0.gone) = (.toolError, .wrongAnswer)
        },
        .init(.commandsLeft, .inconclusive, "no call could be cancelled; tool_error") {
          $0.cancelled = .toolError
        },
        .init(.unaccountedAttempts, .fail, "attempts") { $0.lasted[1] = -1 },
      ],
      recording: record
    )
  }

  func testReport_tellsOfEachCall() throws {
    var server = Server()
    (server.lasted[10], server.outcome[10], server.status) = (6, .httpError, 504)
    let recorded = try record(server)
    let text = try recorded.reportText()
    for words in ["HTTP 504", "its answer", "commands of the calls, when all had ended: gone"] {
      XCTAssertTrue(text.contains(words), text)
    }
    let figures = try recorded.figures()
    XCTAssertEqual(figures["longest_answered_s"], 1)
    XCTAssertEqual(figures["shortest_cut_s"], 10)
    XCTAssertNotNil(LongCallsJudge().picture(try recorded.analysis()))
  }
}
