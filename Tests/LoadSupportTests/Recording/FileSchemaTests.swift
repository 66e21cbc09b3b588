import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// Files have the keys of docs/schema, and no others.
final class FileSchemaTests: XCTestCase {
  func testFiles_areTheSchemas() throws {
    for kind in FileSchema.allCases {
      XCTAssertEqual(
        FileManager.default.contents(atPath: kind.path).map { String(decoding: $0, as: UTF8.self) },
        String(decoding: try kind.schema().indented(), as: UTF8.self),
        "\(kind.path) is not what the code gives; write it anew with WRITE_SCHEMA=1 "
          + "swift test --filter FileSchemaTests"
      )
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: FileSchema.directory)
    XCTAssertEqual(files.count, FileSchema.allCases.count)
  }

  override class func setUp() {
    guard ProcessInfo.processInfo.environment["WRITE_SCHEMA"] == "1" else { return }
    try? FileManager.default.createDirectory(
      atPath: FileSchema.directory,
      withIntermediateDirectories: true
    )
    for kind in FileSchema.allCases {
      guard let schema = try? kind.schema() else { continue }
      try? Data(schema.indented()).write(to: URL(fileURLWithPath: kind.path))
    }
  }

  /// A load over a socket, judged; and its files with any fault.
  func testRecording_isTaken_andRefusedWithAnyFault() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 2
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    let page = "# TYPE a counter\na 1\n"
    try run.recorded.write([ServerMetricsLine(.before, at: -1, page)])
    let recording = run.recorded.recording
    let judge = Judge(recording)
    try judge.judge(run.recorded.scenario.scenario)
    try judge.summarise()
    try FileSchema.assertTakes(recording)
    let layout = run.recorded.layout
    for (kind, path) in [
      (FileSchema.run, recording.runHeader), (.runSummary, recording.summary),
      (.scenario, layout.header), (.summary, layout.summary), (.event, layout.events),
      (.generator, layout.generator), (.serverMetrics, layout.serverMetrics),
      (.sample, try XCTUnwrap(layout.sampleFiles().first)),
    ] {
      try assertRefusesFaults(kind, path)
    }
  }

  private func assertRefusesFaults(_ kind: FileSchema, _ path: String) throws {
    let schema = try kind.resolved()
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let first = path.hasSuffix(".jsonl") ? data.prefix { $0 != 0x0A } : data
    let damaged = SchemaReader.damaged(try JSONValue(parsing: first), schema)
    XCTAssertGreaterThan(damaged.count, 3, path)
    for value in stride(from: 0, to: damaged.count, by: max(1, damaged.count / 60)).map({
      damaged[$0]
    }) {
      XCTAssertFalse(
        SchemaReader.accepts(value, schema),
        "\(kind): \(String(decoding: value.encoded.prefix(2_000), as: UTF8.self))"
      )
    }
  }

  /// All that a scenario's judge has to say.
  func testSummaries_areTaken_ofEveryScenario() throws {
    let recorded = try ScenarioName.allCases.map {
      try SyntheticScenario($0, meanMilliseconds: 3).recorded(seed: 11)
    }
    for recorded in recorded + [try StagedRun().recorded(), try RestartedServer().recorded()] {
      let judge = Judge(recorded.recording)
      try judge.judge(recorded.scenario.scenario)
      try judge.summarise()
      try FileSchema.assertTakes(recorded.recording)
    }
  }

  /// Lines hold all keys of the schema and no others.
  func testSamples_haveTheKeysOfTheSchema() throws {
    var random = SeededRandom(seed: 7)
    let origin = ClockOrigin(monotonicNanoseconds: 5, epochMilliseconds: 1_770_910_245_123)
    let schema = try FileSchema.sample.resolved()
    var seen: Set<String> = []
    for _ in 0..<500 {
      var line: [UInt8] = []
      SampleLine.append(random.sample(around: origin), origin: origin, to: &line)
      let value = try JSONValue(parsing: line)
      XCTAssertNil(SchemaReader.fault(value, schema))
      seen.formUnion((value.members ?? []).map(\.key))
    }
    XCTAssertEqual(seen.sorted(), (schema["properties"]?.members ?? []).map(\.key).sorted())
  }
}
