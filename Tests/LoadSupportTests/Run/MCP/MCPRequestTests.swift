import EventIO
import XCTest

@testable import LoadSupport

final class MCPRequestTests: XCTestCase {
  private func encode(_ request: MCPRequest, id: Int64) throws -> (head: String, body: JSONValue) {
    var message = Array("before".utf8)
    request.append(id: id, head: Array("HEAD Content-Length: ".utf8), to: &message)
    let text = String(decoding: message, as: UTF8.self)
    let end = try XCTUnwrap(text.range(of: "\r\n\r\n"))
    let body = Array(text[end.upperBound...].utf8)
    let head = String(text[..<end.lowerBound])
    XCTAssertEqual(head, "beforeHEAD Content-Length: \(body.count)")
    return (head, try JSONValue(parsing: body))
  }

  func testRequest_carriesItsIDAndItsOwnLength() throws {
    let request = MCPRequest("tools/list")
    for id in [1, 9, 10, 99, 100, 123_456_789, Int64.max] {
      XCTAssertEqual(
        try encode(request, id: id).body,
        ["jsonrpc": "2.0", "id": .number(String(id)), "method": "tools/list"]
      )
    }
  }

  func testNotification_carriesNoID() throws {
    let request = MCPRequest("notifications/initialized", isNotification: true)
    XCTAssertEqual(
      try encode(request, id: 12).body,
      ["jsonrpc": "2.0", "method": "notifications/initialized"]
    )
  }

  func testToolCall_carriesNameAndArguments_whateverIsInThem() throws {
    let command = "printf '\"\\\n\u{0}\u{E9}\u{1F600}'"
    let session = SSHSession(id: "s\"1")
    let target = SSHTarget(host: "h", port: 22)
    let request = target.runRequest(command, in: session, operation: "print", .standard)
    XCTAssertEqual(request.operation, "print")
    XCTAssertEqual(
      try encode(request, id: 3).body,
      [
        "jsonrpc": "2.0", "id": 3, "method": "tools/call",
        "params": [
          "name": "ssh_run_command",
          "arguments": ["session_id": .string("s\"1"), "command": .string(command)],
        ],
      ]
    )
  }

  func testConnect_sendsWhatTheTargetHas_andNoMore() throws {
    var target = SSHTarget(host: "10.0.0.1", port: 2222)
    XCTAssertEqual(
      try encode(XCTUnwrap(target.connectRequest(.standard)), id: 1).body["params"]?["arguments"],
      ["host": "10.0.0.1", "port": 2222]
    )
    target.user = "load"
    target.password = Secret("p\"w")
    target.skipsHostKeyCheck = true
    XCTAssertEqual(
      try encode(XCTUnwrap(target.connectRequest(.standard)), id: 1).body["params"]?["arguments"],
      [
        "host": "10.0.0.1", "port": 2222, "user": "load", "password": .string("p\"w"),
        "insecure": true,
      ]
    )
  }

  func testCalls_useTheNamesOfTheProfile_andOmitWhatTheToolLacks() throws {
    var profile = ToolProfile.standard
    profile.connect = .init(name: "open", arguments: ["host": "machine", "user": "login"])
    profile.run = .init(name: "exec", arguments: ["session": "sid", "command": "cmd"])
    profile.disconnect = .init(name: "close", arguments: ["session": "sid"])
    let target = SSHTarget(host: "h", port: 22, user: "u", password: Secret("p"))
    let session = SSHSession(id: "7")
    let calls = [
      try XCTUnwrap(target.connectRequest(profile)),
      target.runRequest("id", in: session, operation: "id", profile),
      try XCTUnwrap(session.disconnectRequest(profile)),
    ]
    let parameters = try calls.map { try encode($0, id: 1).body["params"] }
    XCTAssertEqual(
      parameters,
      [
        ["name": "open", "arguments": ["machine": "h", "login": "u"]],
        ["name": "exec", "arguments": ["sid": "7", "cmd": "id"]],
        ["name": "close", "arguments": ["sid": "7"]],
      ]
    )
    // Reports name operations alike, whatever the server calls its tools.
    XCTAssertEqual(calls.map(\.operation), ["ssh_connect", "id", "ssh_disconnect"])
  }

  func testCommand_namesItsHost_atAServerWithoutSessions() throws {
    let profile = try ToolProfile(
      parsing: #"""
        {
          "name": "mine",
          "run": {
            "name": "exec", "fixed": {"pty": false},
            "arguments": {"host": "machine", "port": "port", "password": "secret", "command": "cmd"}
          }
        }
        """#.utf8
    )
    let target = SSHTarget(host: "h", port: 2222, user: "u", password: Secret("p"))
    XCTAssertNil(target.connectRequest(profile))
    XCTAssertNil(SSHSession(id: "1").disconnectRequest(profile))
    XCTAssertEqual(
      try encode(target.runRequest("id", in: nil, operation: "id", profile), id: 1).body["params"],
      [
        "name": "exec",
        "arguments": ["pty": false, "machine": "h", "port": 2222, "secret": "p", "cmd": "id"],
      ]
    )
  }

  /// A server that numbers its sessions wants the number back, not a text.
  func testSession_isNamedAsTheServerNamedIt() throws {
    let session = SSHSession(id: 7)
    let request = SSHTarget(host: "h", port: 22)
      .runRequest("id", in: session, operation: "id", .standard)
    XCTAssertEqual(
      try encode(request, id: 1).body["params"]?["arguments"],
      ["session_id": 7, "command": "id"]
    )
  }
}
