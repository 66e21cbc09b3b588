import EventIO
import Foundation
import Glibc

/// Judges recordings: reads what a run left on disk and writes figures, verdicts and reports beside
/// it.
package struct Judge: Sendable {
  package let recording: RecordingLayout
  private let overrides: ThresholdOverrides
  private let isStrict: Bool

  /// Judges the recordings of one invocation, with the scenarios' own limits or others; a strict judge
  /// lets nothing inconclusive pass.
  package init(
    _ recording: RecordingLayout,
    overrides: ThresholdOverrides = .none,
    isStrict: Bool = false
  ) {
    self.recording = recording
    self.overrides = overrides
    self.isStrict = isStrict
  }

  /// Reads a file of limits; nil gives none.
  ///
  /// - Throws: a sentence that names file, key and what would be valid.
  package static func readOverrides(_ path: String?) throws -> ThresholdOverrides {
    guard let path else { return .none }
    let file = "the file of limits \"\(path)\" (--thresholds, LOADTEST_THRESHOLDS)"
    guard let text = FileManager.default.contents(atPath: path) else {
      throw ThresholdError(
        "\(file) is not valid: \(WorkloadFile.reason(unreadable: path))"
      )
    }
    do {
      return try ThresholdOverrides(
        parsing: limits.parse(text),
        scenarios: ScenarioName.judges.mapValues(\.thresholds),
        others: WorkloadJudge().thresholds
      )
    } catch let error as WorkloadError {
      throw ThresholdError(
        "\(file) is not valid; it is such as {\"command_throughput\": {\"p99_ms\": 200}}\n\(error)"
      )
    } catch {
      throw ThresholdError("\(file) is not valid: \(error)")
    }
  }

  /// What a file of limits holds: by scenarios and figures.
  private static let limits = JSONForm<Double>(
    "a number",
    .number,
    from: { $0.double },
    to: { .init(floatLiteral: $0) }
  ).byName(.text("a figure")).byName(.text("a scenario"))

  /// Keeps a file of limits with a recording, which is judged by them again; nil, and one that is there, keeps none.
  ///
  /// - Throws: when it cannot be read or written.
  package static func keepOverrides(_ path: String?, in recording: RecordingLayout) throws {
    guard let path, RecordedFile.kind(of: recording.thresholds) == nil else { return }
    try ResultFile.write(Data(contentsOf: URL(fileURLWithPath: path)), to: recording.thresholds)
  }

  /// Reads the limits that a recording is judged by: those of a file, else those that it was judged by before.
  ///
  /// - Throws: as `readOverrides(_:)`.
  package static func readOverrides(
    _ path: String?,
    of recording: RecordingLayout
  ) throws -> ThresholdOverrides {
    let isKept = RecordedFile.kind(of: recording.thresholds) == S_IFREG
    return try readOverrides(path ?? (isKept ? recording.thresholds : nil))
  }

  /// What a valid workload is judged by: known before any load, as is whether it has all that they are about.
  ///
  /// - Throws: a sentence that names the limit and what there is.
  @discardableResult
  package static func limits(
    of workload: Workload,
    overrides: ThresholdOverrides = .none
  ) throws(ThresholdError) -> [Threshold] {
    let usual = ScenarioName.judge(of: workload.name).thresholds
    return try overrides.limits(of: LimitedLoad(workload), over: usual)
  }

  /// The limits of a scenario on figures that every load has, so that a copy under another name keeps them.
  package static func generalLimits(of scenario: ScenarioName) -> [Workload.Limit] {
    ScenarioName.judge(of: scenario.rawValue).thresholds.filter(\.metric.isGeneral).map {
      Workload.Limit($0.metric.rawValue, $0.limit)
    }
  }

  /// What a scenario was judged to be, as each of its files says it.
  package struct Judged: Sendable {
    /// `summary.json`.
    package let summary: ScenarioSummary

    /// `report.txt`.
    package let report: String

    /// `report.html`.
    package let html: String

    /// The files for other programs.
    let exports: ScenarioExports
  }

  /// Judges one scenario and writes its `summary.json`, `report.txt` and `report.html`.
  @discardableResult
  func judge(_ scenario: String) throws -> Judged {
    let judged = try evaluate(scenario)
    try write(judged)
    return judged
  }

  /// Judges one scenario without writing anything.
  package func evaluate(_ scenario: String) throws -> Judged {
    let judge = ScenarioName.judge(of: scenario)
    let layout = recording.scenario(scenario)
    let analysis = try RecordingAnalysis(scenario, of: recording)
    guard analysis.scenario.scenario.hasSameBytes(as: scenario) else {
      throw RecordingFormatError(
        "\(layout.header) is of \"\(analysis.scenario.scenario)\": a recording lies in a directory of its "
          + "scenario's name"
      )
    }
    let validity = Validity(analysis)
    let verdicts = try Self.verdicts(analysis, validity, overrides)
    let summary = ScenarioSummary(
      analysis,
      validity: validity,
      verdicts: verdicts,
      figures: try judge.figures(analysis)
    )
    let stages = StageReport(analysis)
    let picture = judge.picture(analysis) ?? stages?.picture
    let report = ScenarioReport(
      analysis,
      summary,
      sections: [stages?.section].compactMap(\.self) + (try judge.sections(analysis)),
      picture: picture
    )
    return Judged(
      summary: summary,
      report: report.text,
      html: report.html,
      exports: ScenarioExports(
        analysis,
        layout,
        picture: picture ?? ReportPictures(analysis).latency.first
      )
    )
  }

  /// Judges several scenarios without writing anything, and tells by their names what kept others from being
  /// judged: the loss of one is not that of all.
  ///
  /// - Throws: what is wrong with the invocation's own header, or with limits.
  package func evaluate(
    each names: [String]
  ) throws -> (judged: [Judged], damaged: [String: String]) {
    _ = try RecordingParts(of: recording)
    var judged: [Judged] = []
    var damaged: [String: String] = [:]
    for name in names {
      do {
        judged.append(try evaluate(name))
      } catch let error as ThresholdError {
        throw error
      } catch {
        damaged[name] = Failure.sentence(error)
      }
    }
    return (judged, damaged)
  }

  /// The verdicts on a recording.
  ///
  /// - Throws: what is wrong with limits for this load.
  static func verdicts(
    _ analysis: RecordingAnalysis,
    _ validity: Validity,
    _ overrides: ThresholdOverrides
  ) throws -> [Verdict] {
    try ScenarioName.judge(of: analysis.scenario.scenario)
      .verdicts(analysis, overrides.limits(of: analysis.scenario), validity)
  }

  /// Writes what a scenario was judged to be.
  package func write(_ judged: Judged) throws {
    let layout = recording.scenario(judged.summary.scenario)
    try write(Data(judged.report.utf8), to: layout.report)
    try write(Data(judged.html.utf8), to: layout.html)
    for (path, text) in judged.exports.files { try write(Data(text.utf8), to: path) }
    // Last, because its presence says that the scenario has been judged.
    try write(try RecordingJSON.encodeFile(judged.summary), to: layout.summary)
  }

  private func write(_ data: Data, to path: String) throws {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw RecordingFormatError(
        "cannot write \(path): \(Failure.reason(error)); the recording is "
          + "kept: `swift run loadtest report \(recording.directory)` judges it again"
      )
    }
  }

  /// Writes the summary over all scenarios that have been judged, for machines, for a comment on a
  /// pull request and as test cases.
  ///
  /// What a damaged scenario was once judged to be does not count. The file that GITHUB_STEP_SUMMARY names in
  /// the environment gets one more at each call.
  @discardableResult
  package func summarise(
    damaged: [String: String] = [:],
    environment: [String: String] = [:]
  ) throws -> RunSummary {
    var summaries: [ScenarioSummary] = []
    var failures = failures.merging(damaged) { noted, _ in noted }
    for name in try scenarios() where damaged[name] == nil {
      let path = recording.scenario(name).summary
      do {
        // Without the file it has not been judged yet.
        guard FileManager.default.fileExists(atPath: path) else { continue }
        let summary = try RecordingJSON.decodeFile(ScenarioSummary.self, at: path)
        guard summary.scenario.hasSameBytes(as: name) else {
          throw RecordingFormatError("it is of \"\(summary.scenario)\"")
        }
        summaries.append(summary)
      } catch {
        failures[name] =
          "\(path) cannot be read: \(Failure.reason(error)); "
          + "`swift run loadtest report \(recording.directory)` makes it anew"
      }
    }
    let summary = RunSummary(
      testID: recording.testID,
      scenarios: summaries,
      skipped: skips,
      failed: failures,
      isStrict: isStrict
    )
    try write(try RecordingJSON.encodeFile(summary), to: recording.summary)
    let markdown = MarkdownReport(summary)
    try write(Data(markdown.text.utf8), to: recording.markdown)
    try write(Data(IndexPage(summary, in: recording).text.utf8), to: recording.index)
    try write(Data(JUnitReport(summary).text.utf8), to: recording.junit)
    try write(Data(PrometheusReport(summary).text.utf8), to: recording.prometheus)
    try markdown.appendToStepSummary(environment)
    return summary
  }

  /// The scenarios of the invocation that something kept from being run, with the reason.
  package var failures: [String: String] { InvocationNotes.failed(recording).reasons }

  /// Those that the network under test is not made for, with the reason.
  package var skips: [String: String] { InvocationNotes.skipped(recording).reasons }

  /// The names of the scenarios that the invocation has a recording of, also of those whose header is
  /// missing: what tells of their load is there, or what they were once judged to be.
  package func scenarios() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: recording.directory).filter {
      let layout = recording.scenario($0)
      let isRecording =
        RecordedFile.kind(of: RecordingLayout(directory: layout.directory).runHeader) != nil
      return !isRecording
        && [layout.header, layout.events, layout.summary]
          .contains(where: FileManager.default.fileExists)
    }.sorted()
  }
}
