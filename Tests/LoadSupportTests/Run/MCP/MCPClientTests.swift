import EventIO
import XCTest

@testable import LoadSupport

final class MCPClientTests: XCTestCase {
  private static let call = SSHTarget(host: "h", port: 22)
    .runRequest("id", in: SSHSession(id: "ssh-1"), operation: "id", .standard)

  private static func client(
    of server: ScriptedServer,
    path: String = "/mcp",
    headers: [String: Secret] = [:],
    on loop: EventLoop
  ) throws -> MCPClient {
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: path)
    let endpoint = try MCPEndpoint(url, headers: headers)
    return MCPClient(endpoint, profile: .standard, timeouts: HTTPTimeouts(), on: loop)
  }

  /// One call against a server that answers it so, whatever the id.
  private static func attempt(
    _ answer: @escaping @Sendable (Int) -> [ScriptedServer.Step]
  ) async throws -> Attempt {
    try await LoopHarness.run { request, _ in
      answer(request.json["id"]?.integer ?? 0)
    } _: { loop, server in
      try await Self.client(of: server, on: loop).perform(Self.call, plannedAt: 5)
    }
  }

  // MARK: Session

  func testSession_isOpenedUsedAndEnded() async throws {
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let client = try Self.client(of: server, headers: ["X-Extra": Secret("yes")], on: loop)
      let opened = await client.initialize(plannedAt: 1)
      XCTAssertEqual(opened.map(\.operation), ["initialize", "notifications/initialized"])
      XCTAssertEqual(opened.map(\.1.outcome), [.success, .success])
      XCTAssertEqual(client.sessionID, "mcp-0")
      XCTAssertEqual(client.protocolVersion, "2025-11-25")
      let called = await client.perform(Self.call, plannedAt: 2)
      XCTAssertEqual(called.outcome, .success)
      let ended = await client.endSession(plannedAt: 3)
      XCTAssertEqual(ended?.outcome, .success)
      let endedTwice = await client.endSession(plannedAt: 3)
      XCTAssertNil(endedTwice)
      XCTAssertEqual(client.attemptsMade, 4)
      XCTAssertEqual(client.connectionsOpened, 1)

      let requests = await server.requests
      XCTAssertEqual(requests.map(\.method), ["POST", "POST", "POST", "DELETE"])
      XCTAssertEqual(
        requests.map { $0.fields["mcp-session-id"] },
        [nil, "mcp-0", "mcp-0", "mcp-0"]
      )
      XCTAssertEqual(
        requests.map { $0.fields["mcp-protocol-version"] },
        [nil, "2025-11-25", "2025-11-25", "2025-11-25"]
      )
      for request in requests {
        XCTAssertEqual(request.path, "/mcp")
        XCTAssertEqual(request.fields["host"], "127.0.0.1:\(server.address.port)")
        XCTAssertEqual(request.fields["accept"], "application/json, text/event-stream")
        XCTAssertEqual(request.fields["accept-encoding"], "identity")
        XCTAssertEqual(request.fields["content-type"], "application/json")
        XCTAssertEqual(request.fields["x-extra"], "yes")
      }
      XCTAssertEqual(
        requests[0].json["params"]?["protocolVersion"],
        .string(ToolProfile.standard.protocolVersion)
      )
      XCTAssertNotNil(requests[0].json["params"]?["clientInfo"]?["name"]?.string)
      XCTAssertNotNil(requests[0].json["params"]?["capabilities"])
      XCTAssertNil(requests[1].json["id"])
    }
  }

  func testVersionHeader_isSentFromTheRevisionThatAsksForIt() async throws {
    for (version, isSent) in [
      ("2024-11-05", false), ("2025-03-26", false), ("2025-06-18", true), ("2025-11-25", true),
      ("2026-07-28", true),
    ] {
      var fake = FakeMCP()
      fake.version = version
      try await LoopHarness.run(against: fake.script) { loop, server in
        let client = try Self.client(of: server, on: loop)
        _ = await client.initialize(plannedAt: 0)
        _ = await client.perform(Self.call, plannedAt: 0)
        let requests = await server.requests
        XCTAssertNil(requests[0].fields["mcp-protocol-version"])
        for request in requests.dropFirst() {
          XCTAssertEqual(request.fields["mcp-protocol-version"], isSent ? version : nil)
        }
      }
    }
  }

  /// What a server says goes into the heads of requests; only what looks like a revision may.
  func testVersion_isNotSent_whenItDoesNotLookLikeOne() async throws {
    for version in [#"2099-01-01\r\nX-Evil: yes"#, "latest", "2099-1-1", "2099-01-011", ""] {
      var fake = FakeMCP()
      fake.version = version
      try await LoopHarness.run(against: fake.script) { loop, server in
        let client = try Self.client(of: server, on: loop)
        let opened = await client.initialize(plannedAt: 0)
        XCTAssertEqual(opened.map(\.1.outcome), [.success, .success], version)
        XCTAssertNil(client.protocolVersion, version)
        let requests = await server.requests
        for request in requests {
          XCTAssertNil(request.fields["mcp-protocol-version"], version)
          XCTAssertNil(request.fields["x-evil"], version)
        }
      }
    }
  }

  func testSession_isNotThere_whenTheServerGivesNone() async throws {
    try await LoopHarness.run { request, _ in
      let id = request.json["id"]?.integer
      return [.send(id.map { Answer.http(200, Answer.result($0)) } ?? Answer.http(202))]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      let opened = await client.initialize(plannedAt: 0)
      XCTAssertEqual(opened.map(\.1.outcome), [.success, .success])
      XCTAssertNil(client.sessionID)
      XCTAssertNil(client.protocolVersion)
      let ended = await client.endSession(plannedAt: 0)
      XCTAssertNil(ended)
      let requests = await server.requests
      XCTAssertEqual(requests.count, 2)
      XCTAssertTrue(requests.allSatisfy { $0.fields["mcp-session-id"] == nil })
    }
  }

  func testSession_isOpenedAnew_whenTheServerHasForgottenIt() async throws {
    var fake = FakeMCP()
    fake.onRun = { number, _ in number == 0 ? [.send(Answer.http(404))] : nil }
    try await LoopHarness.run(against: fake.script) { loop, server in
      let client = try Self.client(of: server, on: loop)
      _ = await client.initialize(plannedAt: 0)
      let lost = await client.perform(Self.call, plannedAt: 0)
      XCTAssertEqual(lost.outcome, .httpError)
      XCTAssertEqual(lost.httpStatus, 404)
      _ = await client.initialize(plannedAt: 0)
      let found = await client.perform(Self.call, plannedAt: 0)
      XCTAssertEqual(found.outcome, .success)
      let requests = await server.requests
      XCTAssertEqual(
        requests.map { $0.fields["mcp-session-id"] },
        [nil, "mcp-0", "mcp-0", nil, "mcp-1", "mcp-1"]
      )
      // The new handshake knows nothing of the old one.
      XCTAssertNil(requests[3].fields["mcp-protocol-version"])
      let ids = requests.compactMap { $0.json["id"]?.integer }
      XCTAssertEqual(Set(ids).count, 4, "an id was used twice: \(ids)")
    }
  }

  func testHandshake_stops_whenInitializeFails() async throws {
    try await LoopHarness.run { _, _ in
      [.send(Answer.http(500))]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      let opened = await client.initialize(plannedAt: 0)
      XCTAssertEqual(opened.map(\.operation), ["initialize"])
      XCTAssertEqual(opened.map(\.1.outcome), [.httpError])
      XCTAssertEqual(client.attemptsMade, 1)
    }
  }

  func testEndOfSession_isASuccess_whenTheServerDoesNotAllowIt() async throws {
    for (status, outcome) in [
      (200, .success), (204, .success), (405, .success), (404, .httpError), (500, .httpError),
    ] as [(Int, Outcome)] {
      var fake = FakeMCP()
      fake.onRequest = { $0.method == "DELETE" ? [.send(Answer.http(status))] : nil }
      try await LoopHarness.run(against: fake.script) { loop, server in
        let client = try Self.client(of: server, on: loop)
        _ = await client.initialize(plannedAt: 0)
        let ended = await client.endSession(plannedAt: 7)
        XCTAssertEqual(ended?.outcome, outcome, "HTTP \(status)")
        XCTAssertEqual(ended?.planned, 7)
        XCTAssertNil(client.sessionID)
      }
    }
  }

  // MARK: Answers

  func testAttempt_carriesItsInstants() async throws {
    let attempt = try await Self.attempt { [.send(Answer.http(200, Answer.result($0)))] }
    XCTAssertEqual(attempt.outcome, .success)
    XCTAssertEqual(attempt.planned, 5)
    XCTAssertNil(attempt.error)
    let sent = try XCTUnwrap(attempt.sent)
    let firstByte = try XCTUnwrap(attempt.firstByte)
    XCTAssertGreaterThan(sent, 5)
    XCTAssertGreaterThanOrEqual(firstByte, sent)
    XCTAssertGreaterThanOrEqual(attempt.done, firstByte)
    XCTAssertEqual(attempt.httpStatus, 200)
    XCTAssertNotNil(attempt.connecting)
  }

  func testAttempt_carriesWhatARefusalAsks() async throws {
    for (field, seconds) in [
      ("Retry-After: 60", 60), ("Retry-After: soon", nil), ("X: y", nil),
      ("Retry-After: 1.9", 2), ("Retry-After: -1.5", nil), ("Retry-After: nan", nil),
      ("Retry-After: 1e300", nil), ("Retry-After: 0x10", nil), ("Retry-After: -1", nil),
      ("Retry-After: 1.2.3", nil), ("Retry-After: 0", 0),
    ] as [(String, Int?)] {
      let attempt = try await Self.attempt { _ in
        let body = #"{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"slow down"}}"#
        return [.send(Answer.http(429, body, fields: [field]))]
      }
      XCTAssertEqual(attempt.outcome, .rateLimited)
      XCTAssertEqual(attempt.retryAfterSeconds, seconds)
      XCTAssertEqual(attempt.error, "slow down")
    }
  }

  func testAttempt_carriesTheWaitUntilADate() async throws {
    for (fields, seconds) in [
      (["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT"], 60),
      (["Date: Sunday, 06-Nov-94 08:49:37 GMT", "Retry-After: Sun Nov  6 08:49:40 1994"], 3),
      (["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:00:00 GMT"], 0),
      (["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"], 0),
      (["Retry-After: Sun, 06 Foo 1994 08:49:37 GMT"], nil),
    ] as [([String], Int?)] {
      let attempt = try await Self.attempt { _ in [.send(Answer.http(429, "no", fields: fields))] }
      XCTAssertEqual(attempt.outcome, .rateLimited)
      XCTAssertEqual(attempt.retryAfterSeconds, seconds, "\(fields)")
    }
  }

  func testAnswer_isTheSame_behindAByteOrderMark() async throws {
    let attempt = try await Self.attempt { id in
      [.send(Answer.http(200, "\u{FEFF}" + Answer.result(id, Answer.text("ok"))))]
    }
    XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
  }

  func testAnswer_isAProtocolError_whenItIsCompressed() async throws {
    for (status, outcome) in [
      (200, .protocolError), (429, .rateLimited), (500, .httpError),
    ] as [(Int, Outcome)] {
      let attempt = try await Self.attempt { _ in
        [.send(Answer.http(status, "\u{1F}\u{8B}", fields: ["Content-Encoding: gzip"]))]
      }
      XCTAssertEqual(attempt.outcome, outcome)
      if status == 200 {
        XCTAssertTrue(attempt.error?.contains("Content-Encoding: gzip") == true)
      }
    }
    let onItsWay = try await Self.attempt { _ in
      let chunk = "2\r\n\u{1F}x\r\n0\r\n\r\n"
      let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
      return [.send(Array((head + chunk).utf8))]
    }
    XCTAssertEqual(onItsWay.outcome, .protocolError)
    XCTAssertTrue(onItsWay.error?.contains("(Transfer-Encoding: gzip, chunked)") == true)
    let plain = try await Self.attempt { id in
      [.send(Answer.http(200, Answer.result(id), fields: ["Content-Encoding: identity"]))]
    }
    XCTAssertEqual(plain.outcome, .success, plain.error ?? "")
  }

  /// A page, an event stream that is declared as JSON, another encoding: seen by how it begins.
  func testAnswer_showsItsTypeAndBeginning_whenItIsNoJSON() async throws {
    for (type, body, words) in [
      (
        "text/html", "<html><body>Welcome",
        #"begins with "<html><body>Welcome" (Content-Type: text/html)"#
      ),
      (
        "application/json", "event: message\ndata: {}\n\n",
        #"begins with "event: message data: {}""#
      ),
      (
        "text/plain; charset=utf-16le", "{\0}\0",
        #"begins with "{\u{0}}\u{0}" (Content-Type: text/plain;"#
      ),
    ] {
      let attempt = try await Self.attempt { _ in
        let length = "Content-Length: \(body.utf8.count)"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(length)\r\n\r\n"
        return [.send(Array((head + body).utf8))]
      }
      XCTAssertEqual(attempt.outcome, .protocolError)
      XCTAssertTrue(attempt.error?.contains(words) == true, attempt.error ?? "")
    }
  }

  func testHealth_isAskedWhereItWasSentOnTo_whenThatIsTheSameServer() async throws {
    for (location, outcome, paths) in [
      ("/health/", .success, ["/health", "/health/", "/health/"]),
      ("http://example.com/health", .httpError, ["/health", "/health"]),
      ("/health", .httpError, ["/health", "/health", "/health", "/health"]),
    ] as [(String, Outcome, [String])] {
      try await LoopHarness.run { request, _ in
        request.path == "/health/"
          ? [.send(Answer.http(200, "ok"))]
          : [.send(Answer.http(301, fields: ["Location: \(location)"]))]
      } _: { loop, server in
        let client = try Self.client(of: server, on: loop)
        for _ in 0..<2 {
          let attempt = await client.checkHealth(plannedAt: 0)
          XCTAssertEqual(attempt.outcome, outcome, location)
        }
        let requests = await server.requests
        XCTAssertEqual(requests.map(\.path), paths)
        XCTAssertEqual(client.attemptsMade, 2)
      }
    }
  }

  func testAttempt_isATransportError_whenTheServerResets() async throws {
    let attempt = try await Self.attempt { _ in [.reset] }
    XCTAssertEqual(attempt.outcome, .transportError)
    XCTAssertNil(attempt.httpStatus)
    XCTAssertNotNil(attempt.sent)
    XCTAssertNotNil(attempt.error)
  }

  // MARK: Event streams

  private static let noise =
    ": hello\n\nevent: ping\ndata: {}\n\ndata: not JSON\n\n"
    + #"data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}"# + "\n\n"
    + #"data: {"jsonrpc":"2.0","id":999,"result":{"isError":true}}"# + "\r\n\r\n"

  func testStream_givesTheAnswer_whenOtherMessagesComeFirst() async throws {
    for trickles in [false, true] {
      let attempt = try await Self.attempt { id in
        // The server's own request may carry any id.
        let request = #"data: {"jsonrpc":"2.0","id":\#(id),"method":"roots/list"}"# + "\n\n"
        let answer = "event: message\ndata: \(Answer.result(id, Answer.text("ok")))\n\n"
        let bytes = Answer.openStream(Self.noise + request + answer)
        // The stream stays open: an attempt that waited for its end would time out.
        return [trickles ? .trickle(bytes) : .send(bytes)]
      }
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
    }
  }

  func testStream_isLeftBehind_whenItStaysOpen() async throws {
    try await LoopHarness.run { request, _ in
      let answer = Answer.result(request.json["id"]?.integer ?? 0, Answer.text("ok"))
      return [.send(Answer.openStream("data: \(answer)\n\n"))]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      for _ in 0..<3 {
        let attempt = await client.perform(Self.call, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .success)
      }
      XCTAssertEqual(client.connectionsOpened, 3)
    }
  }

  func testStreamsConnection_isUsedAgain_whenItsEndIsThereByThen() async throws {
    try await LoopHarness.run { request, _ in
      let answer = Answer.result(request.json["id"]?.integer ?? 0, Answer.text("ok"))
      return [
        .send(Answer.openStream("data: \(answer)\n\n")), .pause(.zero), .send(Answer.lastChunk),
      ]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      for _ in 0..<3 {
        let attempt = await client.perform(Self.call, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .success)
        await loop.turn()
      }
      XCTAssertEqual(client.connectionsOpened, 1)
    }
  }

  func testStream_isAProtocolError_whenItEndsWithoutTheAnswer() async throws {
    let ends: [[ScriptedServer.Step]] = [
      [.send(Answer.openStream(Self.noise) + Answer.lastChunk)],
      [.send(Answer.http(200, Self.noise, type: "text/event-stream"))],
      [
        .send(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8)),
        .send(Array(Self.noise.utf8)), .close,
      ],
    ]
    for steps in ends {
      let attempt = try await Self.attempt { _ in steps }
      XCTAssertEqual(attempt.outcome, .protocolError)
      XCTAssertEqual(attempt.error, "the event stream ended without the answer")
      XCTAssertEqual(attempt.httpStatus, 200)
    }
  }

  /// A server that waits for its ping to come back keeps the call waiting.
  func testServersRequests_areAnsweredBesideTheCall() async throws {
    let answers = FakeMCP.Counter()
    try await LoopHarness.run { request, _ in
      if let id = request.json["id"]?.integer, request.json["method"] != nil {
        // The end comes when the answers are here.
        let asked =
          #"data: {"jsonrpc":"2.0","id":"p-\u00e9","method":"ping"}"# + "\n\n"
          + #"data: {"jsonrpc":"2.0","id":9,"method":"roots/list"}"# + "\n\n"
        return [
          .send(Answer.openStream(asked)), .await { answers.value == 2 },
          .send(Answer.chunk("data: \(Answer.result(id, Answer.text("ok")))\n\n")),
        ]
      }
      _ = answers.next()
      return [.send(Answer.http(202))]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      let attempt = await client.perform(Self.call, plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      XCTAssertEqual(client.attemptsMade, 1)
      let requests = await server.requests
      let told = requests.filter { $0.json["method"] == nil }.map(\.json)
      XCTAssertEqual(
        told.first { $0["id"] == "p-\u{E9}" }?["result"],
        .object([])
      )
      XCTAssertEqual(told.first { $0["id"] == 9 }?["error"]?["code"], -32601)
      await client.close()
    }
  }

  func testStream_isJudgedByItsAnswer() async throws {
    let attempt = try await Self.attempt { id in
      let answer = Answer.result(id, Answer.text("pool limit reached", isError: true))
      return [.send(Answer.http(200, "data: \(answer)\n\n", type: "text/event-stream"))]
    }
    XCTAssertEqual(attempt.outcome, .rejected)
  }

  // MARK: Redirects

  func testRedirect_isFollowedAndRemembered_whenItStaysOnTheServer() async throws {
    for status in [307, 308] {
      for isAbsolute in [false, true] {
        try await LoopHarness.run { request, _ in
          guard request.path == "/mcp/" else {
            return [.send(Answer.http(200, Answer.result(request.json["id"]?.integer ?? 0)))]
          }
          let host = isAbsolute ? "http://\(request.fields["host"] ?? "")" : ""
          return [.send(Answer.http(status, fields: ["Location: \(host)/mcp"]))]
        } _: { loop, server in
          let client = try Self.client(of: server, path: "/mcp/", on: loop)
          for _ in 0..<2 {
            let attempt = await client.perform(Self.call, plannedAt: 0)
            XCTAssertEqual(attempt.outcome, .success)
            XCTAssertEqual(attempt.httpStatus, 200)
          }
          XCTAssertEqual(client.attemptsMade, 2)
          let requests = await server.requests
          XCTAssertEqual(requests.map(\.path), ["/mcp/", "/mcp", "/mcp"])
          XCTAssertEqual(requests.map(\.method), ["POST", "POST", "POST"])
          XCTAssertEqual(requests[0].body, requests[1].body)
        }
      }
    }
  }

  /// What a redirect takes is the server's time: the first request was sent when it was due.
  func testRedirectedAttempt_wasSentTheFirstTime() async throws {
    try await LoopHarness.run { request, _ in
      guard request.path == "/v1/mcp" else {
        return [
          .pause(.milliseconds(60)), .send(Answer.http(307, fields: ["Location: v1/mcp"])),
        ]
      }
      return [.send(Answer.http(200, Answer.result(request.json["id"]?.integer ?? 0)))]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      let attempt = await client.perform(Self.call, plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      let sent = try XCTUnwrap(attempt.sent)
      XCTAssertGreaterThanOrEqual(attempt.done - sent, 60_000_000)
    }
  }

  func testRedirect_isRefused_whenItLeadsElsewhereOrNowhere() async throws {
    for field in [
      "Location: http://127.0.0.2/mcp", "Location: http://127.0.0.1:1/mcp",
      "Location: //evil.example/mcp", "Location: https://127.0.0.1/mcp", "X: y", "Location:",
    ] {
      let attempt = try await Self.attempt { _ in [.send(Answer.http(307, fields: [field]))] }
      XCTAssertEqual(attempt.outcome, .httpError, field)
      XCTAssertEqual(attempt.httpStatus, 307, field)
      XCTAssertTrue(attempt.error?.contains("another server") == true, attempt.error ?? field)
    }
  }

  func testRedirect_endsInAnError_whenItGoesRoundInCircles() async throws {
    try await LoopHarness.run { _, number in
      [.send(Answer.http(308, fields: ["Location: /\(number)"]))]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      let attempt = await client.perform(Self.call, plannedAt: 5)
      XCTAssertEqual(attempt.outcome, .httpError)
      XCTAssertEqual(attempt.planned, 5)
      XCTAssertEqual(client.attemptsMade, 1)
      let requests = await server.requests
      XCTAssertLessThanOrEqual(requests.count, 6)
    }
  }

  func testOtherRedirects_areNotFollowed() async throws {
    for status in [301, 302, 303] {
      let attempt = try await Self.attempt { _ in
        [.send(Answer.http(status, fields: ["Location: /mcp"]))]
      }
      XCTAssertEqual(attempt.outcome, .httpError)
      XCTAssertEqual(attempt.httpStatus, status)
    }
  }

  // MARK: SSH sessions

  func testSSHSession_isFoundInAnyOfItsPlaces() async throws {
    let cases: [(String, JSONValue?)] = [
      (#"{"content":[],"structuredContent":{"session_id":"a"}}"#, "a"),
      (#"{"content":"Connected.","session_id":"b"}"#, "b"),
      (#"{"content":[{"type":"text","text":"{\"session_id\":\"c\"}"}]}"#, "c"),
      (#"{"content":"{\"session_id\":\"d\"}"}"#, "d"),
      (#"{"content":[],"session_id":42}"#, 42),
      (#"{"content":[{"type":"text","text":"{\"session_id\":7}"}]}"#, 7),
      (
        #"{"content":[{"type":"text","text":"c"}],"structuredContent":{"session_id":"a"},"#
          + #""session_id":"b"}"#, "a"
      ),
      (#"{"content":[{"type":"image"},{"type":"text","text":"{\"session_id\":\"e\"}"}]}"#, "e"),
      (#"{"content":[{"type":"text","text":"session_id: f"}]}"#, nil),
      (#"{"content":[],"session_id":null}"#, nil), (#""text""#, nil), ("{}", nil),
    ]
    for (connected, expected) in cases {
      var fake = FakeMCP()
      fake.connected = connected
      try await LoopHarness.run(against: fake.script) { loop, server in
        let client = try Self.client(of: server, on: loop)
        let request = try XCTUnwrap(SSHTarget(host: "h", port: 22).connectRequest(.standard))
        let attempt = await client.perform(request, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, expected == nil ? .wrongAnswer : .success, connected)
        XCTAssertEqual(client.lastSSHSession, expected, connected)
      }
    }
  }

  func testSSHSession_isFoundInAnEventStreamToo() async throws {
    try await LoopHarness.run { request, _ in
      let result = #"{"content":"Connected.","session_id":"s"}"#
      let answer = Answer.result(request.json["id"]?.integer ?? 0, result)
      return [.send(Answer.openStream(Self.noise + "data: \(answer)\n\n"))]
    } _: { loop, server in
      let client = try Self.client(of: server, on: loop)
      _ = await client.perform(Self.call, plannedAt: 0)
      XCTAssertEqual(client.lastSSHSession, "s")
    }
  }
}
