import EventIO
import XCTest

@testable import LoadSupport

final class WorkerValuesTests: XCTestCase {
  /// Values of a worker, and what its calls are sent.
  private struct Harness {
    let calls: WorkloadCalls
    let values: WorkerValues

    init(
      _ operations: [String: Workload.Operation],
      headers: [String: String] = [:],
      data: DataRows = .none,
      worker: Int = 0,
      of workers: Int = 1
    ) throws {
      calls = try WorkloadCalls(
        Workload("w", headers: headers, operations: operations, steps: []),
        profile: .standard,
        target: SSHTarget(host: "h", port: 22),
        data: data
      )
      values = WorkerValues(calls, worker: worker, of: workers, seed: 7)
    }

    /// The arguments of a call.
    func arguments(_ name: String) throws -> JSONValue? {
      let call = try XCTUnwrap(calls.call(named: name))
      var message: [UInt8] = []
      var body: [UInt8] = []
      try XCTUnwrap(call.template)
        .write(id: 1, values.values(for: call), head: [], to: &message, body: &body)
      return try JSONValue(parsing: body)["params"]?["arguments"]
    }

    /// Takes in the answer to a call.
    func take(_ result: String, for name: String) throws {
      let call = try XCTUnwrap(calls.call(named: name))
      let reader = try XCTUnwrap(call.template?.reader)
      var captures = AnswerCaptures()
      try Array(#"{"id":7,"result":\#(result)}"#.utf8).withUnsafeBytes {
        _ = try RPCReply(parsing: $0, expecting: 7, plan: reader.plan, into: &captures)
        values.take(captures, in: $0, for: call)
      }
    }
  }

  private func data(_ count: Int, _ file: Workload.DataFile = .init("t.csv")) -> DataRows {
    var table = DataTable("t", file, columns: ["a", "b"])
    for row in 0..<count {
      table.append("a\(row)".utf8, isToken: false)
      table.append("\(row)".utf8, isToken: true)
      table.endRow()
    }
    return DataRows(tables: [table])
  }

  private let get: [String: Workload.Operation] = ["get": .tool("t", ["{t.a}", "{t.b}"])]

  // MARK: Rows

  func testRow_isTheNextOfTheWorkersOwn_inEachIteration() throws {
    let harness = try Harness(get, data: data(5), worker: 1, of: 2)
    // The setup has the first, as the first iteration.
    XCTAssertEqual(try harness.arguments("get"), ["a1", 1])
    for row in [1, 3, 1, 3, 1] {
      XCTAssertTrue(harness.values.beginIteration())
      let expected: JSONValue = [.string("a\(row)"), .number(String(row))]
      XCTAssertEqual(try harness.arguments("get"), expected)
      XCTAssertEqual(try harness.arguments("get"), expected)
    }
  }

  func testWorker_ends_whenItsRowsAreUsedUp() throws {
    let file = Workload.DataFile("t.csv", atEnd: .stop)
    for (rows, workers, each) in [(5, 2, [3, 2]), (2, 4, [1, 1, 1, 1])] {
      for worker in 0..<workers {
        let harness = try Harness(get, data: data(rows, file), worker: worker, of: workers)
        for _ in 0..<each[worker] { XCTAssertTrue(harness.values.beginIteration()) }
        XCTAssertFalse(harness.values.beginIteration())
        XCTAssertFalse(harness.values.beginIteration())
      }
    }
  }

  func testRandomRows_areTheWorkersOwn_andTheSameForTheSameSeed() throws {
    let file = Workload.DataFile("t.csv", order: .random, atEnd: .stop)
    func drawn() throws -> [Int] {
      let harness = try Harness(get, data: data(20, file), worker: 3, of: 4)
      return try (0..<60).map { _ in
        XCTAssertTrue(harness.values.beginIteration())
        return try harness.arguments("get")?.array?[1].integer ?? -1
      }
    }
    let rows = try drawn()
    XCTAssertEqual(Set(rows), [3, 7, 11, 15, 19])
    XCTAssertEqual(try drawn(), rows)
  }

  // MARK: Carried values

  private let chain: [String: Workload.Operation] = [
    "login": .tool("login", [:], capture: ["token": "/token"]),
    "make": .tool("make", ["{token}"], capture: ["id": "/content/-/text/id", "n": "/n"]),
    "use": .tool("use", ["{token}", "{id}", "{n}", "{n|text}", "{id|sh}"]),
  ]

  func testCapturedValue_lastsForTheIteration_thatOfTheSetupForAll() throws {
    let harness = try Harness(chain)
    try harness.take(#"{"token":"T\u0041"}"#, for: "login")
    for round in 1...2 {
      XCTAssertTrue(harness.values.beginIteration())
      XCTAssertEqual(try harness.arguments("use"), ["TA", .null, .null, "", "''"])
      try harness.take(
        #"{"content":[{"text":"no"},{"text":"{\"id\":\"i'\\u0022\#(round)\"}"}],"n":1.50}"#,
        for: "make"
      )
      XCTAssertEqual(
        try harness.arguments("use"),
        ["TA", .string("i'\"\(round)"), .number("1.50"), "1.50", .string(#"'i'\''"\#(round)'"#)]
      )
      try harness.take(#"{"token":"other"}"#, for: "login")
      XCTAssertEqual(try harness.arguments("make"), ["other"])
    }
    harness.values.forget()
    XCTAssertEqual(try harness.arguments("make"), ["TA"])
  }

  func testSameValue_mayHaveSeveralNames() throws {
    let harness = try Harness([
      "make": .tool("make", [:], capture: ["a": "/id", "b": "/id"]),
      "use": .tool("use", ["{a}{b}"]),
    ])
    try harness.take(#"{"id":5}"#, for: "make")
    XCTAssertEqual(try harness.arguments("use"), ["55"])
  }

  // MARK: Header fields

  func testHeaderFields_areFilledOnce_andTheirValuesAreSecrets() throws {
    let harness = try Harness(
      [
        "login": .tool("login", [:], capture: ["token": "/token"]),
        "use": Workload.Operation(
          .tool("use", ["{t.b}"]),
          headers: ["Authorization": "Bearer {token}"]
        ),
      ],
      headers: ["X-User": "{t.a}-{worker}", "X-Bad": "\u{E9}\r\nX: y"],
      data: data(200, Workload.DataFile("t.csv")),
      worker: 150,
      of: 200
    )
    XCTAssertEqual(
      harness.values.headers,
      ["X-User": Secret("a150-150"), "X-Bad": Secret("=?base64?w6kNClg6IHk=?=")]
    )
    XCTAssertEqual(harness.values.secrets, [])
    XCTAssertTrue(harness.values.beginIteration())
    try harness.take(#"{"token":"hunter2hunter2"}"#, for: "login")
    XCTAssertEqual(harness.values.secrets, [Secret("hunter2hunter2")])
  }
}
