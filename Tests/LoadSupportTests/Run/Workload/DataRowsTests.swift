import EventIO
import Foundation
import Glibc
import XCTest

@testable import LoadSupport

final class DataRowsTests: XCTestCase {
  /// A workload that names these columns of one file.
  private func workload(
    _ file: String,
    _ columns: [String],
    order: Workload.DataFile.Order = .inTurn
  ) -> Workload {
    Workload(
      "w",
      data: ["users": Workload.DataFile(file, order: order)],
      operations: [
        "get": .tool("get", .array(columns.map { .string("{users.\($0)}") }))
      ],
      steps: []
    )
  }

  private func rows(
    _ text: some Sequence<UInt8>,
    _ columns: [String],
    as file: String = "users.csv"
  ) throws -> [[JSONValue]] {
    let directory = try TemporaryDirectory()
    _ = try directory.write(text, to: file)
    let data = try DataRows.load(workload(file, columns), directory: directory.path)
    let table = data.tables[0]
    return try (0..<table.rowCount).map { row in
      try table.columns.indices.map { column in
        var value = SlotValue()
        table.fill(&value, row: row, column: column)
        return try value.json
      }
    }
  }

  private func check(
    _ text: some Sequence<UInt8>,
    _ columns: [String] = ["id"],
    as file: String = "users.csv",
    says words: String,
    line: UInt = #line
  ) {
    XCTAssertThrowsError(try rows(text, columns, as: file), line: line) { error in
      XCTAssertEqual("\(error)", "data.users: \(file)\(words)", line: line)
    }
  }

  func testCSV_givesTexts_ofTheColumnsThatAreNamed() throws {
    XCTAssertEqual(
      try rows("\u{FEFF}id,name,more\n1,\"a,b\",x\n\n2,\u{E9},y\r\n".utf8, ["name", "id"]),
      [["a,b", "1"], ["\u{E9}", "2"]]
    )
  }

  func testJSONLines_keepTheirTypesAndNumbers() throws {
    let text = #"""
      {"id":1.50,"name":"a\n\"b\"","more":[]}

      {"name":null,"id":"x"}
      {"id":true,"name":""}
      """#
    for file in ["u.jsonl", "u.ndjson", "u.JSON"] {
      XCTAssertEqual(
        try rows(text.utf8, ["id", "name"], as: file),
        [[.number("1.50"), "a\n\"b\""], ["x", .null], [true, ""]]
      )
    }
  }

  func testFault_isNamedWithLineAndColumn() {
    check("".utf8, says: ": it has no header line")
    check("id\n\n".utf8, says: ": it has no rows")
    check(
      "a,b\n1,2".utf8,
      says: ", line 1: operations.get.arguments[0] names the column id, and there are a, b"
    )
    check("id,id\n1,2".utf8, says: ", line 1: the column id stands there 2 times")
    check("id,b\n1,2\n\n3".utf8, says: ", line 4: it has 1 fields, and the header has 2")
    check("id\n\"1".utf8, says: ", line 2: the quote that begins a field there has no end")
    check("id\n1\0".utf8, says: ", line 2: id has a NUL byte")
    check([0x69, 0x64, 0x0A, 0x31, 0x0A, 0xFF], says: ", line 3: it is not UTF-8")
    check(
      "id\nx1".utf8,
      ["id|number"],
      says:
        ", line 2: id is \"x1\", and {…|number} in operations.get.arguments[0] needs a number"
    )
    check(
      "{}\n".utf8,
      as: "u.json",
      says: ", line 1: operations.get.arguments[0] names id, and there are "
    )
    check(
      "{\"id\":1}\n{\"id\":[]}".utf8,
      as: "u.jsonl",
      says:
        ", line 2: id is no text, number or truth value, as operations.get.arguments[0] needs it"
    )
    check("\n[1]".utf8, as: "u.jsonl", says: ", line 2: each line must be a JSON object")
    check(
      "{\"id\":1}x".utf8,
      as: "u.jsonl",
      says: ", line 1: not JSON: expected the end at byte 8"
    )
    check(#"{"id":"\u0000"}"#.utf8, as: "u.jsonl", says: ", line 1: id has a NUL byte")
  }

  func testNumbers_areTaken_whateverTheirForm() throws {
    XCTAssertEqual(try rows("id\n1\n-2.5e3\n".utf8, ["id|number"]), [["1"], ["-2.5e3"]])
    XCTAssertEqual(
      try rows(#"{"id":"7"}"#.utf8 + [0x0A] + #"{"id":8}"#.utf8, ["id|number"], as: "u.jsonl"),
      [["7"], [8]]
    )
  }

  // MARK: Files

  func testFile_isRefused_whenItLiesOutsideOrIsNone() throws {
    let outside = try TemporaryDirectory()
    _ = try outside.write("id\n1\n".utf8, to: "users.csv")
    let inside = try TemporaryDirectory()
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: inside.path + "/link.csv",
      withDestinationPath: outside.path + "/users.csv"
    )
    try files.createSymbolicLink(atPath: inside.path + "/dir", withDestinationPath: outside.path)
    try files.createDirectory(atPath: inside.path + "/folder", withIntermediateDirectories: false)
    XCTAssertEqual(mkfifo(inside.path + "/fifo", 0o600), 0)
    let away = "lies outside the directory of the workload, below which all data must lie"
    for (file, words) in [
      ("link.csv", away), ("dir/users.csv", away), (outside.path + "/users.csv", away),
      ("../\((outside.path as NSString).lastPathComponent)/users.csv", away), (".", away),
      ("/dev/zero", away), ("folder", "is no regular file"), ("fifo", "is no regular file"),
      ("none.csv", "cannot be read: No such file or directory"),
      ("a\0b", "is no path: it has a NUL byte"),
    ] {
      XCTAssertThrowsError(
        try DataRows.load(workload(file, ["id"]), directory: inside.path),
        file
      ) { XCTAssertEqual("\($0)", "data.users: \(file.shown) \(words)") }
    }
    _ = try inside.write("id\n1\n".utf8, to: "folder/users.csv")
    try files.createSymbolicLink(
      atPath: inside.path + "/good.csv",
      withDestinationPath: "folder/users.csv"
    )
    for file in ["folder/users.csv", "good.csv", "folder/../good.csv", inside.path + "/good.csv"] {
      XCTAssertNoThrow(try DataRows.load(workload(file, ["id"]), directory: inside.path))
    }
  }

  // MARK: Rows

  func testRows_areDealtOutLikeCards() {
    for (rows, workers) in [(10, 3), (3, 3), (2, 5), (1, 1), (7, 1), (1, 4)] {
      var table = DataTable("t", Workload.DataFile("t.csv"), columns: [])
      for _ in 0..<rows { table.endRow() }
      let hands = (0..<workers).map { worker in
        (0..<table.rowCount(ofWorker: worker, of: workers)).map {
          table.row($0, ofWorker: worker, of: workers)
        }
      }
      XCTAssertEqual(Set(hands.joined()), Set(0..<rows), "\(rows) rows, \(workers) workers")
      if rows >= workers {
        XCTAssertEqual(hands.joined().count, rows)
        XCTAssertEqual(hands[0], Array(stride(from: 0, to: rows, by: workers)))
      } else {
        XCTAssertEqual(hands, (0..<workers).map { [$0 % rows] })
      }
    }
  }
}
