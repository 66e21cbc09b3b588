import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class WorkloadReadingTests: XCTestCase {
  /// A workload's file of ten lines.
  static let shop = """
    {
      "name": "shop",
      "operations": {
        "search": {"tool": "search", "arguments": {"q": "{users.word}"}},
        "pay": {"tool": "pay", "arguments": {}, "expect": {"fields": {"/structuredContent/status": "ok"}}}
      },
      "data": {"users": "users.csv"},
      "steps": [{"length": "30s", "mix": {"search": 3, "pay": 1}, "rate": [1, 20]}],
      "thresholds": [{"metric": "p99_ms", "limit": 200, "of": "search"}]
    }
    """

  /// What is wrong with a file; nil if nothing is.
  static func error(_ text: String) -> String? {
    do {
      _ = try Workload(parsing: text.utf8)
      return nil
    } catch {
      return error.description
    }
  }

  func testFile_isRead_whenItHasTenLines() throws {
    XCTAssertEqual(
      try Workload(parsing: Self.shop.utf8),
      Workload(
        "shop",
        data: ["users": .init("users.csv")],
        operations: [
          "search": .tool("search", ["q": "{users.word}"]),
          "pay": .tool("pay", expect: .init(fields: ["/structuredContent/status": "ok"])),
        ],
        steps: [
          .init(
            length: .seconds(30),
            groups: [
              .init(
                mix: .weighted(["search": 3, "pay": 1]),
                stages: [.init(rate: .init(from: 1, to: 20))]
              )
            ]
          )
        ],
        thresholds: [.init("p99_ms", 200, of: "search")]
      )
    )
  }

  func testExamples_ofThePages_areRead() throws {
    for page in ["README.md", "docs/own-workloads.md"] {
      let examples = try String(contentsOfFile: "\(SourceFile.package)/\(page)", encoding: .utf8)
        .components(separatedBy: "```json\n").dropFirst()
        .compactMap { $0.components(separatedBy: "```").first }
        .filter { $0.contains(#""operations""#) }
      XCTAssertFalse(examples.isEmpty, page)
      for example in examples { XCTAssertNil(Self.error(example), "\(page): \(example)") }
    }
  }

  func testFile_isRead_whenAFoundationDecoderReadsIt() throws {
    let workload = try JSONDecoder().decode(Workload.self, from: Data(Self.shop.utf8))
    XCTAssertEqual(workload, try Workload(parsing: Self.shop.utf8))
    let again = try JSONDecoder().decode(Workload.self, from: JSONEncoder().encode(workload))
    XCTAssertEqual(again, workload)
  }

  func testWorkload_isReadAsItWasWritten() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      let workload = random.workload()
      let text = workload.json.indented()
      var problems: [WorkloadError.Problem] = []
      let read = WorkloadForm.workload.read(try JSONValue(parsing: text), [], &problems)
      XCTAssertEqual(read, workload, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
      XCTAssertEqual(problems, [], "seed \(seed)")
    }
  }

  func testWorkload_isWrittenAsShortAsItCanBe() throws {
    let workload = try Workload(parsing: Self.shop.utf8)
    XCTAssertEqual(
      String(decoding: workload.json.indented(), as: UTF8.self),
      """
      {
        "name": "shop",
        "data": {"users": "users.csv"},
        "operations": {
          "pay": {"tool": "pay", "expect": {"fields": {"/structuredContent/status": "ok"}}},
          "search": {"tool": "search", "arguments": {"q": "{users.word}"}}
        },
        "steps": [{"length": "30s", "mix": {"pay": 1, "search": 3}, "rate": [1, 20]}],
        "thresholds": [{"metric": "p99_ms", "limit": 200, "of": "search"}]
      }

      """
    )
  }

  func testError_namesPathLineAndColumn_whenMistakesAreNested() {
    let text = Self.shop.replacing("[1, 20]", with: "[1, \"x\"], \"raet\": 5")
      .replacing("200", with: "true").replacing(
        "search\", \"arguments",
        with: "search\", \"argument"
      )
    XCTAssertEqual(
      Self.error(text),
      """
      line 4, column 34: operations.search.argument: there is no such key here; did you mean \
      arguments?; valid are tool, arguments, method, params, command, do, name, headers, expect, \
      capture, timeout, progress, cancel_after
      line 8, column 81: steps[0].raet: there is no such key here; did you mean rate?; valid are \
      name, warm_up, length, mix, workers, first_worker, link, shares_session, iterations, rate, \
      arrivals, think_time, pace, stages, groups
      line 8, column 75: steps[0].rate[1]: "x" is not valid: it must be a number from 0 to 1000000
      line 9, column 39: thresholds[0].limit: true is not valid: it must be a number from \
      -1000000000000000 to 1000000000000000
      """
    )
  }

  func testError_namesTheFile_whenItIsNoWorkload() {
    let cases = [
      "{\"name\": \"é\",\n  nam}": "line 2, column 3: not JSON: expected a string",
      "[]": "line 1, column 1: an empty list is not valid: it must be an object",
      "": "line 1, column 1: not JSON: expected a value",
      "{\"name\": \"a\", \"name\": \"a\", \"operations\": {\"a\": {\"tool\": \"b\"}},\n\"steps\": [{\"mix\": [\"a\"], \"length\": 1}]}":
        "line 1, column 15: name: this key stands here twice",
      String(repeating: " ", count: 1 << 20): "it has 1 MiB or more",
    ]
    for (text, error) in cases { XCTAssertEqual(Self.error(text), error, String(text.prefix(80))) }
    XCTAssertThrowsError(try Workload(parsing: [0x7B, 0xFF, 0x7D] as [UInt8]))
  }

  func testFile_isRead_whenItBeginsWithAByteOrderMark() {
    XCTAssertNil(Self.error("\u{FEFF}" + Self.shop))
    let error = Self.error("\u{FEFF}{\"name\": 1}") ?? ""
    XCTAssertTrue(
      error.hasPrefix("line 1, column 2: name: 1 is not valid: it must be 1 to 64 "),
      error
    )
  }

  func testFile_isReadOrRefused_whenItsBytesAreDamaged() throws {
    let seed = UInt64.random(in: .min ... .max)
    var mutator = ByteMutator(seed: seed)
    var random = SeededRandom(seed: seed)
    let samples = [Array(Self.shop.utf8)] + (0..<20).map { _ in random.workload().json.indented() }
    for _ in 0..<2000 {
      do {
        let workload = try Workload(
          parsing: mutator.mutation(of: samples + [samples[0], samples[0]])
        )
        XCTAssertEqual(try Workload(workload.json), workload, "seed \(seed)")
        XCTAssertFalse(workload.planText.isEmpty, "seed \(seed)")
      } catch {
        XCTAssertFalse(error.problems.isEmpty, "seed \(seed)")
      }
    }
  }

  func testValue_isNotShown_whenItMayBeASecret() throws {
    let text = Self.shop.replacing(
      "\"data\"",
      with: "\"headers\": {\"X-Api-Key\": \"geheim\\n\"}, \"data\""
    )
    let error = try XCTUnwrap(Self.error(text))
    XCTAssertTrue(error.contains("headers.X-Api-Key: what stands there is not valid"), error)
    XCTAssertFalse(error.contains("geheim"), error)
  }

  func testDecodingError_saysWhatIsWrong() throws {
    let data = Data(Self.shop.replacing("\"pay\": 1", with: "\"pya\": 1").utf8)
    XCTAssertThrowsError(try JSONDecoder().decode(Workload.self, from: data)) { error in
      guard case DecodingError.dataCorrupted(let context) = error else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual(
        context.debugDescription,
        "steps[0].mix.pya: there is no operation or sequence \"pya\"; did you mean pay?; there are "
          + "pay, search"
      )
    }
  }

  func testUnreadableFile_isNamedWithTheReason() throws {
    let directory = try TemporaryDirectory()
    let cases = [
      ("\(directory.path)/none.json", "there is no such file"),
      (directory.path, "it is no regular file"),
    ]
    for (path, reason) in cases {
      XCTAssertThrowsError(try WorkloadFile(path: path)) { error in
        XCTAssertEqual("\(error)", "\(path): \(reason)")
      }
    }
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    replacingOccurrences(of: part, with: other)
  }
}
