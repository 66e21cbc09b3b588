import EventIO

/// `report.txt` and `report.html`: a scenario for people, in plain text and as a page with pictures.
///
/// The same recording gives the same bytes.
struct ScenarioReport: Sendable {
  let analysis: RecordingAnalysis
  let summary: ScenarioSummary

  /// What the scenario's judge has to say, and its picture.
  private let own: [ReportSection]
  private let picture: SVGChart?

  /// Lays a report out.
  init(
    _ analysis: RecordingAnalysis,
    _ summary: ScenarioSummary,
    sections: [ReportSection] = [],
    picture: SVGChart? = nil
  ) {
    self.analysis = analysis
    self.summary = summary
    self.own = sections
    self.picture = picture
  }

  var aggregate: Aggregate { analysis.aggregate }

  /// The plain text, which ends with the verdicts: a terminal shows the end.
  var text: String {
    var document = document
    document.sections =
      [throughput, aggregate.window.hasSteps ? steps : latency, operations].compactMap(\.self)
      + own.filter { !$0.isRuled } + [outcomes]
      + [processes, server(besides: processes), generators, validity].compactMap(\.self)
      + [verdicts("Verdicts")] + own.filter(\.isRuled)
    return TextPage(document).text
  }

  /// The page, which begins with the verdicts.
  var html: String {
    let pictures = ReportPictures(analysis)
    var scenario = ReportSection("Scenario")
    scenario.add(
      .tiles([picture].compactMap { $0.map { .picture($0) } } + own.map { .section($0) })
    )
    var latency = ReportSection("Latency")
    if let steps = pictures.time.steps { latency.addNote("Steps by number: \(steps).") }
    let overTime = [pictures.heatMap, pictures.percentiles].compactMap(\.self)
    latency.add(.tiles((overTime + pictures.latency).map { .picture($0) }))
    latency.add(latencies)
    latency.add(.notes(latencyNotes))
    var course = ReportSection("Over time")
    if let worst = summary.worstSecond {
      course.addNote(worst.text.prefix(1).asciiUppercased() + worst.text.dropFirst() + ".")
    }
    course.add(.tiles((pictures.course + pictures.server).map { .picture($0) }))
    var unchecked = ReportSection("Validity")
    unchecked.addNote("No check was made.")
    var document = document
    document.sections =
      [
        verdicts("Thresholds"), validity ?? unchecked, scenario, latency, course,
      ] + [processes, server(besides: processes), generators].compactMap(\.self)
      + [outcomes, configuration]
    return HTMLPage(document).text
  }

  /// What is the same for all readers.
  private var document: Document {
    let counts = [Verdict.Outcome.fail, .inconclusive, .pass].compactMap { outcome in
      let count = summary.verdicts.count { $0.outcome == outcome }
      return count > 0 ? "\(count) \(outcome.rawValue)" : nil
    }
    let title = ScenarioName(rawValue: summary.scenario)?.title ?? analysis.scenario.title
    var document = Document(
      title: String(title.prefix(1)) + title.dropFirst().asciiLowercased(),
      result: summary.badge
    )
    let network = analysis.scenario.network.kind.rawValue
    document.summary = "Thresholds: \(counts.isEmpty ? "none" : counts.joined(separator: ", "))"
    document.origin = [summary.testID, summary.started, "\(network) network"]
    document.problems = summary.problems
    document.keys = requests + rate + percentiles
    document.banner = Document.Banner(title: "LOAD TEST RESULTS", fields: head)
    return document
  }

  // MARK: Head

