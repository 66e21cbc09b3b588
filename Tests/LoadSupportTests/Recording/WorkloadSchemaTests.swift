import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// The schema and the decoder take the same files.
final class WorkloadSchemaTests: XCTestCase {
  private static let path = SourceFile.package + "/docs/workload.schema.json"

  /// A file with all that there is, or nearly.
  private static let whole = """
    {"$schema":"x","name":"shop","title":"Shop","needs":[],"workers":10,"held_sessions":[0,4],
     "headers":{"X-A":"b"},"data":{"users":{"file":"u.csv","order":"random","at_end":"stop"},"w":"w.csv"},
     "operations":{
       "search":{"tool":"search","arguments":{"q":[1,null]},"headers":{"X-B":"c"},
         "expect":{"exit_status":[0,1],"fields":{"/a":"ok"},"text":["a","b"],"no_text":"c","max_bytes":65536},
         "capture":{"id":"/structuredContent/id"}},
       "list":{"method":"tools/list","params":{"cursor":"x"}},"df":{"command":"df -h","timeout":"5m","progress":true,"cancel_after":"1s"},"open":{"do":"connect"}},
     "sequences":{"buy":["search",{"pause":"1s"},{"pause":{"uniform":["1ms",1]}}]},
     "setup":["open"],"teardown":["list"],
     "steps":[
       {"name":"peak","warm_up":"2s","length":"30s","mix":["search"],"workers":5,"rate":[0,10],
        "arrivals":"poisson","first_worker":0,"link":2222,"shares_session":true},
       {"length":60,"iterations":3,"mix":{"buy":1.5},"workers":[1,5],"think_time":{"exponential":"200ms"},"pace":"1s"},
       {"groups":[{"name":"g","mix":["list"],"stages":[{"name":"s","length":"1m30s","workers":2}]}]}],
     "thresholds":[{"metric":"p99_ms","limit":200,"of":"search","as":"success","step":"peak",
       "last":"10s","abort":true}]}
    """

