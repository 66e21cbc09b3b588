import EventIO
import XCTest

@testable import LoadSupport

final class WorkerRecoveryTests: XCTestCase {
  func testWorker_opensAnotherSession_whenTheServerHasForgottenIt() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    var fake = FakeMCP()
    fake.onRun = { number, _ in number == 5 ? [.send(Answer.http(404))] : nil }
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    let opened = run.samples.filter { $0.operation == "initialize" }
    XCTAssertEqual(opened.count, 2)
    XCTAssertTrue([.warmup, .measure].contains(opened.last?.phase))
    XCTAssertEqual(run.load.count { $0.attempt.outcome == .httpError }, 1)
    XCTAssertEqual(run.load.last?.attempt.outcome, .success)
    let sessions = run.requests.compactMap { $0.fields["mcp-session-id"] }
    XCTAssertEqual(Set(sessions), ["mcp-0", "mcp-1"])
    XCTAssertEqual(sessions.last, "mcp-1")
  }

  /// Servers say in many ways that a session is gone.
  func testWorker_opensAnotherSession_whenTheServerSaysSoInWords() async throws {
    let answers: [(String, @Sendable (Int) -> [UInt8])] = [
      ("400", { _ in Answer.http(400, "Bad Request: No valid session ID provided") }),
      (
        "an error",
        {
          let error = #"{"code":-32001,"message":"Session not found"}"#
          return Answer.http(200, #"{"jsonrpc":"2.0","id":\#($0),"error":\#(error)}"#)
        }
      ),
      (
        "isError",
        {
          Answer.http(200, Answer.result($0, Answer.text("Invalid session: ssh-1", isError: true)))
        }
      ),
    ]
    for (name, answer) in answers {
      var options = LoadRunHarness.Options()
      options.workers = 1
      var fake = FakeMCP()
      fake.onRun = { number, id in number == 5 ? [.send(answer(id))] : nil }
      let run = try await LoadRunHarness(options, against: fake.script)
      try run.assertAccounted()
      XCTAssertEqual(run.samples.count { $0.operation == "initialize" }, 2, name)
      XCTAssertEqual(run.load.count { $0.attempt.outcome != .success }, 1, name)
      XCTAssertEqual(run.load.last?.attempt.outcome, .success, name)
      XCTAssertEqual(run.requests.compactMap { $0.fields["mcp-session-id"] }.last, "mcp-1", name)
    }
  }

  /// However it is worded: three errors in a row are reason enough.
  func testWorker_opensAnotherSession_whenNothingButErrorsCome() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.duration = .milliseconds(600)
    let isGone = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRun = { number, _ in
      guard (5..<8).contains(number) else { return nil }
      _ = isGone.next()
      return [.send(Answer.http(400, "?"))]
    }
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    XCTAssertEqual(isGone.value, 3)
    XCTAssertEqual(run.samples.count { $0.operation == "initialize" }, 2)
    // What was given up is closed, so that it uses up nothing of the server's.
    XCTAssertEqual(run.calls(of: "ssh_connect"), 2)
    XCTAssertEqual(run.calls(of: "ssh_disconnect"), 2)
    let ended = run.requests.filter { $0.method == "DELETE" }
    XCTAssertEqual(ended.compactMap { $0.fields["mcp-session-id"] }, ["mcp-0", "mcp-1"])
    XCTAssertEqual(run.load.last?.attempt.outcome, .success)
  }

  /// What a disconnect captures and sends is its own, not what workers do to keep their sessions in bounds.
  func testDisconnect_givesWhatItCaptures() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.heldSessions = 0...1
    options.operations["disconnect"] = Workload.Operation(
      .disconnect,
      headers: ["X-Why": "done"],
      capture: ["farewell": "/content/0/text"]
    )
    options.operations["say"] = .command("echo {farewell|sh}")
    options.sequences["a"] = [
      .call("connect"), .call("disconnect"), .call("connect"), .call("say"),
    ]
    options.operations["a"] = nil
    options.sequences["b"] = options.sequences["a"]
    options.operations["b"] = nil
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try run.assertAccounted()
    let said = run.samples.filter { $0.operation == "say" }
    XCTAssertGreaterThan(said.count, 0)
    XCTAssertEqual(Set(said.map(\.attempt.outcome)), [.success])
    let calls = run.requests.compactMap { request in
      request.json["params"]?["arguments"]?["command"]?.string
    }
    XCTAssertEqual(Set(calls), ["echo 'closed'"])
    let closing = run.requests.filter { $0.json["params"]?["name"]?.string == "ssh_disconnect" }
    XCTAssertTrue(closing.contains { $0.fields["x-why"] == "done" })
  }

  /// Nothing ran, and every answer reports success.
  func testLoad_hasNoSuccess_whenEveryCommandEndsWith127() async throws {
    var fake = FakeMCP()
    fake.onRun = { _, id in
      let result =
        #"{"content":[{"type":"text","text":"hunter2: not here"}],"structuredContent":{"exit_code":127}}"#
      return [.send(Answer.http(200, Answer.result(id, result)))]
    }
    var options = LoadRunHarness.Options()
    options.password = Secret("hunter2")
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    XCTAssertGreaterThan(run.load.count, 0)
    for sample in run.load {
      XCTAssertEqual(sample.attempt.outcome, .wrongAnswer)
      XCTAssertEqual(sample.attempt.error, "exit status 127: (secret): not here")
    }
    let summary = try Judge(run.recorded.recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(summary.requests.successful, 0)
    let text = try run.recorded.everything()
    XCTAssertTrue(text.contains("wrong_answer"))
    XCTAssertFalse(text.contains("hunter2"))
  }

  func testLoad_countsSilence_whereTheSameCommandSpokeBefore() async throws {
    var fake = FakeMCP()
    let silent = FakeMCP.Counter()
    fake.onRequest = { request in
      let call = request.json["params"]
      guard let id = request.json["id"]?.integer, call?["name"]?.string == "ssh_run_command"
      else { return nil }
      if call?["arguments"]?["command"]?.string == "hostname" { _ = silent.next() }
      return [.send(Answer.http(200, Answer.result(id, Answer.text(""))))]
    }
    var options = LoadRunHarness.Options()
    options.spokenCommands = ["hostname"]
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    XCTAssertEqual(run.load.count { $0.attempt.outcome == .wrongAnswer }, silent.value)
    XCTAssertTrue(
      run.load.allSatisfy { ($0.attempt.outcome == .wrongAnswer) == ($0.operation == "a") }
    )
  }

  /// A server that refuses every command must not be flooded with logins.
  func testWorker_opensSessionsAtMostOnceASecond_whenEveryCommandIsRefused() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.duration = .milliseconds(500)
    var fake = FakeMCP()
    fake.onRun = { _, id in
      let text = Answer.text("command not allowed", isError: true)
      return [.send(Answer.http(200, Answer.result(id, text)))]
    }
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    XCTAssertGreaterThan(run.load.count, 3)
    XCTAssertEqual(run.calls(of: "ssh_connect"), 2)
    let problems = try run.recorded.analysis().problems
    XCTAssertTrue(
      problems.contains { $0.contains("none of") && $0.contains("command not allowed") },
      "\(problems)"
    )
  }
}
