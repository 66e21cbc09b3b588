import EventIO
import XCTest

@testable import LoadSupport

final class RequestFormTests: XCTestCase {
  private static let meta: JSONValue = [
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": [
      "name": "mcp-ssh-loadtest", "version": .string(PackageVersion.number),
    ],
    "io.modelcontextprotocol/clientCapabilities": [:],
  ]

  private func encode(
    _ call: CallTemplate,
    _ values: [SlotValue] = []
  ) throws -> (lines: [String], params: JSONValue?) {
    var (message, body): ([UInt8], [UInt8]) = ([], [])
    call.write(id: 1, values, head: [], to: &message, body: &body)
    let text = String(decoding: message, as: UTF8.self)
    let end = try XCTUnwrap(text.range(of: "\r\n\r\n"))
    let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
    return (
      lines.filter { !$0.hasPrefix("Content-Length") }, try JSONValue(parsing: body)["params"]
    )
  }

  private var profile: ToolProfile {
    var profile = ToolProfile.standard
    profile.form = .modern
    return profile
  }

  func testRequest_saysAllByItself_inTheModernEra() throws {
    let request = try encode(CallTemplate("tools/list", in: .modern))
    XCTAssertEqual(request.lines, ["Mcp-Method: tools/list"])
    XCTAssertEqual(request.params, ["_meta": Self.meta])
    let call = try encode(TestCalls.call(profile), [SlotValue(plain: "s".utf8)])
    XCTAssertEqual(call.lines, ["Mcp-Method: tools/call", "Mcp-Name: ssh_run_command"])
    XCTAssertEqual(
      call.params,
      [
        "name": "ssh_run_command", "arguments": ["session_id": "s", "command": "id"],
        "_meta": Self.meta,
      ]
    )
  }

  func testRequest_saysNothingOfItself_inASession() throws {
    let request = try encode(CallTemplate("tools/list", in: .legacy))
    XCTAssertEqual(request.lines, [])
    XCTAssertNil(request.params)
  }

  /// What becomes of a request's parameters.
  private static func parameters(_ given: JSONValue?, _ form: RequestForm) throws -> JSONValue? {
    let template = form.parameters(given) { $1 += $0.encoded }
    var bytes: [UInt8] = []
    template?.fill(id: 1, span: 0xAB, [], into: &bytes)
    return try template.map { _ in try JSONValue(parsing: bytes) }
  }

  func testProfilesKeys_areInTheMetaOfRequests_inBothEras() throws {
    let key = JSONValue.Member("example.com/tenant", ["name": "load", "n": 1])
    for era in [ProtocolEra.legacy, .modern] {
      var form = RequestForm(era: era)
      form.added = [key]
      XCTAssertEqual(try Self.parameters(nil, form)?["_meta"]?[key.key], key.value)
      let own: JSONValue = ["a": 1, "_meta": [key.key: "mine", "b": 2] as JSONValue]
      let mixed = try Self.parameters(own, form)
      XCTAssertEqual(mixed?["a"], 1)
      XCTAssertEqual(mixed?["_meta"]?[key.key], "mine")
      XCTAssertEqual(mixed?["_meta"]?["b"], 2)
      var profile = ToolProfile.standard
      profile.form = form
      let call = try encode(TestCalls.call(profile), [SlotValue(plain: "s".utf8)])
      XCTAssertEqual(call.params?["_meta"]?[key.key], key.value)
      XCTAssertEqual(
        call.params?["_meta"]?["io.modelcontextprotocol/protocolVersion"] != nil,
        era == .modern
      )
      // A notification is no request.
      let note = try encode(
        CallTemplate("notifications/initialized", isNotification: true, in: form)
      )
      XCTAssertNil(note.params?["_meta"]?[key.key])
    }
    XCTAssertNil(try Self.parameters(nil, .legacy))
  }

  func testParameters_keepTheirOwnMeta() throws {
    let given: JSONValue = [
      "uri": "a",
      "_meta": ["progressToken": 1, "io.modelcontextprotocol/clientCapabilities": ["x": true]],
    ]
    let meta = try Self.parameters(given, .modern)?["_meta"]
    XCTAssertEqual(meta?["progressToken"], 1)
    XCTAssertEqual(meta?["io.modelcontextprotocol/clientCapabilities"], ["x": true])
    XCTAssertEqual(meta?["io.modelcontextprotocol/protocolVersion"], "2026-07-28")
    XCTAssertEqual(try Self.parameters(given, .legacy), given)
  }

  func testArguments_areRepeatedInFields_whereTheSchemaSaysSo() throws {
    var profile = profile
    profile.run.fixed = [.init("place", ["port": 22, "tls": false, "note": .null])]
    profile.form.mirrored["ssh_run_command"] = [
      MirroredArgument(path: ["session_id"], field: "Mcp-Param-Session"),
      MirroredArgument(path: ["command"], field: "Mcp-Param-Command"),
      MirroredArgument(path: ["place", "port"], field: "Mcp-Param-Port"),
      MirroredArgument(path: ["place", "tls"], field: "Mcp-Param-TLS"),
      MirroredArgument(path: ["place", "note"], field: "Mcp-Param-Note"),
      MirroredArgument(path: ["missing"], field: "Mcp-Param-Missing"),
    ]
    let call = try encode(TestCalls.call(profile), [SlotValue(plain: "é".utf8)])
    XCTAssertEqual(
      call.lines.dropFirst(2),
      [
        "Mcp-Param-Session: =?base64?w6k=?=", "Mcp-Param-Command: id", "Mcp-Param-Port: 22",
        "Mcp-Param-TLS: false",
      ]
    )
  }

  func testWorkloadsCalls_haveTheSameFields_withSlotsInThem() throws {
    var profile = profile
    profile.form.mirrored["query"] = [
      MirroredArgument(path: ["in", "region"], field: "Mcp-Param-R")
    ]
    let workload = Workload(
      "w",
      operations: [
        "a": .tool("query", ["in": ["region": "eu-{worker}"]]),
        "b": Workload.Operation(.method("resources/read", ["uri": "file:///{iteration}"])),
      ],
      steps: []
    )
    let target = SSHTarget(host: "h", port: 22)
    let calls = try WorkloadCalls(workload, profile: profile, target: target, data: .none)
    let values = WorkerValues(calls, worker: 3, of: 4, seed: 1)
    _ = values.beginIteration()
    let sent = try calls.calls.map { call in
      try encode(XCTUnwrap(call.template), values.values(for: call))
    }
    XCTAssertEqual(
      sent[0].lines,
      ["Mcp-Method: tools/call", "Mcp-Name: query", "Mcp-Param-R: eu-3"]
    )
    XCTAssertEqual(sent[0].params?["arguments"], ["in": ["region": "eu-3"]])
    XCTAssertEqual(sent[1].lines, ["Mcp-Method: resources/read", "Mcp-Name: file:///0"])
    XCTAssertEqual(sent.map { $0.params?["_meta"] }, [Self.meta, Self.meta])
  }

  func testAnnotations_areFound_whereOnlyPropertiesLeadThere() {
    let schema: JSONValue = [
      "type": "object",
      "properties": [
        "region": ["type": "string", "x-mcp-header": "Region"],
        "in": ["type": "object", "properties": ["n": ["type": "integer", "x-mcp-header": "N"]]],
        "x-mcp-header": ["type": "string"],
        "other": ["type": "string", "default": ["x-mcp-header": "no annotation"]],
      ],
    ]
    XCTAssertEqual(
      MirroredArgument.all(of: schema),
      [
        MirroredArgument(path: ["region"], field: "Mcp-Param-Region"),
        MirroredArgument(path: ["in", "n"], field: "Mcp-Param-N"),
      ]
    )
    XCTAssertEqual(MirroredArgument.all(of: ["type": "object"]), [])
  }

  func testAnnotations_makeAToolUnusable_whenTheyBreakTheRules() {
    func properties(_ members: JSONValue) -> JSONValue {
      .object([.init("properties", members)])
    }
    let text: JSONValue = ["type": "string", "x-mcp-header": "A"]
    let schemas: [JSONValue] = [
      properties(["a": ["type": "string", "x-mcp-header": ""]]),
      properties(["a": ["type": "string", "x-mcp-header": "a b"]]),
      properties(["a": ["type": "string", "x-mcp-header": "a\r\nX-Evil: yes"]]),
      properties(["a": ["type": "string", "x-mcp-header": 1]]),
      properties(["a": ["type": "number", "x-mcp-header": "A"]]),
      properties(["a": ["type": "object", "x-mcp-header": "A"]]),
      properties(["a": ["x-mcp-header": "A"]]),
      properties(["a": text, "b": ["type": "string", "x-mcp-header": "a"]]),
      properties(["a": ["type": "array", "items": text]]),
      properties(["a": .object([.init("items", properties(["b": text]))])]),
      .object([.init("oneOf", .array([properties(["a": text])]))]),
      .object([.init("$defs", .object([.init("a", text)]))]),
      text,
    ]
    for schema in schemas {
      XCTAssertNil(MirroredArgument.all(of: schema), "\(schema)")
    }
  }
}
