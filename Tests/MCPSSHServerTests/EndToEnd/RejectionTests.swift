import EventIO
import Glibc
import XCTest

@testable import mcp_ssh_server

/// The server as a process, without any SSH.
final class RejectionTests: XCTestCase {
  private let ping = TestSession.message("ping", id: 7)

  func testRejections_haveTheirStatusAndTheRequestsID() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let session = try TestSession(server, version: "2025-06-18")
    let cases: [(headers: [String: String], body: String, status: Int, id: JSONValue)] = [
      ([:], ping, 200, 7),
      (["Mcp-Session-Id": "unknown"], ping, 404, 7),
      (["Origin": "http://elsewhere.example"], ping, 403, .null),
      (["Origin": "http://localhost:3000"], ping, 200, 7),
      (["Host": "rebound.example", "Origin": "http://localhost"], ping, 403, .null),
      (["Accept": "text/html"], ping, 406, 7),
      (["Content-Type": "text/plain"], ping, 415, 7),
      (["MCP-Protocol-Version": "1999-01-01"], ping, 400, 7),
      (["MCP-Protocol-Version": "2025-06-18"], ping, 200, 7),
      ([:], "{", 400, .null),
      ([:], "[\(ping)]", 400, .null),
      ([:], #"{"jsonrpc":"2.0","id":7}"#, 400, 7),
    ]
    for (headers, body, status, id) in cases {
      let response = try TestHTTPClient(port: server.port).request(
        headers: ["Mcp-Session-Id": session.id].merging(headers) { $1 },
        body: body
      )
      XCTAssertEqual(response.status, status, "\(headers) \(body)")
      XCTAssertEqual(response.json?["id"], id, "\(headers) \(body)")
    }
    XCTAssertEqual(try session.client.request(body: ping).status, 400)
    XCTAssertEqual(try session.client.request("GET").status, 405)
    XCTAssertEqual(try session.client.request("GET", "/nowhere").status, 404)
    XCTAssertEqual(try session.client.request("GET", "/health").text, #"{"status":"ok"}"#)
    let large = try TestHTTPClient(port: server.port)
    XCTAssertEqual(try large.request(headers: ["Content-Length": "2000000"]).status, 413)
    let note = try session.post(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    XCTAssertEqual(note.status, 202)
    XCTAssertEqual(note.body, [])
    let headers = ["Mcp-Session-Id": session.id]
    XCTAssertEqual(try session.client.request("DELETE", headers: headers).status, 204)
    XCTAssertEqual(try session.post(ping).status, 404)
  }

  func testBody_isRefused_whenItHasMoreValuesThanAnyCall() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    for (count, status) in [(10_000, 200), (30_000, 400)] {
      let pad = [String](repeating: "0", count: count).joined(separator: ",")
      let body = TestSession.message("ping", "{\"pad\":[\(pad)]}")
      XCTAssertEqual(try session.post(body).status, status)
    }
  }

  func testPipelinedRequests_areAnsweredInOrder() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    var text = ""
    for id in 1...20 {
      let body = TestSession.message("ping", id: id)
      text += "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      text += "Mcp-Session-Id: \(session.id)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
    try session.client.send(text)
    for id in 1...20 {
      XCTAssertEqual(try session.client.receive().json?["id"], .number(String(id)))
    }
  }

  func testAnswer_isAnEventStream_whenTheClientTakesNothingElse() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let response = try TestSession(server).post(ping, headers: ["Accept": "text/event-stream"])
    XCTAssertEqual(response.headers["content-type"], "text/event-stream")
    XCTAssertEqual(
      response.text,
      "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n"
    )
  }

