import EventIO
import Foundation

/// Where the files of an invocation lie: one directory for all, one in it for each scenario.
package struct RecordingLayout: Sendable, Equatable {
  /// `<results>/<test_id>`.
  package let directory: String

  /// Names the files below a directory; nothing is created.
  package init(directory: String) {
    self.directory = directory
  }

  /// The id of the invocation, its directory's name.
  package var testID: String { (directory as NSString).lastPathComponent }

  /// The header of the invocation.
  package var runHeader: String { directory + "/run.json" }

  /// The summary over all scenarios.
  package var summary: String { directory + "/summary.json" }

  /// The scenarios that could not be run against the network, with the reason; often there is none.
  package var skipped: String { directory + "/skipped.json" }

  /// The scenarios that something kept from being run, with the reason; often there is none.
  package var failed: String { directory + "/could_not_run.json" }

  /// The list of files and of the tests that made them.
  package var attachments: String { directory + "/attachments.json" }

  /// The summary for a comment on a pull request.
  package var markdown: String { directory + "/summary.md" }

  /// The scenarios with a picture each, as a page.
  package var index: String { directory + "/index.html" }

  /// The thresholds as test cases for CI systems.
  package var junit: String { directory + "/junit.xml" }

  /// The results as metrics for Prometheus.
  package var prometheus: String { directory + "/metrics.prom" }

  /// The file of limits that its runs were judged by, where one was given.
  package var thresholds: String { directory + "/thresholds.json" }

  /// Where invalid runs of scenarios are kept that were repeated.
  package var invalid: RecordingLayout { RecordingLayout(directory: directory + "/invalid") }

  /// Where the parts of a merged recording lie, each as its generator wrote it.
  var parts: RecordingLayout { RecordingLayout(directory: directory + "/parts") }

  /// One of them, by its index.
  func part(_ index: Int) -> RecordingLayout {
    RecordingLayout(directory: "\(parts.directory)/\(index)")
  }

  /// The recordings that lie in the directory, as those of parts do, by name and in order.
  ///
  /// - Throws: when it cannot be read, or is a link itself.
  package func heldRecordings() throws(Errno) -> [RecordingLayout] {
    try RecordedFile.directories(in: directory)
      .map { RecordingLayout(directory: "\(directory)/\($0)") }
      .filter { RecordedFile.kind(of: $0.runHeader) != nil }
  }

  /// Names of a recording's own files and directories, which no scenario can have.
  static let ownNames: [String] = {
    let own = RecordingLayout(directory: "")
    let paths = [
      own.attachments, own.failed, own.index, own.invalid.directory, own.junit, own.markdown,
      own.parts.directory, own.prometheus, own.runHeader,
      own.skipped, own.summary, own.thresholds,
    ]
    return paths.map { String(decoding: $0.utf8.dropFirst(), as: UTF8.self) }
  }()

  /// The files of one scenario.
  package func scenario(_ name: String) -> ScenarioLayout {
    ScenarioLayout(directory: directory + "/" + name)
  }
}

/// Where the files of one scenario lie.
package struct ScenarioLayout: Sendable, Equatable {
  /// `<results>/<test_id>/<scenario>`.
  package let directory: String

  /// Names the files below a directory; nothing is created.
  package init(directory: String) {
    self.directory = directory
  }

  /// What was asked for, written before the load.
  package var header: String { directory + "/scenario.json" }

  /// What happened when, a line each.
  package var events: String { directory + "/events.jsonl" }

  /// What the server's metrics said, a line a scrape.
  var serverMetrics: String { directory + "/server_metrics.jsonl" }

  /// How the load generator fared, a line a second.
  package var generator: String { directory + "/generator.jsonl" }

  /// Figures and verdicts; its presence means that the scenario was judged.
  package var summary: String { directory + "/summary.json" }

  /// The report for people.
  package var report: String { directory + "/report.txt" }

  /// The same with pictures.
  package var html: String { directory + "/report.html" }

  /// What is special to it as a picture; there is none of a run without load.
  package var picture: String { directory + "/picture.svg" }

  /// The samples of one worker, or of one loop when there are many workers.
  package func samples(_ index: Int) -> String { directory + "/w\(index).jsonl" }

  /// The course over time, a line a bin.
  package var series: String { directory + "/series.csv" }

  /// The percentile curve of an operation's successes.
  ///
  /// Bytes that not every file system takes in a name are percent-encoded, so that no two operations
  /// share a file.
  func percentiles(of operation: String) -> String {
    let name = operation.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        String(UnicodeScalar(byte))
      default: String(format: "%%%02X", Int(byte))
      }
    }
    return "\(directory)/latency_\(name.joined()).hgrm"
  }

  /// Whether a file of a name holds samples.
  static func isOfSamples(_ name: String) -> Bool {
    let number = name.dropFirst().dropLast(".jsonl".utf8.count)
    return Int(number).map { $0 >= 0 && "w\($0).jsonl".hasSameBytes(as: name) } ?? false
  }

  /// The sample files that are there, by number.
  func sampleFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory)
      .compactMap { name -> (Int, String)? in
        guard name.hasBytePrefix("w"), name.hasByteSuffix(".jsonl"),
          let index = Int(name.dropFirst().dropLast(".jsonl".count))
        else { return nil }
        return (index, directory + "/" + name)
      }
      .sorted { $0.0 < $1.0 }
      .map(\.1)
  }
}
