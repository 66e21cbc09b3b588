import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// Files of workloads, run from the file to the verdict against a small server that is not about SSH at all.
final class OwnWorkloadTests: LongTestCase {
  /// Ten lines: a ramp of two tools.
  private static let ramp = """
    {
      "name": "shop",
      "operations": {
        "search": {"tool": "search", "arguments": {"q": "shoes {counter}"}, "expect": {"text": "found"}},
        "price": {"tool": "price", "arguments": {"id": 7}, "expect": {"fields": {"/structuredContent/eur": 9}}}
      },
      "steps": [{"stages": [{"rate": [0, 100], "length": "1s"}, {"rate": 100, "length": "1s"}],
                 "mix": {"search": 3, "price": 1}}],
      "thresholds": [{"metric": "p99_ms", "limit": 20000, "of": "search", "step": "stage 2"}]
    }
    """

  /// What a run came to, and what its server saw.
  private struct Outcome {
    let result: ScenarioRun.Result
    let recording: RecordingLayout
    let samples: [Sample]
    let requests: [ScriptedServer.Request]

    func calls(_ tool: String) -> [JSONValue] {
      requests.compactMap { request in
        let call = request.json["params"]
        return call?["name"]?.string == tool ? call?["arguments"] : nil
      }
    }
  }

  /// The tools of a shop: what a call is answered with.
  private static func shop(_ tool: String, _ arguments: JSONValue) -> String {
    tool == "search"
      ? #"{"content":[{"type":"text","text":"found 3"}],"structuredContent":{"id":"a\"b"}}"#
      : #"{"content":[],"structuredContent":{"eur":9.0}}"#
  }

