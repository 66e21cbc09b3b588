import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// The kinds of files that programs read of a run, each with its schema under docs/schema.
enum FileSchema: String, CaseIterable {
  case run
  case scenario
  case sample
  case event
  case generator
  case serverMetrics = "server-metrics"
  case summary
  case runSummary = "run-summary"
  case comparison
  case capacity
  case gate

  static let directory = SourceFile.package + "/docs/schema"

  var path: String { "\(Self.directory)/\(rawValue).schema.json" }

  /// What the code gives.
  func schema() throws -> JSONValue {
    func of(_ type: (some Decodable).Type, _ title: String, _ place: String) throws -> JSONValue {
      try TypeSchema.of(type, title: title, about: "What each key means is in \(place).")
    }
    let recording = "docs/recording.md"
    return switch self {
    case .run: try of(RunHeader.self, "run.json", recording)
    case .scenario: try of(ScenarioHeader.self, "scenario.json", recording)
    case .sample: try of(SampleFile.self, "A line of w*.jsonl", recording)
    case .event: try of(RunEvent.self, "A line of events.jsonl", recording)
    case .generator: try of(GeneratorLine.self, "A line of generator.jsonl", recording)
    case .serverMetrics: try of(ServerMetricsLine.self, "A line of server_metrics.jsonl", recording)
    case .summary: try of(ScenarioSummary.self, "summary.json of a scenario", recording)
    case .runSummary: try of(RunSummary.self, "summary.json of an invocation", recording)
    case .comparison: try of(ComparisonReport.self, "comparison.json", recording)
    case .capacity: try of(CapacityReport.self, "capacity.json", recording)
    case .gate: try of(GateReport.self, "gate.json", "docs/gates.md")
    }
  }

  /// A schema without references, as it is read from its file.
  private static let read: [FileSchema: JSONValue] = {
    let pairs = allCases.compactMap { kind -> (FileSchema, JSONValue)? in
      guard let data = FileManager.default.contents(atPath: kind.path),
        let schema = try? JSONValue(parsing: data)
      else { return nil }
      return (kind, SchemaReader.resolved(schema))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()

  func resolved() throws -> JSONValue { try XCTUnwrap(Self.read[self], "\(path) is missing") }

  /// Asserts that a file is valid, or a hundred of its lines.
  func assertTakes(
    _ path: String,
    file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: path), "\(path) is missing")
    let values = path.hasSuffix(".jsonl") ? data.split(separator: 0x0A) : [data[...]]
    for index in stride(from: 0, to: values.count, by: max(1, values.count / 100)) {
      let value = values[index]
      let fault = SchemaReader.fault(try JSONValue(parsing: value), try resolved())
      XCTAssertNil(fault, "\(path): \(fault ?? "")", file: file, line: line)
    }
  }

  /// Asserts that all files of a recording that has been judged are valid.
  static func assertTakes(
    _ recording: RecordingLayout,
    file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    try run.assertTakes(recording.runHeader, file: file, line: line)
    try runSummary.assertTakes(recording.summary, file: file, line: line)
    for name in try Judge(recording).scenarios() {
      let layout = recording.scenario(name)
      let lines = try layout.sampleFiles().map { (sample, $0) }
      for (kind, path) in [
        (scenario, layout.header), (event, layout.events), (generator, layout.generator),
        (serverMetrics, layout.serverMetrics), (summary, layout.summary),
      ] + lines where FileManager.default.fileExists(atPath: path) {
        try kind.assertTakes(path, file: file, line: line)
      }
    }
  }
}

/// A line of samples, which `SampleLine` writes by hand.
struct SampleFile: Decodable {
  enum Status: String, Decodable, CaseIterable {
    case success
    case error
  }

  enum Handshake: String, Decodable, CaseIterable {
    case full
    case resumed
  }

  enum Session: String, Decodable, CaseIterable {
    case unknown
  }

  let ts: Int64
  let worker: Int
  let op: String
  let latencyMs: Double
  let status: Status
  let outcome: Outcome
  let phase: Phase
  let step: String?
  let plannedNs: Int64
  let sentNs: Int64?
  let firstByteNs: Int64?
  let firstProgressNs: Int64?
  let progress: Int?
  let doneNs: Int64
  let connectNs: Int64?
  let tlsNs: Int64?
  let streamEndNs: Int64?
  let tls: Handshake?
  let sentBytes: Int64?
  let receivedBytes: Int64?
  let httpStatus: Int?
  let retryAfterS: Int?
  let errno: Int?
  let rpcCode: Int?
  let session: Session?
  let span: String?
  let foreignAnswer: Bool?
  let error: String?

  private enum CodingKeys: String, CodingKey {
    case ts
    case worker
    case op
    case latencyMs = "latency_ms"
    case status
    case outcome
    case phase
    case step
    case plannedNs = "planned_ns"
    case sentNs = "sent_ns"
    case firstByteNs = "first_byte_ns"
    case firstProgressNs = "first_progress_ns"
    case progress
    case doneNs = "done_ns"
    case connectNs = "connect_ns"
    case tlsNs = "tls_ns"
    case streamEndNs = "stream_end_ns"
    case tls
    case sentBytes = "sent_bytes"
    case receivedBytes = "received_bytes"
    case httpStatus = "http_status"
    case retryAfterS = "retry_after_s"
    case errno
    case rpcCode = "rpc_code"
    case session
    case span
    case foreignAnswer = "foreign_answer"
    case error
  }
}
