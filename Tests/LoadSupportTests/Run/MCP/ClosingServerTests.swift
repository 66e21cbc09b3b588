import EventIO
import XCTest

@testable import LoadSupport

/// Servers that end connections at any time, and say so before: nothing is lost, and nothing is an error.
final class ClosingServerTests: XCTestCase {
  /// How servers write that they close (RFC 9112 §9.6; names and options have no case).
  private static let announcements = [
    "Connection: close", "connection: CLOSE", "CONNECTION:close", "Connection: Close, TE",
    "Connection: keep-alive, close", "Connection: foo ,\tclose ",
    "Connection: keep-alive\r\nConnection: close",
  ]

  /// An answer with one more field.
  private static func announce(_ field: String, in answer: [UInt8]) -> [UInt8] {
    guard let end = answer.firstRange(of: "\r\n".utf8) else { return answer }
    return answer[..<end.upperBound] + Array("\(field)\r\n".utf8) + answer[end.upperBound...]
  }

  /// The script of a server that announces the end with some answers, and makes it or leaves it to the client.
  private static func script(
    _ fake: FakeMCP,
    closing field: String,
    isMade: Bool,
    _ closes: @escaping @Sendable (ScriptedServer.Request, Int) -> Bool
  ) -> ScriptedServer.Script {
    { request, number in
      let steps = fake.script(request, number)
      guard closes(request, number) else { return steps }
      return steps.map { step in
        if case .send(let answer) = step { .send(announce(field, in: answer)) } else { step }
      } + (isMade ? [.close] : [])
    }
  }

  /// A request that comes over a connection after the one whose answer ended it.
  private static func late(
    _ requests: [ScriptedServer.Request],
    _ closes: (ScriptedServer.Request, Int) -> Bool
  ) -> Int {
    var ended: Set<Int> = []
    var late = 0
    for (number, request) in requests.enumerated() {
      if ended.contains(request.connection) { late += 1 }
      if closes(request, number) { ended.insert(request.connection) }
    }
    return late
  }

  func testLoad_losesNothing_howeverTheServerSaysThatItCloses() async throws {
    for (index, field) in Self.announcements.enumerated() {
      let closes: @Sendable (ScriptedServer.Request, Int) -> Bool = { $1 % 3 == index % 3 }
      var options = LoadRunHarness.Options()
      options.warmUp = .milliseconds(10)
      options.duration = .milliseconds(60)
      let script = Self.script(
        FakeMCP(),
        closing: field,
        isMade: index % 2 == 0,
        closes
      )
      let run = try await LoadRunHarness(options, against: script)
      try run.assertAccounted()
      XCTAssertGreaterThan(run.load.count, 3, field)
      XCTAssertEqual(run.samples.filter { $0.attempt.outcome != .success }, [], field)
      XCTAssertEqual(Self.late(run.requests, closes), 0, field)
      XCTAssertGreaterThan(Set(run.requests.map(\.connection)).count, 2, field)
    }
  }

  /// In the handshake, on 202, on an error, on DELETE: wherever it comes.
  func testSession_goesOn_whicheverAnswerEndsTheConnection() async throws {
    let names = ["initialize", "notifications/initialized", "tools/call", "DELETE"]
    for name in names {
      for isMade in [true, false] {
        let closes: @Sendable (ScriptedServer.Request, Int) -> Bool = { request, _ in
          (request.json["method"]?.string ?? request.method) == name
        }
        var fake = FakeMCP()
        fake.onRun = { number, id in
          number == 0 ? [.send(Answer.http(400, Answer.error(id, -32602, "no")))] : nil
        }
        let script = Self.script(fake, closing: "Connection: close", isMade: isMade, closes)
        try await LoopHarness.run(against: script) { loop, server in
          let session = try TestCalls.session(of: server, on: loop)
          var outcomes = await session.initialize(plannedAt: 0).map(\.1.outcome)
          for _ in 0..<3 {
            outcomes.append(await session.perform(TestCalls.call, plannedAt: 0).outcome)
          }
          outcomes.append(await session.end(plannedAt: 0)?.outcome ?? .dropped)
          XCTAssertEqual(
            outcomes,
            [.success, .success, .httpError, .success, .success, .success],
            "\(name) \(isMade)"
          )
          let requests = await server.requests
          XCTAssertEqual(requests.count, 6, name)
          XCTAssertEqual(Self.late(requests, closes), 0, name)
        }
      }
    }
  }

  /// An event stream gives its answer before it ends, or at its end, or without a length at all.
  func testStream_givesItsAnswer_whenItsConnectionEndsWithIt() async throws {
    let end = Answer.lastChunk
    for (name, isChunked, steps) in [
      ("ended and closed", true, [.send(end), .close]), ("ended", true, [.send(end)]),
      ("left open", true, []), ("closed", true, [.close]), ("without a length", false, [.close]),
    ] as [(String, Bool, [ScriptedServer.Step])] {
      var fake = FakeMCP()
      fake.onRun = { _, id in
        let event = "data: \(Answer.result(id, Answer.text("host")))\n\n"
        var answer = Self.announce("Connection: close", in: Answer.openStream(event))
        if !isChunked {
          let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
          answer = Array((head + event).utf8)
        }
        return [.send(answer)] + steps
      }
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        _ = await session.initialize(plannedAt: 0)
        for _ in 0..<3 {
          let attempt = await session.perform(TestCalls.call, plannedAt: 0)
          XCTAssertEqual(attempt.outcome, .success, "\(name): \(attempt.error ?? "")")
        }
        let requests = await server.requests
        XCTAssertEqual(
          requests.map(\.connection),
          // The first call is made over the connection of the handshake.
          [0, 0, 0, 1, 2],
          name
        )
      }
    }
  }

  /// HTTP/1.0 closes unless it says that it does not (RFC 9112 §9.3).
  func testHTTP10_isFollowed_inWhatItSaysOfTheConnection() async throws {
    for (field, connections) in [
      ("X: y", 4), ("Connection: keep-alive", 1), ("Connection: Keep-Alive", 1),
      ("Connection: close", 4),
    ] {
      let fake = FakeMCP()
      let script: ScriptedServer.Script = { request, number in
        fake.script(request, number).map { step in
          guard case .send(let answer) = step else { return step }
          let text = String(decoding: Self.announce(field, in: answer), as: UTF8.self)
          return .send(Array(text.replacing("HTTP/1.1", with: "HTTP/1.0").utf8))
        } + (connections > 1 ? [.close] : [])
      }
      try await LoopHarness.run(against: script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        var attempts = await session.initialize(plannedAt: 0).map(\.1)
        for _ in 0..<2 { attempts.append(await session.perform(TestCalls.call, plannedAt: 0)) }
        XCTAssertEqual(attempts.map(\.outcome), [.success, .success, .success, .success], field)
        XCTAssertEqual(session.connectionsOpened, connections, field)
      }
    }
  }
}