  /// What stands at paths of that file instead: what both refuse.
  private static let invalid: [(String, String)] = [
    ("name", "7"), ("name", #""a b""#), ("name", #""""#), ("name", #"".x""#), ("name", #""x\n""#),
    ("nam", "1"), ("title", #""""#), ("title", "null"), ("needs", #"["gold"]"#), ("needs", "true"),
    ("workers", "0"), ("workers", "1.5"), ("workers", #""10""#), ("workers", "100001"),
    ("held_sessions", "[1]"), ("held_sessions", "-1"), ("held_sessions", "[0,1,2]"),
    ("headers", "[]"), ("headers.X-A", "1"), ("headers.X-A", #""a\r\nb""#),
    ("headers.X A", #""b""#),
    ("data.users", "1"), ("data.users.file", #""/etc/passwd""#), ("data.users.file", #""a/../b""#),
    ("data.users.order", #""any""#), ("data.w", #""..""#), ("data.1", #""x""#),
    ("data.users.a", "1"),
    ("operations", "{}"), ("operations.df", "{}"), ("operations.df.tool", #""x""#),
    ("operations.df.arguments", "{}"), ("operations.open.do", #""nothing""#),
    ("operations.df.command", #""""#), ("operations.list.method", #""initialize""#),
    ("operations.list.method", #""notifications/x""#), ("operations.list.params", "[]"),
    ("operations.search.expect.exit_status", "[]"), ("operations.search.expect.exit_status", "0.5"),
    ("operations.search.expect.text", #"[""]"#), ("operations.search.expect.max_bytes", "0"),
    ("operations.search.expect.fields", #"{"a":1}"#), ("operations.search.capture.id", #""/~2""#),
    ("operations.search.capture.worker", #""/a""#), ("operations.search.capture.a-b", #""/a""#),
    ("sequences.buy", "[]"), ("sequences.buy[1]", "{}"), ("sequences.buy[1].pause", #""soon""#),
    ("sequences.buy[2].pause", "{}"), ("sequences.buy[2].pause.exponential", "1"),
    ("sequences.buy[2].pause.uniform", "[1]"), ("setup", #""open""#), ("setup[0]", "1"),
    ("steps", "[]"), ("steps", "{}"), ("steps[0]", "{}"), ("steps[0].warm_up", #""2 s""#),
    ("steps[0].length", #""1s1m""#), ("steps[0].length", "0.05"), ("steps[0].length", "-1"),
    ("steps[0].length", "86401"), ("steps[0].mix", "[]"), ("steps[0].mix", "{}"),
    ("steps[0].mix", #"{"a":-1}"#), ("steps[0].mix", #""search""#), ("steps[0].rate", "0"),
    ("steps[0].rate", "1e7"), ("steps[0].rate", "[1]"), ("steps[0].rate", #"[1,"2"]"#),
    ("steps[0].arrivals", #""bursts""#), ("steps[1].iterations", "0"), ("steps[0].link", "65536"),
    ("steps[0].first_worker", "-1"), ("steps[0].shares_session", "1"),
    ("steps[0].groups", #"[{"mix":["a"]}]"#),
    ("steps[0].stages", "[{}]"), ("steps[1].stages", "[{}]"), ("steps[1].workers", "[1]"),
    ("steps[1].pace", "[]"), ("steps[1].think_time", "{}"), ("steps[2].groups", "[]"),
    ("steps[2].rate", "1"), ("steps[2].workers", "[1,2]"), ("steps[2].workers", "1"),
    ("steps[2].groups[0].stages", "[]"), ("steps[2].groups[0].stages[0].groups", "1"),
    ("steps[2].groups[0].length", "1"), ("steps[2].groups[0].workers", "[1,2]"),
    ("thresholds[0].metric", "1"), ("thresholds[0].limit", #""200""#), ("thresholds[0].each", "1"),
    ("thresholds[0].last", "0.9"), ("thresholds[0].abort", "1"), ("thresholds[0].p", "1"),
  ]

  /// What both take.
  private static let valid: [(String, String)] = [
    ("name", #""A.b-c_9""#), ("needs", #"["ssh_sessions"]"#), ("workers", "1e2"),
    ("workers", "100000"),
    ("held_sessions", "3"), ("data.users", #""dir/u..csv""#), ("operations.df.expect", "{}"),
    ("operations.open.do", #""fresh_connect""#), ("operations.list", #"{"method":"prompts/get"}"#),
    ("operations.search.expect.exit_status", "0"), ("operations.search.expect.text", #""EUR""#),
    ("operations.search.expect.fields", #"{"":{"a":[]}}"#), ("operations.é", #"{"tool":"é"}"#),
    ("sequences.buy[1].pause", #"{"exponential":".5s"}"#), ("sequences", "{}"), ("setup", "[]"),
    ("steps[0].warm_up", #""1h1m1s1ms""#), ("steps[0].length", #""90""#), ("steps[0].rate", "0.1"),
    ("steps[0].rate", "[10,0]"), ("steps[0].mix", #"{"a":0,"b":2}"#),
    ("steps[1].workers", "20"), ("steps[2].length", "90"),
    ("steps[2].groups[0].stages[0].rate", "[0,1]"), ("steps[2].groups[0].workers", "3"),
    ("steps[2].groups[0]", #"{"mix":["a"],"rate":5}"#),
    ("steps[2]", #"{"mix":["a"],"workers":5,"stages":[{"length":1},{"length":"2s"}]}"#),
    ("steps[2].groups[0].stages", #"[{"workers":[0,5]}]"#), ("thresholds", "[]"),
  ]

  private static func isRead(_ json: JSONValue) -> Bool {
    var problems: [WorkloadError.Problem] = []
    return WorkloadForm.workload.read(json, [], &problems) != nil
  }

  func testSchema_refusesWhatTheDecoderRefuses() throws {
    let whole = try JSONValue(parsing: Self.whole.utf8)
    for (path, text) in Self.invalid {
      let json = whole.replacing(path, try JSONValue(parsing: text.utf8))
      XCTAssertFalse(Self.isRead(json), "decoder takes \(path): \(text)")
      XCTAssertFalse(SchemaReader.accepts(json, Workload.schema), "schema takes \(path): \(text)")
    }
  }

  func testSchema_takesWhatTheDecoderTakes() throws {
    let whole = try JSONValue(parsing: Self.whole.utf8)
    for (path, text) in Self.valid + [("name", #""shop""#)] {
      let json = whole.replacing(path, try JSONValue(parsing: text.utf8))
      XCTAssertTrue(Self.isRead(json), "decoder refuses \(path): \(text)")
      XCTAssertTrue(SchemaReader.accepts(json, Workload.schema), "schema refuses \(path): \(text)")
    }
  }

  func testSchema_takesWhatTheDecoderTakes_whenFilesAreChangedAtRandom() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededRandom(seed: seed)
    var taken = 0
    for _ in 0..<200 {
      let json = random.workload().json
      let changed = json.changed(by: &random)
      XCTAssertTrue(SchemaReader.accepts(json, Workload.schema), "seed \(seed)")
      guard Self.isRead(changed) else { continue }
      taken += 1
      XCTAssertTrue(
        SchemaReader.accepts(changed, Workload.schema),
        "seed \(seed): \(String(decoding: changed.encoded, as: UTF8.self))"
      )
    }
    XCTAssertGreaterThan(taken, 9, "seed \(seed)")
  }

  func testFile_isTheSchema() throws {
    XCTAssertEqual(
      try String(contentsOfFile: Self.path, encoding: .utf8),
      String(decoding: Workload.schema.indented(), as: UTF8.self),
      "docs/workload.schema.json is not what the code gives; write it anew with WRITE_SCHEMA=1 "
        + "swift test --filter WorkloadSchemaTests"
    )
  }

  override class func setUp() {
    guard ProcessInfo.processInfo.environment["WRITE_SCHEMA"] == "1" else { return }
    try? Data(Workload.schema.indented()).write(to: URL(fileURLWithPath: path))
  }
}

extension JSONValue {
  /// The value with another at a path such as `steps[0].rate`, which need not be there.
  fileprivate func replacing(_ path: String, _ value: JSONValue) -> JSONValue {
    let words = path.split { $0 == "." || $0 == "[" || $0 == "]" }.map(String.init)
    return replacing(words[...], value)
  }

  private func replacing(_ path: ArraySlice<String>, _ value: JSONValue) -> JSONValue {
    guard let key = path.first else { return value }
    switch self {
    case .array(var elements):
      let index = Int(key) ?? 0
      elements[index] = elements[index].replacing(path.dropFirst(), value)
      return .array(elements)
    case .object(let members):
      let new = Member(key, (self[key] ?? [:]).replacing(path.dropFirst(), value))
      return .object(
        self[key] == nil ? members + [new] : members.map { $0.key == key ? new : $0 }
      )
    default: return JSONValue.object([]).replacing(path, value)
    }
  }

  /// The value with one thing inside it left out, renamed or replaced.
  fileprivate func changed(by random: inout SeededRandom) -> JSONValue {
    let isHere = Int.random(in: 0..<4, using: &random) == 0
    switch self {
    case .object(var members) where !isHere && !members.isEmpty:
      let index = Int.random(in: members.indices, using: &random)
      let (key, value) = (members[index].key, members[index].value)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: members.remove(at: index)
      case 1: members[index] = Member(key + "s", value)
      default: members[index] = Member(key, value.changed(by: &random))
      }
      return .object(members)
    case .array(var elements) where !isHere && !elements.isEmpty:
      let index = Int.random(in: elements.indices, using: &random)
      elements[index] = elements[index].changed(by: &random)
      return .array(elements)
    default: return random.json(1)
    }
  }
}
