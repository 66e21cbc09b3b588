import EventIO
import XCTest

@testable import LoadSupport

final class MCPLaneTests: XCTestCase {
  /// A session whose lanes several tasks use.
  private actor SharedSession: LoopBound {
    nonisolated let loop: EventLoop
    let session: MCPClientSession

    init(of server: ScriptedServer, lanes: Int, on loop: EventLoop) throws {
      self.loop = loop
      session = try TestCalls.session(of: server, lanes: lanes, on: loop)
    }

    func open() async { _ = await session.initialize(plannedAt: 0) }

    func call(over index: Int) async -> (Attempt, text: String?) {
      let lane = session.lanes[index]
      let attempt = await session.perform(TestCalls.call, plannedAt: 0, over: lane)
      return (attempt, lane.text)
    }

    var counts: (attempts: Int, connections: Int) {
      (session.attemptsMade, session.connectionsOpened)
    }

    var hasEnded: Bool { session.hasEnded }

    func close() async { await session.close() }
  }

  /// Nobody is answered before all have asked.
  func testLanes_haveCallsInFlightAtTheSameTime() async throws {
    let asked = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRun = { number, id in
      _ = asked.next()
      return [
        .await { asked.value == 3 },
        .send(Answer.http(200, Answer.result(id, Answer.text("call \(number)")))),
      ]
    }
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try SharedSession(of: server, lanes: 3, on: loop)
      await session.open()
      let answers = await withTaskGroup(of: (Attempt, text: String?).self) { group in
        for index in 0..<3 {
          group.addTask(executorPreference: loop.actorTasks) { await session.call(over: index) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      XCTAssertEqual(answers.map(\.0.outcome), [.success, .success, .success])
      XCTAssertEqual(Set(answers.map(\.text)), ["call 0", "call 1", "call 2"])
      let counts = await session.counts
      XCTAssertEqual(counts.attempts, 5)
      XCTAssertEqual(counts.connections, 3)
      let calls = await server.requests.suffix(3)
      XCTAssertEqual(Set(calls.map(\.connection)).count, 3)
      XCTAssertEqual(Set(calls.compactMap { $0.fields["mcp-session-id"] }), ["mcp-0"])
      XCTAssertEqual(Set(calls.compactMap { $0.json["id"]?.integer }), [2, 3, 4])
      await session.close()
    }
  }

  /// Another lane has opened the session anew before the answer came.
  func testLateWordOfTheEnd_isNotHeldAgainstTheNextSession() async throws {
    let asked = FakeMCP.Counter()
    let opened = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRun = { _, _ in
      _ = asked.next()
      return [.await { opened.value == 1 }, .send(Answer.http(404))]
    }
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try SharedSession(of: server, lanes: 2, on: loop)
      await session.open()
      let late = Task(executorPreference: loop.actorTasks) { await session.call(over: 1).0 }
      while asked.value == 0 { await loop.turn() }
      await session.open()
      _ = opened.next()
      let attempt = await late.value
      XCTAssertEqual(attempt.httpStatus, 404)
      var hasEnded = await session.hasEnded
      XCTAssertFalse(hasEnded)
      let next = await session.call(over: 1)
      XCTAssertEqual(next.0.httpStatus, 404)
      hasEnded = await session.hasEnded
      XCTAssertTrue(hasEnded)
      await session.close()
    }
  }
}