  private var head: [ReportSection.Field] {
    let scenario = analysis.scenario
    let network = scenario.network
    let left = aggregate.totals[.warmup]?.values.reduce(0, +) ?? 0
    return [
      .init("Test ID", summary.testID), .init("Scenario", summary.scenario),
      .init(
        "Duration",
        "\(NumberText.oneDecimal(aggregate.window.seconds()))s"
          + (left == 0
            ? ""
            : " (\(NumberText.grouped(left)) requests of a warm-up of "
              + "\(NumberText.oneDecimal(scenario.warmUpSeconds))s left out)")
      ),
      .init("Load", load),
      .init(
        "Network",
        "\(network.kind.rawValue): \(network.server)"
          + (network.details["address"].map { " at \($0)" } ?? "")
          + (network.details["server"].map { " (\($0))" } ?? "")
          + (network.details["proxy"].map { " through the proxy \($0)" } ?? "")
          + (network.details["tls"].map { ", \($0)" } ?? "")
          + (network.details["protocol"].map { ", \($0)" } ?? "")
      ),
      .init("Target", network.target + (network.details["sshd"].map { " (\($0))" } ?? "")),
    ] + (network.probe.map { [.init("Probe", Self.words(of: $0))] } ?? []) + [
      .init("Verdict", verdict)
    ]
  }

  private var load: String {
    let connections = analysis.scenario.connections?.words.map { ", \($0)" } ?? ""
    return "\(NumberText.counted(analysis.scenario.workers, "worker")), \(arrivals)\(connections)"
  }

  /// When requests were planned.
  var arrivals: String {
    let scenario = analysis.scenario
    if let stages = StageReport(analysis) { return "\(stages.count) stages, see Stages" }
    let isSingle = scenario.stages?.allSatisfy { $0.callsPerIteration == nil } ?? true
    return scenario.arrivalRate.map {
      "\(scenario.arrivals) arrivals, \(NumberText.plain($0)) "
        + (isSingle ? "requests" : "iterations") + "/s asked for"
    } ?? "closed loop" + (scenario.onlyStage?.pauses ?? "")
  }

  private var verdict: String {
    let words = summary.resultWords
    return switch summary.validity?.state {
    case .invalid where summary.result == .invalid:
      "INVALID: failed checks (see VALIDITY) void figures (see VERDICTS)"
    case .invalid: "\(words) (no verdict rests on the validity checks that failed, see VALIDITY)"
    case .saturated: "\(words) (SATURATED: the rate asked for was not reached)"
    case .valid, .unknown, nil: words
    }
  }

  // MARK: Throughput

  private var throughput: ReportSection {
    var section = ReportSection("Throughput")
    section.add(.fields(requests + rate))
    if let worst = summary.worstSecond { section.add(.notes([worst.text])) }
    return section
  }

  private var requests: [ReportSection.Field] {
    let requests = summary.requests
    let share = NumberText.percent(requests.successful, of: requests.total)
    return [
      .init("Total Requests", NumberText.grouped(requests.total)),
      .init("Successful", "\(NumberText.grouped(requests.successful)) (\(share))"),
      .init("Failed", NumberText.grouped(requests.failed)),
    ] + (summary.unknownSessions.map { [.init("Unknown session", $0.text)] } ?? [])
      + (summary.iterations.map {
        [
          .init(
            "Iterations",
            "\(NumberText.grouped($0.complete)) complete, \(NumberText.grouped($0.cut)) cut"
          )
        ]
      } ?? [])
  }

  /// Steps differ on purpose: each has its own rate and latency, in the table by step.
  private var rate: [ReportSection.Field] {
    guard let average = summary.throughput.averagePerSecond else { return [] }
    let peak = summary.throughput.peakPerSecond?.grouped
    let rate = TableCell.estimated(average, aggregate.rateInterval())
    return [
      .init(
        "Requests/Second",
        "\(rate.shown) avg, \(peak ?? NumberText.none) peak"
      )
    ] + (rate.below.map { [.init("  95 % interval", "\($0) avg")] } ?? [])
  }

  private var percentiles: [ReportSection.Field] {
    var fields: [ReportSection.Field] = []
    if let latency = summary.latencyOfAllSuccesses {
      fields = [
        .init("p50 of successes", NumberText.time(latency.p50)),
        .init("p99 of successes", latency.p99Text),
      ]
    }
    if let counting = summary.latencyCountingUnanswered {
      fields.append(
        .init(
          "p99 with \(NumberText.grouped(counting.unanswered)) unanswered",
          NumberText.answeredTime(counting.p99)
        )
      )
    }
    let seconds = NumberText.oneDecimal(summary.throughput.windowSeconds)
    return fields + [.init("Measured", "\(seconds) s")]
  }
}