  /// Runs a file.
  private func run(
    _ file: String,
    data: [String: String] = [:],
    environment: [String: String] = [:],
    control: RunControl = RunControl(),
    answer: @escaping @Sendable (_ tool: String, _ arguments: JSONValue) -> String = shop,
    status: @escaping @Sendable (ScriptedServer.Request) -> Int = { _ in 200 }
  ) async throws -> Outcome {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard let call = request.json["params"], let id = request.json["id"]?.integer else {
        return nil
      }
      if status(request) != 200 { return [.send(Answer.http(status(request), "no"))] }
      if request.json["method"]?.string == "tools/list" {
        let tools = #"{"tools":[{"name":"search"},{"name":"price"}]}"#
        return [.send(Answer.http(200, Answer.result(id, tools)))]
      }
      guard let tool = call["name"]?.string, let arguments = call["arguments"] else { return nil }
      return [.send(Answer.http(200, Answer.result(id, answer(tool, arguments))))]
    }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let directory = try TemporaryDirectory()
    for (name, text) in data { _ = try directory.write(text.utf8, to: name) }
    let path = try directory.write(file.utf8, to: "workload.json")
    let variables = environment.merging([
      "LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp",
      // One that a busy machine made invalid is not repeated.
      "LOADTEST_PROFILE": "quick",
    ]) { set, _ in set }
    let settings = try RunSettings(environment: variables)
    let name = ScenarioName(try WorkloadFile(path: path))
    _ = try name.own?.checked(settings, .none)
    let setup = RunSetup(settings: settings, environment: variables, programs: "/nowhere")
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    let result = try await ScenarioRun(setup).run(name, into: recording, control: control) { _ in }
    let requests = await server.requests
    await server.stop()
    var samples: [Sample] = []
    if result.summary != nil {
      let files = try RecordedSamples(of: recording.scenario(name.rawValue))
      _ = try files.read { samples.append($1) }
    }
    return Outcome(result: result, recording: recording, samples: samples, requests: requests)
  }

  func testTenLines_driveARampOfTwoTools() async throws {
    let run = try await run(Self.ramp)
    XCTAssertNil(run.result.failure)
    let load = run.samples.filter { ["search", "price"].contains($0.operation) }
    XCTAssertEqual(load.count, 150)
    XCTAssertEqual(load.count { $0.step == "stage 1" }, 50)
    XCTAssertEqual(Set(load.map(\.attempt.outcome)), [.success])
    XCTAssertEqual(run.calls("search").count + run.calls("price").count, 150)
    let counted = Set(run.calls("search").compactMap { $0["q"]?.string })
    XCTAssertEqual(counted.count, run.calls("search").count, "a counter is no other's")
    let summary = try XCTUnwrap(run.result.summary)
    XCTAssertTrue(summary.verdicts.contains { $0.isAbout(operation: "search", step: "stage 2") })
    // Another machine judges it without the workload's file.
    let again = try Judge(run.recording).evaluate("shop").summary
    XCTAssertEqual(again.verdicts.map(\.message), summary.verdicts.map(\.message))
  }

  func testAnswer_isWrong_whenAPointerLeadsNowhere() async throws {
    let run = try await run(Self.ramp) { tool, arguments in
      tool == "price"
        ? #"{"content":[],"structuredContent":{"usd":9}}"# : Self.shop(tool, arguments)
    }
    let wrong = run.samples.filter { $0.operation == "price" }
    XCTAssertEqual(Set(wrong.map(\.attempt.outcome)), [.wrongAnswer])
    XCTAssertTrue(wrong[0].attempt.error?.contains("/structuredContent/eur") ?? false)
    XCTAssertTrue(
      run.samples.contains { $0.operation == "search" && $0.attempt.outcome == .success }
    )
  }

  /// A value goes on as it came, and an iteration that misses it is cut.
  func testIteration_isCut_whenItsValueIsMissing() async throws {
    let file = """
      {"name": "flow", "workers": 2, "data": {"users": "users.csv"},
       "operations": {
         "search": {"tool": "search", "arguments": {"q": "{users.name}"}, "capture": {"id": "/structuredContent/id"}},
         "price": {"tool": "price", "arguments": {"id": "{id}"}}},
       "sequences": {"buy": ["search", {"pause": "5ms"}, "price"]},
       "steps": [{"length": "20s", "mix": ["buy"], "iterations": 4}]}
      """
    let run = try await run(file, data: ["users.csv": "name\nann\nbob\ncarl\ndora\n"]) {
      tool,
      arguments in
      arguments["q"]?.string == "bob" ? #"{"content":[]}"# : Self.shop(tool, arguments)
    }
    // Worker 0 has ann and carl, worker 1 bob and dora, twice each.
    XCTAssertEqual(
      run.calls("search").compactMap { $0["q"]?.string }.sorted(),
      ["ann", "ann", "bob", "bob", "carl", "carl", "dora", "dora"]
    )
    XCTAssertEqual(run.calls("price"), Array(repeating: ["id": "a\"b"], count: 6))
    let cut = run.samples.filter { $0.attempt.outcome == .wrongAnswer }
    XCTAssertEqual(cut.map(\.operation), ["search", "search"])
    let report = try Judge(run.recording).evaluate("flow").report
    XCTAssertTrue(report.contains("6 complete, 2 cut"), report)
    // Each later call is planned for when the former was done and the pause was over.
    let first = run.samples.filter { $0.worker == 0 && $0.phase == .measure }.prefix(2)
    XCTAssertEqual(first.map(\.operation), ["search", "price"])
    XCTAssertEqual(first[1].attempt.planned, first[0].attempt.done + 5_000_000)
  }

  /// Those who could begin load the server, and what is missing is a verdict.
  func testWorkers_areMissed_whenTheirSetupFails() async throws {
    let file = """
      {"name": "setup", "workers": 2, "data": {"users": "users.csv"}, "setup": ["login"],
       "operations": {
         "login": {"tool": "search", "arguments": {"q": "{users.name}"}, "expect": {"text": "found"}},
         "price": {"tool": "price"}},
       "steps": [{"length": "20s", "mix": ["price"], "iterations": 40}]}
      """
    let run = try await run(file, data: ["users.csv": "name\nann\nbob\n"]) { tool, arguments in
      arguments["q"]?.string == "bob"
        ? #"{"content":[{"type":"text","text":"no"}]}"# : Self.shop(tool, arguments)
    }
    let summary = try XCTUnwrap(run.result.summary)
    let verdict = try XCTUnwrap(summary.verdicts.first { $0.metric == .workersMissing })
    XCTAssertEqual(verdict.outcome, .fail, verdict.message)
    XCTAssertEqual(verdict.value, 1)
    XCTAssertEqual(run.calls("price").count, 40)
  }

  func testToken_isReadAgain_whenItIsRefused() async throws {
    let directory = try TemporaryDirectory()
    let tokens = try directory.write("stale-token-1\nstale-token-2\n".utf8, to: "tokens")
    let refused = FakeMCP.Counter()
    let file = """
      {"name": "tokens", "workers": 2,
       "operations": {"search": {"tool": "search"}},
       "steps": [{"length": "20s", "mix": ["search"], "iterations": 3}]}
      """
    let run = try await run(
      file,
      environment: ["LOADTEST_TOKEN_FILE": tokens],
      status: { request in
        guard request.json["method"]?.string == "tools/call",
          request.fields["authorization"]?.contains("stale") ?? true
        else { return 200 }
        if refused.next() == 0 {
          try? Data("fresh-token-1\nfresh-token-2\n".utf8).write(to: URL(fileURLWithPath: tokens))
        }
        return 401
      }
    )
    let load = run.samples.filter { $0.operation == "search" }
    for worker in 0..<2 {
      let outcomes = load.filter { $0.worker == worker }.map(\.attempt.httpStatus)
      XCTAssertEqual(outcomes, [401, 200, 200], "worker \(worker)")
    }
    let given = Set(run.requests.compactMap { $0.fields["authorization"] })
    XCTAssertTrue(
      given.isSuperset(of: ["Bearer fresh-token-1", "Bearer fresh-token-2"]),
      "\(given)"
    )
    for name in try FileManager.default.subpathsOfDirectory(atPath: run.recording.directory) {
      let text = try? String(contentsOfFile: "\(run.recording.directory)/\(name)", encoding: .utf8)
      XCTAssertNotEqual(text?.contains("-token-"), true, name)
    }
  }

  func testLimit_endsTheRun_onceItHasFailed() async throws {
    let control = RunControl()
    let file = """
      {"name": "bad", "workers": 4, "operations": {"search": {"tool": "search", "expect": {"text": "nothing"}}},
       "steps": [{"length": "120s", "rate": 200, "mix": ["search"]}],
       "thresholds": [{"metric": "success_rate", "limit": 0.9, "abort": true}]}
      """
    let begun = MonotonicInstant.now()
    let run = try await run(file, control: control)
    XCTAssertLessThan(MonotonicInstant.now() - begun, .seconds(110))
    XCTAssertEqual(run.result.summary?.result, .fail)
    XCTAssertFalse(control.isStopping, "the next load goes on")
  }

  func testFile_isRefusedBeforeAnyRequest_whenItsPartsCannotBe() async throws {
    let cases = [
      (#""mix": {"search": 3, "price": 1}"#, #""mix": {"sarch": 3}"#, "sarch"),
      (#""step": "stage 2""#, #""step": "stage 3""#, "stage 3"),
      (#""of": "search""#, #""of": "buy""#, "buy"),
      (#""metric": "p99_ms""#, #""metric": "p98_ms""#, "p98_ms"),
      ("{counter}", "{users.name}", "users"),
      (#""rate": 100"#, #""rate": "fast""#, "steps[0].stages[1].rate"),
    ]
    for (right, wrong, words) in cases {
      let file = Self.ramp.replacingOccurrences(of: right, with: wrong)
      do {
        _ = try await run(file)
        XCTFail("\(wrong) was taken")
      } catch {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
    }
  }
}
