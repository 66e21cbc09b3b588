import EventIO

/// What the held streams scenario is judged by.
struct HeldStreamsJudge: ScenarioJudge {
  typealias Holding = SessionChurnCourse.Holding

  /// As with sessions: half of 4 KiB a stream, and of one thing in a hundred.
  let rules = [
    Rule(.streamsRefused, 0, refused),
    Rule(.failuresBesideStreams, 0) { failures($0, $1.aggregate) },
    Rule(.brokenStreamBytes, 2_048, memory), rule(.brokenStreamDescriptors, .descriptors),
    rule(.brokenStreamProcesses, .processes), rule(.brokenStreamThreads, .threads),
    Rule(.unaccountedAttempts, 0),
  ]

  /// The load beside the streams, which sets its own pace.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    ComparedPart(steps: [StepName.besideStreams], isPaced: true)
  }

  private static func rule(_ metric: Threshold.Metric, _ holding: Holding) -> Rule {
    Rule(metric, 0.5) { count($0, $1, holding) }
  }

  private static func course(_ analysis: RecordingAnalysis) -> SessionChurnCourse {
    SessionChurnCourse(analysis, counting: [OperationName.brokenStream])
  }

  private static func stretches(_ course: SessionChurnCourse) -> [SessionChurnCourse.Stretch] {
    course.stretches.filter { $0.step.hasSameBytes(as: StepName.breaking) }
  }

  // MARK: Verdicts

  private static func refused(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let aggregate = analysis.aggregate
    let filter = Aggregate.Filter(operation: OperationName.heldStream)
    let outcomes = aggregate.requests(filter)
    let n = outcomes.values.reduce(0, +)
    guard n > 0 else { return .unknown(threshold, "no stream was held") }
    if let cut = cutShort(aggregate) { return .unknown(threshold, cut) }
    let refused = n - (outcomes[.success] ?? 0)
    let ended =
      refused == 0 || analysis.scenario.network.era == .modern
      ? []
      : try analysis.samples {
        $0.operation == OperationName.heldStream && $0.attempt.httpStatus == 404
      }
    if !ended.isEmpty {
      return .unknown(
        threshold,
        "the sessions of \(ended.count.grouped) of \(n.grouped) streams had ended (404) before these were opened: let "
          + "the server's idle time be longer than the steps before them"
      )
    }
    let most = aggregate.mostOften(filter)
    return .count(
      threshold,
      Double(refused),
      n: n,
      refused == 0
        ? "all \(n.grouped) streams were held at the same time"
        : "\(refused.grouped) of \(n.grouped) streams that were to be held were refused or broken"
          + (most.map { ", \($0)" } ?? "")
    )
  }

  /// That the server ended most streams long before they were to be given up, so that few were there at the same
  /// time; nil where they stood.
  private static func cutShort(_ aggregate: Aggregate) -> String? {
    let filter = Aggregate.Filter(operation: OperationName.heldStream, outcomes: [.success])
    guard let median = aggregate.latency(filter).value(atQuantile: 0.5),
      let beside = aggregate.window.slices.first(where: { $0.step == StepName.besideStreams }),
      median * 2 < beside.end - beside.start
    else { return nil }
    let n = aggregate.requests(filter)[.success] ?? 0
    return "\(n.grouped) streams were accepted, and the server ended half of them within "
      + "\(NumberText.time(median)): too early to be held at the same time"
  }

  /// A count and no share: held streams are few calls a second, of which a starved machine makes none fail.
  private static func failures(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let filter = Aggregate.Filter(
      step: StepName.besideStreams,
      operation: OperationName.list
    )
    let outcomes = aggregate.requests(filter)
    let n = outcomes.values.reduce(0, +)
    guard n > 0 else { return .unknown(threshold, "nothing was asked beside the streams") }
    let failed = n - (outcomes[.success] ?? 0)
    return .count(
      threshold,
      Double(failed),
      n: n,
      "\(NumberText.grouped(failed)) of \(NumberText.grouped(n)) calls beside the streams failed"
        + (failed == 0 ? "" : aggregate.mostOften(filter).map { ", \($0)" } ?? "")
    )
  }

  private static func memory(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let course = course(analysis)
    if let reason = course.reasonUnknown(.memory) { return .unknown(threshold, reason) }
    guard let kept = course.kept(after: 1, over: stretches(course)) else {
      return .unknown(
        threshold,
        "memory was read after too few rounds of broken streams: a longer run has more"
      )
    }
    return .kept(
      threshold,
      kept,
      "of \(NumberText.grouped(kept.sessions)) streams that clients broke",
      doubt: course.doubtByCollector(of: kept)
    )
  }

  private static func count(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis,
    _ holding: Holding
  ) -> Verdict {
    let course = course(analysis)
    if let reason = course.reasonUnknown(holding) { return .unknown(threshold, reason) }
    let n = Int(stretches(course).map(\.sessions).reduce(0, +).rounded())
    guard n > 0, let growth = course.growth(holding, fromRest: 1, to: 2) else {
      return .unknown(threshold, "not all the steps that this needs were run")
    }
    return .count(
      threshold,
      max(0, growth) / Double(n) * 100,
      n: n,
      "\(holding.counted(max(0, growth))) more than before, after "
        + "\(NumberText.grouped(n)) streams that clients broke"
    )
  }

  // MARK: Report

  /// What a held stream costs; nil where that is not known.
  private static func cost(_ holding: Holding, _ analysis: RecordingAnalysis) -> Double? {
    let course = course(analysis)
    let held = analysis.aggregate.requests(
      Aggregate.Filter(operation: OperationName.heldStream, outcomes: [.success])
    )[.success]
    guard let held, held > 0, cutShort(analysis.aggregate) == nil,
      let name = course.sources[holding],
      let before = course[StepName.rest(0)]?.held[holding],
      let slice = analysis.aggregate.window.slices.first(where: {
        $0.step == StepName.besideStreams
      }),
      let most = analysis.metrics.timeline(name, from: slice.start, until: slice.end)
        .map(\.value).max()
    else { return nil }
    return (most - before) / Double(held)
  }

  func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    let course = Self.course(analysis)
    var section = ReportSection(
      "Event streams",
      "of each",
      columns: ["stream", "n", "bytes", "descriptors", "processes", "threads"]
    )
    func add(_ name: String, _ n: Int, _ value: (Holding) -> Double?) {
      guard n > 0 else { return }
      section.addRow(
        [.text(name), .count(n), .optional(value(.memory)) { .number($0.rounded()) }]
          + [.descriptors, .processes, .threads].map { .optional(value($0)) { .graded($0) } }
      )
    }
    let held = analysis.aggregate.requests(Aggregate.Filter(operation: OperationName.heldStream))
    add("held", held.values.reduce(0, +)) { Self.cost($0, analysis) }
    let broken = Int(Self.stretches(course).map(\.sessions).reduce(0, +).rounded())
    add("left behind by one that was broken", broken) { holding in
      holding == .memory
        ? course.kept(after: 1, over: Self.stretches(course))?.bytes
        : course.growth(holding, fromRest: 1, to: 2).map { $0 / Double(max(1, broken)) }
    }
    if !held.isEmpty {
      section.addNote(
        "held: the most while streams were open, minus what was held before, when the clients' sessions and "
          + "connections were already open"
      )
    }
    let medians = [StepName.withoutStreams, StepName.besideStreams].map { step in
      analysis.aggregate.latency(Aggregate.Filter(step: step, outcomes: [.success]))
        .value(atQuantile: 0.5)
    }
    if let alone = medians[0], let beside = medians[1] {
      section.addNote(
        "tools/list took \(NumberText.time(alone)) in the median without streams and "
          + "\(NumberText.time(beside)) beside them"
      )
    }
    return [section]
  }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    let course = Self.course(analysis)
    var figures: [String: Double] = [:]
    figures["held_stream_bytes"] = Self.cost(.memory, analysis)
    figures["held_stream_descriptors"] = Self.cost(.descriptors, analysis)
    figures["held_stream_threads"] = Self.cost(.threads, analysis)
    figures["broken_stream_bytes"] = course.kept(after: 1, over: Self.stretches(course))?.bytes
    return figures
  }

  // MARK: Picture

  /// Memory over the whole run, in which both the streams that are held and what broken ones leave can be seen.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    guard let name = Self.course(analysis).sources[.memory] else { return nil }
    let time = TimeChart(analysis.aggregate)
    let values = analysis.metrics.timeline(
      name,
      from: analysis.aggregate.window.start,
      until: time.end
    )
    guard values.count > 1 else { return nil }
    let points = values.map { (x: time.seconds($0.at), y: $0.value / 1_048_576) }
    return time.chart(
      "Memory of the server",
      "Streams are held first; then others are opened and broken.",
      .linear("MiB, not from 0", points.map(\.y)),
      [SVGChart.Series("memory", style: "s0", .steps(points))]
    )
  }
}
