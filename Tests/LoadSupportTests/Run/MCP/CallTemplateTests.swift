import EventIO
import XCTest

@testable import LoadSupport

final class CallTemplateTests: XCTestCase {
  private func encode(
    _ call: CallTemplate,
    id: Int64,
    _ values: [SlotValue] = []
  ) throws -> (head: String, body: JSONValue) {
    var message = Array("what was there".utf8)
    var body = message
    call.write(id: id, values, head: Array("HEAD\r\n".utf8), to: &message, body: &body)
    let text = String(decoding: message, as: UTF8.self)
    let end = try XCTUnwrap(text.range(of: "\r\n\r\n"))
    XCTAssertEqual(Array(text[end.upperBound...].utf8), body)
    let head = String(text[..<end.lowerBound])
    XCTAssertTrue(head.hasSuffix("\r\nContent-Length: \(body.count)"), head)
    return (head, try JSONValue(parsing: body))
  }

  func testRequest_carriesItsIDAndItsOwnLength() throws {
    let request = CallTemplate("tools/list")
    for id in [1, 9, 10, 99, 100, 123_456_789, Int64.max] {
      XCTAssertEqual(
        try encode(request, id: id).body,
        ["jsonrpc": "2.0", "id": .number(String(id)), "method": "tools/list"]
      )
    }
  }

  func testNotification_carriesNoID() throws {
    let request = CallTemplate("notifications/initialized", isNotification: true)
    XCTAssertEqual(
      try encode(request, id: 12).body,
      ["jsonrpc": "2.0", "method": "notifications/initialized"]
    )
  }

