import EventIO
import XCTest

@testable import LoadSupport

final class WorkloadCallsTests: XCTestCase {
  /// What a call of a workload sends, as its first worker.
  private func sent(
    _ operation: Workload.Operation,
    data: DataRows = .none,
    dataFiles: [String: Workload.DataFile] = [:],
    others: [String: Workload.Operation] = [:],
    prepare: (WorkerValues) -> Void = { _ in }
  ) throws -> (head: String, json: JSONValue) {
    let calls = try WorkloadCalls(
      Workload(
        "w",
        data: dataFiles,
        operations: others.merging(["op": operation]) { $1 },
        steps: []
      ),
      profile: .standard,
      target: SSHTarget(host: "h", port: 22),
      data: data
    )
    let values = WorkerValues(calls, worker: 2, of: 5, seed: 1)
    XCTAssertTrue(values.beginIteration())
    XCTAssertTrue(values.beginIteration())
    prepare(values)
    let call = try XCTUnwrap(calls.call(named: "op"))
    var message: [UInt8] = []
    var body: [UInt8] = []
    try XCTUnwrap(call.template).write(
      id: 7,
      values.values(for: call, in: [SlotValue(plain: "ssh-1".utf8)]),
      head: [],
      to: &message,
      body: &body
    )
    let head = message.prefix(message.count - body.count)
    return (String(decoding: head, as: UTF8.self), try JSONValue(parsing: body))
  }

  private func arguments(_ value: JSONValue) throws -> JSONValue? {
    try sent(.tool("t", value)).json["params"]?["arguments"]
  }

  /// A table of one row.
  private func data(_ values: [(name: String, value: String)]) throws -> DataRows {
    let file = Workload.DataFile("t.jsonl")
    var table = DataTable("t", file, columns: values.map(\.name))
    for value in values { table.append(value.value.utf8, isToken: false) }
    table.endRow()
    return DataRows(tables: [table])
  }

  func testRun_hasTheSameDigitsInCommandsAndExpectations() throws {
    let operation = Workload.Operation.command(
      "sleep 1.0{run} {{run}}",
      expect: .init(text: ["a{run}"], noText: ["{run}b"])
    )
    let calls = try WorkloadCalls(
      Workload("w", operations: ["op": operation, "t": .tool("t", ["x": "{run}"])], steps: []),
      profile: .standard,
      target: SSHTarget(host: "h", port: 22),
      data: .none,
      run: "123"
    )
    let values = WorkerValues(calls, worker: 0, of: 1, seed: 1)
    XCTAssertTrue(values.beginIteration())
    for (name, argument, expected) in [
      ("op", "command", "sleep 1.0123 {run}"), ("t", "x", "123"),
    ] {
      let call = try XCTUnwrap(calls.call(named: name))
      var (message, body): ([UInt8], [UInt8]) = ([], [])
      try XCTUnwrap(call.template)
        .write(id: 7, values.values(for: call), head: [], to: &message, body: &body)
      XCTAssertEqual(
        try JSONValue(parsing: body)["params"]?["arguments"]?[argument],
        .string(expected)
      )
    }
    let slots = try SlotTable(Workload("w", operations: [:], steps: []), data: .none, run: "123")
    XCTAssertEqual(slots.markingRun("a{run}b{run}"), Array("a123b123".utf8))
  }

  func testProgress_isAskedFor_byTheNumberOfTheRequest() throws {
    let operation = Workload.Operation(.command("id"), asksForProgress: true)
    XCTAssertEqual(try sent(operation).json["params"]?["_meta"], ["progressToken": 7])
    XCTAssertNil(try sent(.command("id")).json["params"]?["_meta"])
  }

  // MARK: Requests

  func testBuiltIns_areFilled_withTheTypeOfTheirValueWhereTheyStandAlone() throws {
    XCTAssertEqual(
      try arguments([
        "n": ["{worker}", "{iteration}", "{counter}"], "t": "{worker}-{iteration}-{counter}",
        "s": "{counter|text}", "q": "{counter|sh}", "m": "{counter|number}", "{worker}": 1.5,
        "deep": [["x": "{{worker}}", "y": [.null, true, "{}"]]],
      ]),
      [
        "n": [2, 1, 7], "t": "2-1-7", "s": "7", "q": "'7'", "m": 7, "{worker}": 1.5,
        "deep": [["x": "{worker}", "y": [.null, true, "{}"]]],
      ]
    )
  }

