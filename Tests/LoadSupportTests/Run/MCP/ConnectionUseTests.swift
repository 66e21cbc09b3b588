import EventIO
import XCTest

@testable import LoadSupport

/// How long workers keep their connections, and what a balancer before replicas makes of it.
final class ConnectionUseTests: XCTestCase {
  private func run(_ use: ConnectionUse, _ fake: FakeMCP = FakeMCP()) async throws -> LoadRunHarness
  {
    var options = LoadRunHarness.Options()
    options.connectionUse = use
    return try await LoadRunHarness(options, against: fake.script)
  }

  /// The requests of the load: those for metrics have a connection that is kept.
  private static func posts(_ run: LoadRunHarness) -> [ScriptedServer.Request] {
    run.requests.filter { $0.path == "/mcp" }
  }

  func testConnection_lastsThroughAllRequests_whenItIsKept() async throws {
    let run = try await run(.kept)
    try run.assertAccounted()
    XCTAssertEqual(Set(Self.posts(run).map(\.connection)).count, 2)
    XCTAssertTrue(Self.posts(run).allSatisfy { $0.fields["connection"] == nil })
    XCTAssertEqual(run.samples.count { $0.attempt.connecting != nil }, 2)
  }

  func testConnection_isForOneRequest_andSaysSo_whenThatIsAskedFor() async throws {
    let run = try await run(.perRequest)
    try run.assertAccounted()
    let posts = Self.posts(run)
    XCTAssertEqual(Set(posts.map(\.connection)).count, posts.count)
    XCTAssertTrue(posts.allSatisfy { $0.fields["connection"] == "close" })
    XCTAssertGreaterThan(run.load.count, 2)
    XCTAssertEqual(run.samples.filter { $0.attempt.outcome != .success }, [])
    for sample in run.samples {
      let connecting = try XCTUnwrap(sample.attempt.connecting)
      XCTAssertLessThanOrEqual(connecting, sample.attempt.latency)
    }
  }

  func testConnection_isForOneSession_whenThatIsAskedFor() async throws {
    var fake = FakeMCP()
    fake.onRun = { number, _ in number == 5 ? [.send(Answer.http(404))] : nil }
    let run = try await run(.perSession, fake)
    try run.assertAccounted()
    let posts = Self.posts(run)
    let opened = posts.filter { $0.json["method"] == "initialize" }
    XCTAssertEqual(opened.count, 3)
    XCTAssertEqual(Set(opened.map(\.connection)).count, 3)
    XCTAssertEqual(Set(posts.map(\.connection)).count, 3)
    XCTAssertTrue(posts.allSatisfy { $0.fields["connection"] == nil })
  }

  /// An SSH session that is not known is one too, though the MCP session goes on; a refusal is none.
  func testAnswer_isOfAnUnknownSession_whenThatIsOverSSH() async throws {
    for (words, isUnknown) in [
      ("no SSH session of that id is open for clients of this address", true),
      ("no SSH session is free: the limit of 10 is reached", false),
    ] {
      var fake = FakeMCP()
      fake.onRun = { number, id in
        let text = Answer.text(words, isError: true)
        return number == 5 ? [.send(Answer.http(200, Answer.result(id, text)))] : nil
      }
      let run = try await run(.kept, fake)
      try run.assertAccounted()
      XCTAssertEqual(run.samples.count { $0.attempt.findsNoSession }, isUnknown ? 1 : 0, words)
      XCTAssertEqual(run.samples.count { $0.operation == "initialize" }, 2, words)
    }
  }

  // MARK: Replicas behind a balancer

  /// Two servers that know their own sessions alone, behind one address.
  private func runReplicas(_ use: ConnectionUse) async throws -> RecordedScenario {
    let loop = try EventLoop(name: "servers")
    defer { loop.stop() }
    var servers: [ScriptedServer] = []
    for name in ["one", "two"] {
      var fake = FakeMCP()
      (fake.name, fake.knowsForeignSessions) = (name, false)
      servers.append(try await ScriptedServer.start(on: loop, script: fake.script))
    }
    let relay = try await ByteRelay.start(
      to: servers[0].address,
      or: [servers[1].address],
      on: loop
    )
    var options = LoadRunHarness.Options()
    // Of a worker in four the session is opened before the load; none of so many would be a miracle.
    (options.workers, options.connectionUse) = (60, use)
    options.duration = .milliseconds(400)
    let recorded = try RecordedScenario(
      RecordedScenario.header(workers: options.workers, seconds: options.duration.seconds)
    )
    let result: Result<Void, any Error>
    do {
      result = .success(try await recorded.run(options.load(port: relay.address.port)))
    } catch {
      result = .failure(error)
    }
    await relay.stop()
    for server in servers {
      let requests = await server.requests
      XCTAssertGreaterThan(requests.count, 10)
      await server.stop()
    }
    try result.get()
    return recorded
  }

  func testReplicas_knowAllSessions_whenConnectionsAreKept() async throws {
    let recorded = try await runReplicas(.kept)
    XCTAssertNil(try recorded.analysis().unknownSessions)
    XCTAssertEqual(try recorded.samples().filter { $0.attempt.outcome != .success }, [])
    let judged = try Judge(recorded.recording).evaluate(RecordedScenario.name)
    XCTAssertFalse(judged.report.contains("Unknown session"), judged.report)
    XCTAssertFalse(judged.report.contains("sticky"), judged.report)
  }

  func testReplicas_knowHalfOfTheSessions_whenEachRequestHasAConnection() async throws {
    let recorded = try await runReplicas(.perRequest)
    let unknown = try XCTUnwrap(try recorded.analysis().unknownSessions)
    XCTAssertGreaterThan(unknown.answers, 60)
    let share = Double(unknown.unknown) / Double(unknown.answers)
    XCTAssertTrue((0.25...0.75).contains(share), "\(unknown)")
    // What it comes to stays what it is.
    let samples = try recorded.samples().filter(\.attempt.findsNoSession)
    XCTAssertEqual(samples.count, unknown.unknown)
    XCTAssertEqual(Set(samples.map(\.attempt.outcome)), [.httpError])
    XCTAssertEqual(Set(samples.map(\.attempt.httpStatus)), [404])
    let judged = try Judge(recorded.recording).evaluate(RecordedScenario.name)
    XCTAssertEqual(judged.summary.unknownSessions, unknown)
    for words in ["Unknown session", unknown.text, "replicas without sticky sessions"] {
      XCTAssertTrue(judged.report.contains(words), "\(words): \(judged.report)")
    }
  }
}
