import EventIO
import XCTest

@testable import LoadSupport

final class RunEndingTests: XCTestCase {
  func testStop_finishesWhatIsInFlight_andClosesSessions() async throws {
    for arrivals in [ArrivalProcess.closed(thinkTime: .zero), .constant(ratePerSecond: 200)] {
      var options = LoadRunHarness.Options()
      options.duration = .seconds(600)
      options.arrivals = arrivals
      let control = RunControl()
      var fake = FakeMCP()
      fake.onRun = { number, id in
        guard number == 30 else { return nil }
        control.end(.stop, reason: "somebody has seen enough")
        return [.pause(.milliseconds(60)), .send(Answer.http(200, Answer.result(id)))]
      }
      let run = try await LoadRunHarness(options, control: control, against: fake.script)
      try run.assertAccounted()
      let stopped = try XCTUnwrap(run.event(.stopped))
      XCTAssertEqual(stopped.message, "somebody has seen enough")
      XCTAssertTrue(run.load.allSatisfy { $0.attempt.outcome == .success })
      XCTAssertTrue(run.load.contains { $0.attempt.done > stopped.at }, "nothing was in flight")
      XCTAssertTrue(run.load.allSatisfy { $0.attempt.planned <= stopped.at + 1_000_000_000 })
      XCTAssertEqual(run.calls(of: "ssh_disconnect"), 2)
      XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 2)
      let analysis = try run.recorded.analysis()
      XCTAssertEqual(analysis.aggregate.window.ending, .stopped)
      XCTAssertTrue(analysis.problems.contains { $0.contains("seen enough") })
    }
  }

  func testInterrupt_recordsWhatWasInFlight_andTellsTheServerNothing() async throws {
    for arrivals in [ArrivalProcess.closed(thinkTime: .zero), .constant(ratePerSecond: 200)] {
      var options = LoadRunHarness.Options()
      options.duration = .seconds(600)
      options.arrivals = arrivals
      let control = RunControl()
      var fake = FakeMCP()
      fake.onRun = { number, _ in
        if number == 30 { control.end(.interrupt, reason: "at once") }
        return number >= 30 ? [] : nil
      }
      let run = try await LoadRunHarness(options, control: control, against: fake.script)
      try run.assertAccounted()
      XCTAssertTrue(run.load.contains { $0.attempt.outcome == .interrupted })
      XCTAssertTrue(
        run.load.allSatisfy { [.success, .interrupted, .dropped].contains($0.attempt.outcome) }
      )
      XCTAssertEqual(run.calls(of: "ssh_disconnect"), 0)
      XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 0)
    }
  }

  /// Whoever presses Ctrl-C twice does not wait for a server that hangs.
  func testInterrupt_cutsOffTheClosingOfSessions() async throws {
    let control = RunControl()
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.json["params"]?["name"]?.string == "ssh_disconnect" else { return nil }
      control.end(.interrupt, reason: "at once")
      return []
    }
    var options = LoadRunHarness.Options()
    options.workers = 1
    let run = try await LoadRunHarness(options, control: control, against: fake.script)
    try run.assertAccounted()
    let last = try XCTUnwrap(run.samples.last)
    XCTAssertEqual(last.operation, "ssh_disconnect")
    XCTAssertEqual(last.attempt.outcome, .interrupted)
    XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 0)
    // The window itself was over by then.
    XCTAssertEqual(try run.recorded.analysis().aggregate.window.ending, .complete)
  }

  func testRun_endsWithoutLoad_whenStoppedBeforehand() async throws {
    let control = RunControl()
    control.end(.stop, reason: "never mind")
    var options = LoadRunHarness.Options()
    options.duration = .seconds(600)
    let run = try await LoadRunHarness(options, control: control, against: FakeMCP().script)
    try run.assertAccounted()
    XCTAssertEqual(run.load.count, 0)
    XCTAssertEqual(try run.recorded.analysis().aggregate.window.ending, .neverBegan)
  }

  func testAttempts_areBounded_whenTheServerDies() async throws {
    for arrivals in [ArrivalProcess.closed(thinkTime: .zero), .constant(ratePerSecond: 100)] {
      var options = LoadRunHarness.Options()
      options.arrivals = arrivals
      options.duration = .milliseconds(400)
      var fake = FakeMCP()
      fake.onRun = { number, _ in number == 20 ? [.die] : nil }
      let run = try await LoadRunHarness(options, against: fake.script)
      try run.assertAccounted()
      let failed = run.load.filter { $0.attempt.outcome == .transportError }
      XCTAssertGreaterThan(failed.count, 0)
      // In a closed loop each worker pauses longer and longer; in an open one the rate is given.
      XCTAssertLessThan(failed.count, 70)
      XCTAssertTrue(failed.allSatisfy { $0.attempt.error?.isEmpty == false })
      XCTAssertEqual(try run.recorded.analysis().aggregate.window.ending, .complete)
    }
  }

  func testRun_saysWhyItNeverBegan_whenLoginsAreRefused() async throws {
    var options = LoadRunHarness.Options()
    options.password = Secret("hunter2")
    var fake = FakeMCP()
    fake.onConnect = { _, id in
      let text = Answer.text("Permission denied for load:hunter2", isError: true)
      return [.send(Answer.http(200, Answer.result(id, text)))]
    }
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    XCTAssertEqual(run.load.count, 0)
    let analysis = try run.recorded.analysis()
    XCTAssertEqual(analysis.aggregate.window.ending, .neverBegan)
    XCTAssertTrue(analysis.problems.contains("the load never began"))
    let problem = try XCTUnwrap(analysis.problems.first)
    XCTAssertTrue(problem.contains("2 of 2 workers could not begin"), problem)
    XCTAssertTrue(problem.contains("Permission denied"), problem)
    // The MCP sessions that did open are closed.
    XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 2)
    let everything = try run.recorded.everything()
    XCTAssertTrue(everything.contains("(secret)"))
    XCTAssertFalse(everything.contains("hunter2"))
  }

  func testRun_goesOnWithTheOthers_whenOneLoginIsRefused() async throws {
    var fake = FakeMCP()
    fake.onConnect = { number, id in
      let text = Answer.text("pool limit reached", isError: true)
      return number == 1 ? [.send(Answer.http(200, Answer.result(id, text)))] : nil
    }
    var options = LoadRunHarness.Options()
    options.workers = 3
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    XCTAssertEqual(Set(run.load.map(\.worker)).count, 2)
    let problems = try run.recorded.analysis().problems
    XCTAssertTrue(
      problems.contains { $0.contains("1 of 3 workers could not begin") },
      "\(problems)"
    )
  }

  func testRun_saysSo_whenTheServerIsNoMCPServer() async throws {
    let run = try await LoadRunHarness(against: { _, _ in
      [.send(Answer.http(200, "<html>It works!</html>", type: "text/html"))]
    })
    try run.assertAccounted()
    let problem = try XCTUnwrap(try run.recorded.analysis().problems.first)
    XCTAssertTrue(problem.contains("initialize ended in protocol_error"), problem)
  }
}