  func testRandom_isDrawnAnewForEachUse() throws {
    let calls = try WorkloadCalls(
      Workload(
        "w",
        operations: ["op": .tool("t", ["{random:12}", "{random:12}", "{random:1}"])],
        steps: []
      ),
      profile: .standard,
      target: SSHTarget(host: "h", port: 22),
      data: .none
    )
    func drawn(worker: Int, seed: UInt64) throws -> [String] {
      let values = WorkerValues(calls, worker: worker, of: 2, seed: seed)
      return try (0..<3).flatMap { _ in
        try values.values(for: calls.calls[0]).dropFirst().map { try $0.json.string ?? "" }
      }
    }
    let texts = try drawn(worker: 0, seed: 5)
    XCTAssertEqual(Set(texts.filter { $0.utf8.count == 12 }).count, 6)
    XCTAssertEqual(texts.map(\.utf8.count), [12, 12, 1, 12, 12, 1, 12, 12, 1])
    XCTAssertTrue(
      texts.joined().utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 0x20) }
    )
    XCTAssertEqual(try drawn(worker: 0, seed: 5), texts)
    XCTAssertNotEqual(try drawn(worker: 1, seed: 5), texts)
    XCTAssertNotEqual(try drawn(worker: 0, seed: 6), texts)
  }

  func testActions_areSentAsTheToolProfileSays() throws {
    let command = try sent(.command("df {worker} | awk '{print $1}'")).json
    XCTAssertEqual(command["params"]?["name"], "ssh_run_command")
    XCTAssertEqual(
      command["params"]?["arguments"],
      ["session_id": "ssh-1", "command": "df 2 | awk '{print $1}'"]
    )
    let list = try sent(Workload.Operation(.method("tools/list", nil))).json
    XCTAssertEqual(list["method"], "tools/list")
    XCTAssertNil(list["params"])
    let prompt = try sent(Workload.Operation(.method("prompts/get", ["name": "{worker|text}"])))
      .json
    XCTAssertEqual(prompt["params"], ["name": "2"])
    for (action, tool) in [
      (Workload.Action.connect, "ssh_connect"), (.freshConnect, "ssh_connect"),
      (.disconnect, "ssh_disconnect"),
    ] {
      let json = try sent(Workload.Operation(action)).json
      XCTAssertEqual(json["params"]?["name"]?.string, tool)
      XCTAssertEqual(json["params"]?["arguments"]?["reuse"], action == .freshConnect ? false : nil)
    }
  }

  func testHeaderField_cannotBeEndedByAValue() throws {
    let data = try data([("v", "a\r\nX-Evil: 1"), ("p", "plain")])
    let operation = Workload.Operation(
      .tool("t", [:]),
      headers: ["X-A": "{t.v}", "X-B": "Bearer {t.p}{worker}", "X-C": "{t.p|sh}"]
    )
    let head = try sent(operation, data: data).head
    XCTAssertTrue(
      head.hasPrefix(
        "X-A: =?base64?YQ0KWC1FdmlsOiAx?=\r\nX-B: Bearer plain2\r\nX-C: 'plain'\r\nContent-"
      ),
      head
    )
  }

  /// Whatever a value is, the message is JSON and has it; what a shell is given is one word.
  func testValues_comeBackWhole_outOfJSONAndOutOfAShell() throws {
    let seed: UInt64 = 4_711
    var random = SeededRandom(seed: seed)
    let alphabet = Array(
      "a'\"\\\n\r\t$`{}|sh; \u{1}\u{7F}\u{301}\u{E9}\u{1F600}\u{200D}!*".unicodeScalars
    )
    let texts = (0..<400).map { _ in
      String(
        String.UnicodeScalarView(
          (0..<Int.random(in: 0...12, using: &random)).map { _ in
            alphabet[Int.random(in: alphabet.indices, using: &random)]
          }
        )
      )
    }
    var script = "printf '%s\\0'"
    for text in texts {
      let data = try data([("v", text)])
      let arguments = try sent(
        .tool("t", ["whole": "{t.v}", "part": "a{t.v}\"{t.v}", "word": "{t.v|sh}"]),
        data: data
      ).json["params"]?["arguments"]
      XCTAssertTrue(arguments?["whole"]?.string?.hasSameBytes(as: text) == true, "seed \(seed)")
      XCTAssertTrue(
        arguments?["part"]?.string?.hasSameBytes(as: "a\(text)\"\(text)") == true,
        "seed \(seed)"
      )
      let word = try XCTUnwrap(arguments?["word"]?.string)
      script += " " + word
      let command = try sent(.command("x {t.v|sh}"), data: data).json
      XCTAssertTrue(
        command["params"]?["arguments"]?["command"]?.string?.hasSameBytes(as: "x \(word)") == true
      )
    }
    let said = try OpenSSH.run("/bin/sh", ["-c", "(\(script)) >&2"])
    let words = said.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    XCTAssertEqual(words.count, texts.count)
    for (word, text) in zip(words, texts) { XCTAssertTrue(word.elementsEqual(text.utf8)) }
  }

  // MARK: What cannot be compiled

  private func check(
    _ operation: Workload.Operation,
    says words: String,
    line: UInt = #line
  ) {
    XCTAssertThrowsError(try sent(operation, data: try data([("v", "1")])), line: line) {
      XCTAssertEqual("\($0)", "operations.op\(words)", line: line)
    }
  }

  func testPlaceholder_isRefused_whenItIsUnknownOrOutOfPlace() {
    check(
      .tool("t", ["a": ["{nme}"]]),
      says:
        ".arguments.a[0]: there is no {nme}; there are {worker}, {iteration}, {counter}, {run}, {random:8}, "
        + "{t.COLUMN}, and {{nme}} is the text {nme}"
    )
    check(
      .command("echo ${HOME} {x.y}"),
      says:
        ".command: there is no {HOME}; there are {worker}, {iteration}, {counter}, {run}, {random:8}, "
        + "{t.COLUMN}, and {{HOME}} is the text {HOME}"
    )
    check(
      .command("echo {t.v}"),
      says: ".command: a command takes {t.v|sh}, which no value can break out of"
    )
    check(
      .command("echo {t.v|number}"),
      says: ".command: a command takes {t.v|sh}, which no value can break out of"
    )
    check(
      .tool("t", ["{random}"]),
      says: ".arguments[0]: {random} needs a length: {random:8} makes 8 letters and digits"
    )
    for length in ["0", "65", "99999999999999999999"] {
      check(
        .tool("t", [.string("{random:\(length)}")]),
        says: ".arguments[0]: {random:…} makes 1 to 64 letters and digits"
      )
    }
    check(
      .tool("t", ["{random:4|number}"]),
      says: ".arguments[0]: {random} has letters, and is no number"
    )
    check(.tool("t", ["{t.v:3}"]), says: ".arguments[0]: {t.v} takes no length; {random:8} does")
    check(
      Workload.Operation(.tool("t", [:]), headers: ["X": "{y}"]),
      says:
        ".headers.X: there is no {y}; there are {worker}, {iteration}, {counter}, {run}, {random:8}, "
        + "{t.COLUMN}, and {{y}} is the text {y}"
    )
  }

  func testExpectation_isRefused_whenItCannotBeHeld() {
    func expecting(_ expect: Workload.Expectation) -> Workload.Operation {
      .tool("t", [:], expect: expect)
    }
    check(
      expecting(Workload.Expectation(fields: ["a/b": 1])),
      says: ".expect.fields[\"a/b\"]: \"a/b\" is no JSON pointer such as \"/structuredContent/id\""
    )
    check(
      expecting(Workload.Expectation(fields: ["/a": [1]])),
      says:
        ".expect.fields[\"/a\"]: an object or an array cannot be compared; expect its members, each by a pointer"
    )
    check(
      .tool("t", [:], capture: ["id": "x"]),
      says: ".capture.id: \"x\" is no JSON pointer such as \"/structuredContent/id\""
    )
    for name in ["a b", "1a", "", "a.b", "a:1", "a|sh"] {
      check(
        .tool("t", [:], capture: [name: "/x"]),
        says:
          ".\(WorkloadPath.root["capture"][name]): a value's name begins with a letter or _ and has letters, "
          + "digits and _ only"
      )
    }
    check(
      .tool("t", [:], capture: ["worker": "/x"]),
      says: ".capture.worker: {worker} has a meaning of its own; take another name"
    )
    check(
      Workload.Operation(.health, expect: Workload.Expectation(maximumBytes: 1)),
      says: ": of health nothing but a good status is expected or captured"
    )
    check(
      Workload.Operation(.connect, expect: Workload.Expectation(exitStatus: [0])),
      says: ".expect.exit_status: only what runs something has a status"
    )
  }

  func testOperation_isRefused_whenNothingBeforeItCapturesWhatItNeeds() throws {
    let operations: [String: Workload.Operation] = [
      "make": .tool("make", [:], capture: ["id": "/id"]), "use": .tool("use", ["{id}"]),
    ]
    func compile(_ change: (inout Workload) -> Void) throws {
      var workload = Workload("w", operations: operations, steps: [])
      change(&workload)
      _ = try WorkloadCalls(
        workload,
        profile: .standard,
        target: SSHTarget(host: "h", port: 22),
        data: .none
      )
    }
    func mix(_ names: String...) -> [Workload.Step] {
      [Workload.Step(groups: [Workload.Group(mix: .inTurn(names))])]
    }
    let need = "use needs {id}, and no operation before it captures that"
    let bad: [(String, (inout Workload) -> Void)] = [
      ("sequences.s: \(need)", { $0.sequences = ["s": [.call("use"), .call("make")]] }),
      ("steps[0]: \(need)", { $0.steps = mix("make", "use") }),
      ("setup: \(need)", { $0.setup = ["use", "make"] }),
      (
        "teardown: \(need)",
        {
          $0.sequences = ["s": [.call("make"), .call("use")]]
          $0.teardown = ["use"]
        }
      ),
      (
        "headers: {id} is known later than they are; take a column of data",
        { $0.headers = ["X": "{id}"] }
      ),
    ]
    for (words, change) in bad {
      XCTAssertThrowsError(try compile(change)) { XCTAssertEqual("\($0)", words) }
    }
    try compile { $0.sequences = ["s": [.call("make"), .pause(.constant(.zero)), .call("use")]] }
    try compile {
      $0.setup = ["make"]
      $0.steps = mix("use", "make")
      $0.teardown = ["use"]
    }
  }
}