  func testBatch_isAnswered_whenTheSessionHasTheOneRevisionThatKnowsThem() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let session = try TestSession(server, version: "2025-03-26")
    let note = #"{"jsonrpc":"2.0","method":"notifications/x"}"#
    let response = try session.post("[\(ping),\(note),\(TestSession.message("nope", id: 8))]")
    XCTAssertEqual(response.json?.array?.map { $0["id"] }, [7, 8])
  }

  func testRateLimit_isRefusedWithTheTruth_whenTheWindowIsFull() async throws {
    let server = try await TestServer(["--rate-limit", "3", "--rate-window", "600"])
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    XCTAssertEqual(try session.post(ping).status, 200)
    XCTAssertEqual(try session.post(ping).status, 200)
    let refused = try session.post(ping)
    XCTAssertEqual(refused.status, 429)
    let seconds = try XCTUnwrap(refused.headers["retry-after"].flatMap { Int($0) })
    XCTAssertTrue((500...600).contains(seconds), "\(seconds)")
    XCTAssertEqual(refused.json?["id"], 7)
    XCTAssertEqual(refused.json?["error"]?["code"], 429)
    XCTAssertEqual(refused.json?["error"]?["data"]?["limit"], 3)
    XCTAssertEqual(try session.client.request("GET", "/metrics").status, 200)
  }

  func testToken_isNeeded_whenThereIsOne() async throws {
    let file = NSTemporaryDirectory() + "/mcp-ssh-server-token-\(getpid())"
    try "0123456789abcdef\n".write(toFile: file, atomically: true, encoding: .utf8)
    defer { unlink(file) }
    let server = try await TestServer(["--token-file", file])
    defer { _ = try? server.process.end() }
    let client = try TestHTTPClient(port: server.port)
    XCTAssertEqual(try client.request("GET", "/health").status, 200)
    for token in [nil, "Bearer 0123456789abcdeX", "Bearer 0123456789abcde", "0123456789abcdef"] {
      let headers = token.map { ["Authorization": $0] } ?? [:]
      XCTAssertEqual(try client.request("GET", "/metrics", headers: headers).status, 401)
      XCTAssertEqual(try client.request(headers: headers, body: ping).status, 401)
    }
    let good = ["Authorization": "bearer 0123456789abcdef"]
    XCTAssertEqual(try client.request("GET", "/metrics", headers: good).status, 200)
  }

  func testServer_refusesToListenBeyondLoopback_withoutAToken() async throws {
    let process = try await TestProcess(
      TestServer.executable,
      ["--host", "0.0.0.0", "--port", "0"],
      readsErrors: true
    )
    XCTAssertEqual(process.readLine()?.contains("--token-file"), true)
    XCTAssertEqual(try process.child.wait(), .exited(2))
  }

  func testServer_listensBeyondLoopbackWithoutAToken_whenToldTo() async throws {
    let server = try await TestServer(["--allow-anyone"], host: "0.0.0.0")
    defer { _ = try? server.process.end() }
    let client = try TestHTTPClient(port: server.port)
    XCTAssertEqual(try client.request("GET", "/metrics").status, 200)
  }

  func testFaults_occur_whenTheyAreAskedFor() async throws {
    let server = try await TestServer(["--inject-errors", "1"])
    defer { _ = try? server.process.end() }
    let result = try TestSession(server).call("ssh_list_sessions")
    XCTAssertEqual(result.failureCode, "injected")
    let dropping = try await TestServer(["--inject-drops", "1"])
    defer { _ = try? dropping.process.end() }
    XCTAssertThrowsError(try TestHTTPClient(port: dropping.port).request(body: ping))
    let failing = try await TestServer(["--inject-failures", "1"])
    defer { _ = try? failing.process.end() }
    XCTAssertEqual(try TestHTTPClient(port: failing.port).request(body: ping).status, 500)
    let slow = try await TestServer(["--inject-delay", "60ms"])
    defer { _ = try? slow.process.end() }
    let session = try TestSession(slow)
    let start = MonotonicInstant.now()
    _ = try session.call("ssh_list_sessions")
    XCTAssertGreaterThanOrEqual(MonotonicInstant.now() - start, .milliseconds(60))
  }

  func testLeaks_areSeenInTheProcess_whenTheyAreAskedFor() async throws {
    let arguments = ["--rate-limit", "0", "--inject-leak", "100000"]
    let server = try await TestServer(arguments + ["--inject-descriptor-leak", "2"])
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    func gauge(_ name: String) throws -> Double {
      let page = try session.client.request("GET", "/metrics").text
      let line = page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
      return try XCTUnwrap(line?.split(separator: " ").last.flatMap { Double($0) }, page)
    }
    let memory = try gauge("process_resident_memory_bytes")
    let descriptors = try gauge("process_open_fds")
    for _ in 1...200 { _ = try session.call("ssh_connect", ["host": "-"]) }
    XCTAssertGreaterThan(try gauge("process_resident_memory_bytes") - memory, 15_000_000)
    XCTAssertEqual(try gauge("process_open_fds") - descriptors, 100)
  }

  func testServiceManager_isToldWhenReadyAndWhenStopping() async throws {
    let path = NSTemporaryDirectory() + "/mcp-ssh-server-notify-\(getpid())"
    unlink(path)
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, type, 0)
    defer {
      close(descriptor)
      unlink(path)
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    XCTAssertEqual(bound, 0)
    let environment = ProcessEnvironment.current.merging(["NOTIFY_SOCKET": path]) { $1 }
    let server = try await TestServer([], environment: environment)
    try server.process.end(SIGTERM)
    for state in ["READY=1", "STOPPING=1"] {
      var buffer = [UInt8](repeating: 0, count: 64)
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      XCTAssertEqual(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self), state)
    }
  }

  func testServer_goesOn_whenTheTerminalHangsUp() async throws {
    let server = try await TestServer()
    let session = try TestSession(server)
    for _ in 1...3 {
      server.process.child.signal(SIGHUP)
      XCTAssertEqual(try session.post(ping).status, 200)
    }
    XCTAssertEqual(try server.process.end(SIGTERM), .exited(0))
  }

  func testTools_sayWhatTheyDo_underEachOfTheirNames() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    let list = try session.post(TestSession.message("tools/list")).json?["result"]?["tools"]?.array
    let tools = try XCTUnwrap(list)
    XCTAssertEqual(
      Set(tools.compactMap { $0["name"]?.string }),
      [
        "ssh_connect", "ssh_run_command", "ssh_run", "ssh_cat_file", "ssh_hostname",
        "ssh_disconnect", "ssh_list_sessions", "ssh_pool_stats",
      ]
    )
    for tool in tools {
      let annotations = tool["annotations"]
      for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
        XCTAssertNotNil(annotations?[hint]?.bool, "\(tool)")
      }
      XCTAssertNotNil(annotations?["title"]?.string)
      XCTAssertNotNil(tool["inputSchema"]?["properties"])
    }
    let unknown = #"{"name":"\#(String(repeating: "e\u{301}", count: 1000))"}"#
    let error = try session.post(TestSession.message("tools/call", unknown)).json?["error"]
    XCTAssertEqual(error?["code"], -32602)
    XCTAssertLessThan(try XCTUnwrap(error?["message"]?.string).utf8.count, 200)
    XCTAssertEqual(try session.post(TestSession.message("nope")).json?["error"]?["code"], -32601)
  }

  func testServer_exitsWithZero_whenToldToEnd() async throws {
    for signal in [SIGTERM, SIGINT] {
      let server = try await TestServer()
      _ = try TestSession(server)
      XCTAssertEqual(try server.process.end(signal), .exited(0))
    }
  }

  func testAskpass_answersAPasswordPromptOnly() async throws {
    let prompt = try PasswordPrompt(password: "s3cret", answeredBy: TestServer.executable)
    for (question, answer) in [
      ("u@h's password: ", "s3cret"), ("Password: ", "s3cret"),
      ("Are you sure you want to continue connecting (yes/no)?", nil),
    ] as [(String, String?)] {
      let process = try await TestProcess(
        TestServer.executable,
        [question],
        environment: prompt.environment
      )
      XCTAssertEqual(process.readLine(), answer, question)
      XCTAssertEqual(try process.child.wait(), .exited(answer == nil ? 1 : 0))
    }
  }
}
