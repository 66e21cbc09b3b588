import EventIO
import XCTest

@testable import LoadSupport

/// Workers that are calls in flight of one MCP session.
final class SharedSessionTests: XCTestCase {
  private func run(_ fake: FakeMCP, held: ClosedRange<Int> = 1...1) async throws -> LoadRunHarness {
    var options = LoadRunHarness.Options()
    options.workers = 3
    options.loops = 2
    options.heldSessions = held
    options.sharesSession = true
    let run = try await LoadRunHarness(options, against: fake.script)
    XCTAssertEqual(run.event(.end)?.attempts, run.samples.count)
    XCTAssertEqual(Set(run.load.map(\.worker)), [0, 1, 2])
    return run
  }

  private func count(_ method: String, _ run: LoadRunHarness) -> Int {
    run.requests.count { $0.json["method"]?.string == method }
  }

  func testSession_isOpenedAndLeftOnce_whenWorkersShareIt() async throws {
    var fake = FakeMCP()
    fake.onConnect = { number, id in
      let result = #"{"content":[],"structuredContent":{"session_id":"ssh-\#(number)"}}"#
      return [.send(Answer.http(200, Answer.result(id, result)))]
    }
    // Two calls are in flight before any is answered.
    let asked = FakeMCP.Counter()
    fake.onRun = { _, id in
      _ = asked.next()
      return [
        .await { asked.value > 1 }, .send(Answer.http(200, Answer.result(id, Answer.text("x")))),
      ]
    }
    let run = try await run(fake, held: 2...2)
    XCTAssertEqual(count("initialize", run), 1)
    XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 1)
    XCTAssertEqual(run.requests.last?.method, "DELETE")
    XCTAssertEqual(run.calls(of: "ssh_connect"), 2)
    XCTAssertEqual(run.calls(of: "ssh_disconnect"), 2)
    let calls = run.requests.filter { $0.json["params"]?["name"] == "ssh_run_command" }
    XCTAssertEqual(Set(calls.compactMap { $0.fields["mcp-session-id"] }), ["mcp-0"])
    XCTAssertEqual(Set(calls.compactMap { $0.json["id"]?.integer }).count, calls.count)
    // Each keeps to one SSH session, over a connection of its own.
    let used = Set(
      calls.compactMap { call in
        call.json["params"]?["arguments"]?["session_id"]?.string.map {
          "\(call.connection) \($0.suffix(1))"
        }
      }
    )
    XCTAssertEqual(used.count, 3, "\(used)")
    XCTAssertEqual(used.count { $0.hasSuffix(" 0") }, 2, "\(used)")
  }

  func testSession_isOpenedAnewOnce_whenAllWorkersHaveLostIt() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      // What the first session is asked in its SSH session tells of its end.
      request.fields["mcp-session-id"] == "mcp-0"
        && request.json["params"]?["name"] == "ssh_run_command"
        ? [.send(Answer.http(404))] : nil
    }
    let run = try await run(fake)
    XCTAssertEqual(count("initialize", run), 2)
    XCTAssertTrue(run.load.contains { $0.attempt.httpStatus == 404 })
    XCTAssertTrue(run.load.suffix(3).allSatisfy { $0.attempt.outcome == .success })
  }

  func testSecrets_areHiddenFromAllOfASession_whenAWorkerHasItsOwn() async throws {
    let loop = try EventLoop(name: "load")
    defer { loop.stop() }
    let plan = try LoadRunHarness.Options(workers: 2, sharesSession: true).load(port: 9).plan
    let recording = try RecordedScenario(RecordedScenario.header(workers: 2))
    let files = try RecordingFiles(recording.layout, workers: 2, loops: 1)
    func worker(_ index: Int, _ first: Worker?) -> Worker {
      Worker(
        index: index,
        of: 2,
        plan: plan,
        recorder: SampleRecorder(writer: files.samples[index], origin: .now()),
        control: RunControl(),
        sharing: first,
        loop: loop
      )
    }
    let first = worker(0, nil)
    let second = worker(1, first)
    await second.hide([Secret("hunter2hunter2")], besides: [])
    await first.hide([Secret("letmein")], besides: [])
    let count = await first.hidden
    XCTAssertEqual(count, 2)
    try await files.close()
  }
}

extension Worker {
  /// How many secrets are kept out of what is told of the server's words.
  fileprivate var hidden: Int { session.secrets.count }
}