  func testToolCall_carriesNameAndArguments_whateverIsInThem() throws {
    let command = "printf '\"\\\n\u{0}\u{E9}\u{1F600}'"
    let call = SSHTarget(host: "h", port: 22).runCall(command, operation: "print", .standard)
    XCTAssertEqual(call.operation, "print")
    XCTAssertEqual(
      try encode(call, id: 3, [SlotValue(plain: "s\"1".utf8)]).body,
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
      try encode(XCTUnwrap(target.connectCall(.standard)), id: 1).body["params"]?["arguments"],
      ["host": "10.0.0.1", "port": 2222]
    )
    target.user = "load"
    target.password = Secret("p\"w")
    target.skipsHostKeyCheck = true
    XCTAssertEqual(
      try encode(XCTUnwrap(target.connectCall(.standard)), id: 1).body["params"]?["arguments"],
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
    let calls = [
      try XCTUnwrap(target.connectCall(profile)),
      target.runCall("id", operation: "id", profile), try XCTUnwrap(profile.disconnectCall),
    ]
    let session = SlotValue(plain: "7".utf8)
    let parameters = try calls.map { try encode($0, id: 1, [session]).body["params"] }
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
    XCTAssertNil(target.connectCall(profile))
    XCTAssertNil(profile.disconnectCall)
    XCTAssertEqual(
      try encode(target.runCall("id", operation: "id", profile), id: 1).body["params"],
      [
        "name": "exec",
        "arguments": ["pty": false, "machine": "h", "port": 2222, "secret": "p", "cmd": "id"],
      ]
    )
  }

  /// A server that numbers its sessions wants the number back, not a text.
  func testSession_isNamedAsTheServerNamedIt() throws {
    let call = SSHTarget(host: "h", port: 22).runCall("id", operation: "id", .standard)
    for (json, isText, session) in [
      ("7", false, 7), ("7", true, "7"), (#"a\u00e9\"\/"#, true, "a\u{E9}\"/"),
      (#"{"a":[1]}"#, false, ["a": [1]]),
    ] as [(String, Bool, JSONValue)] {
      let value = Array(json.utf8).withUnsafeBytes { SlotValue(json: $0, isText: isText) }
      XCTAssertEqual(
        try encode(call, id: 1, [value]).body["params"]?["arguments"],
        ["session_id": session, "command": "id"]
      )
    }
  }

  // MARK: Slots

  /// A tool of any server, with slots as values, inside texts and in a header field.
  private static let call = CallTemplate(
    tool: "read",
    arguments: [
      ("path", .text([.text("/\"a\"/"), .slot(.value(1)), .text("/"), .slot(.requestID)])),
      ("session", .slot(.value(0))), ("deep", .fixed(["a": [true]])),
    ],
    fields: [("X-Path", [.slot(.value(1))]), ("X-Id", [.text("no "), .slot(.requestID)])],
    operation: "read"
  )

  private static func value(_ json: String, isText: Bool) -> SlotValue {
    Array(json.utf8).withUnsafeBytes { SlotValue(json: $0, isText: isText) }
  }

  func testSlots_areFilledAsTheirPlaceWants() throws {
    let values: [(SlotValue, text: String, value: JSONValue, field: String)] = [
      (SlotValue(plain: "a\"\\\n".utf8), "a\"\\\n", "a\"\\\n", "=?base64?YSJcCg==?="),
      (SlotValue(plain: "plain".utf8), "plain", "plain", "plain"),
      (Self.value(#"q\"\u0041"#, isText: true), "q\"A", "q\"A", "q\"A"),
      (Self.value("12.5", isText: false), "12.5", .number("12.5"), "12.5"),
      (Self.value(#"["x"]"#, isText: false), #"["x"]"#, ["x"], #"["x"]"#),
      (
        Self.value("line\nfeed", isText: true), "line\nfeed", "line\nfeed",
        "=?base64?bGluZQpmZWVk?="
      ),
      (
        Self.value(#"\r\nX-Evil: 1"#, isText: true), "\r\nX-Evil: 1", "\r\nX-Evil: 1",
        "=?base64?DQpYLUV2aWw6IDE=?="
      ),
      (SlotValue(plain: "=?base64?".utf8), "=?base64?", "=?base64?", "=?base64?PT9iYXNlNjQ/?="),
      (SlotValue(plain: " \u{E9}".utf8), " \u{E9}", " \u{E9}", "=?base64?IMOp?="),
      (SlotValue(plain: []), "", "", ""),
    ]
    for (value, text, json, field) in values {
      let (head, body) = try encode(Self.call, id: 42, [value, value])
      XCTAssertEqual(body["id"], 42)
      XCTAssertEqual(
        body["params"],
        [
          "name": "read",
          "arguments": [
            "path": .string("/\"a\"/\(text)/42"), "session": json, "deep": ["a": [true]],
          ],
        ]
      )
      let fields = head.lines()
      XCTAssertEqual(fields.count, 4, head)
      XCTAssertEqual(fields[1], "X-Path: \(field)")
      XCTAssertEqual(fields[2], "X-Id: no 42")
    }
  }

  func testSlot_isEmpty_whereThereIsNoValue() throws {
    let (head, body) = try encode(Self.call, id: 1)
    XCTAssertEqual(body["params"]?["arguments"]?["session"], .null)
    XCTAssertEqual(body["params"]?["arguments"]?["path"], "/\"a\"//1")
    XCTAssertTrue(head.contains("X-Path: \r\n"))
  }

  /// What comes once a request allocates nothing once its storage has grown.
  func testFilling_usesItsStorageAgain() {
    let values = [Self.value("ssh-1", isText: true), Self.value("7", isText: false)]
    var message: [UInt8] = []
    var body: [UInt8] = []
    var places: Set<UnsafeRawPointer?> = []
    for id in Int64(1_000)..<2_000 {
      Self.call.write(id: id, values, head: Array("HEAD\r\n".utf8), to: &message, body: &body)
      for storage in [message, body] {
        _ = storage.withUnsafeBytes { places.insert($0.baseAddress) }
      }
    }
    XCTAssertEqual(places.count, 2)
  }
}
