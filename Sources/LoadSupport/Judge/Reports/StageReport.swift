/// A report's part on stages: what was planned in each, and what came of it.
struct StageReport: Sendable {
  private let analysis: RecordingAnalysis

  private var aggregate: Aggregate { analysis.aggregate }
  private var window: MeasuredWindow { aggregate.window }

  /// Nil where the load has but one state, or steps that its judge has a table of.
  init?(_ analysis: RecordingAnalysis) {
    let window = analysis.aggregate.window
    guard !window.isSteady() || window.hasSteps && analysis.scenario.isOfOwn else { return nil }
    self.analysis = analysis
  }

  /// How many there are.
  var count: Int { names.count }

  private var names: [String?] { window.hasSteps ? window.steps : [nil] }

  /// The table, and below it what kept a stage from its plan.
  var section: ReportSection {
    var section = ReportSection(
      "Stages",
      "all operations, milliseconds, 95 % intervals below",
      columns: [
        "stage", "kind", "planned", "reached /s", "sent", "p50", "p99",
        .init("failures", isTrailing: false),
      ]
    )
    for name in names { section.addRow(row(name)) }
    for note in names.compactMap(backlog) { section.addNote(note) }
    if names.contains(where: { analysis.scenario.stage($0)?.callsPerIteration ?? 1 != 1 }) {
      section.addNote("planned are iterations, of several requests each; reached are requests")
    }
    return section
  }

  private func row(_ name: String?) -> [TableCell] {
    let all = Aggregate.Filter(step: name)
    let outcomes = aggregate.requests(all)
    let planned = outcomes.values.reduce(0, +)
    let successes = Aggregate.Filter(step: name, outcomes: [.success])
    let failures = Outcome.allCases.dropFirst().compactMap { outcome in
      outcomes[outcome].map { "\(NumberText.grouped($0)) \(outcome.rawValue)" }
    }
    let isOpen = analysis.scenario.plannedRate(name) != nil
    let unsent = (outcomes[.dropped] ?? 0) + (outcomes[.ownShortage] ?? 0)
    return [
      .quoted(name ?? "all"), .text(kind(name).rawValue),
      .optional(analysis.scenario.stage(name)) { .text($0.plan) },
      .optional(aggregate.rateInWindow(all)) {
        .estimated($0, aggregate.rateInterval(all))
      }, .optional(isOpen && planned > 0 ? planned : nil) { .share($0 - unsent, of: $0) },
    ] + aggregate.percentiles([0.5, 0.99], successes)
      + [failures.isEmpty ? .absent() : .text(failures.joined(separator: ", "))]
  }

  private func kind(_ name: String?) -> Stage.Kind {
    window.slices(of: name.map { [$0] }).first { $0.kind != .steady }?.kind ?? .steady
  }

  /// That more arrivals than there are workers to ask had come and were not answered when an open stage
  /// ended; nil where they were not.
  private func backlog(_ name: String?) -> String? {
    guard let stage = analysis.scenario.stage(name), analysis.scenario.plannedRate(name) != nil
    else { return nil }
    let planned = aggregate.requests(Aggregate.Filter(step: name)).values.reduce(0, +)
    let waiting = planned - (aggregate.answered[name] ?? 0)
    guard waiting > stage.workers else { return nil }
    return
      "at the end of \(name ?? "the load") \(NumberText.grouped(waiting)) requests were unanswered, more than "
      + "its \(NumberText.grouped(stage.workers)) workers can have in flight: SATURATED: the server does not "
      + "keep up with the rate, or there are too few workers for it"
  }

  // MARK: Picture

  /// What was planned and what was reached over time, below the names of the stages.
  var picture: SVGChart? {
    let time = TimeChart(aggregate)
    guard !time.bins.isEmpty else { return nil }
    let bin = Double(time.binNanoseconds) / 1e9
    let reached = time.points { Double($0.successes) / bin }
    let planned = planned(time)
    let greatest = (reached + planned.flatMap(\.self)).map(\.y).max() ?? 0
    let isPlanned = !planned.isEmpty
    return time.chart(
      isPlanned ? "Planned and reached" : "Reached by stage",
      "At most \(NumberText.oneDecimal(reached.map(\.y).max() ?? 0)) successes/s in "
        + "\(NumberText.plain(bin)) s"
        + (isPlanned
          ? ", of at most \(NumberText.oneDecimal(planned.flatMap { $0.map(\.y) }.max() ?? 0)) requests/s planned."
          : "; in a closed loop the server sets the rate."),
      .linear("requests/s", [0, greatest]),
      planned.enumerated().map { index, line in
        SVGChart.Series(index == 0 ? "planned" : "", style: "s1", .line(line, markers: []))
      } + [SVGChart.Series("successes", style: "s0", .steps(reached))]
    )
  }

  /// The planned requests a second of all groups together, in lines that end where a closed loop begins.
  private func planned(_ time: TimeChart) -> [[(x: Double, y: Double)]] {
    let borders = Set(window.slices.flatMap { [$0.start, $0.end] }).sorted()
    var lines: [[(x: Double, y: Double)]] = []
    var reached: Int64?
    for (from, until) in zip(borders, borders.dropFirst()) {
      let slices = window.slices.filter { $0.start <= from && $0.end >= until }
      let ends = [from, until].map { instant in
        slices.map { rate(of: $0, at: instant) }
      }
      guard !slices.isEmpty, ends.allSatisfy({ $0.allSatisfy { $0 != nil } }) else { continue }
      let points = zip([from, until], ends).map {
        (x: time.seconds(min($0, time.end)), y: $1.compactMap(\.self).reduce(0, +))
      }
      if reached == from { lines[lines.count - 1] += points } else { lines.append(points) }
      reached = until
    }
    return lines
  }

  /// The requests a second that are planned at an instant of a slice; nil in a closed loop.
  private func rate(of slice: MeasuredWindow.Slice, at instant: Int64) -> Double? {
    guard let rate = analysis.scenario.plannedRate(slice.step) else { return nil }
    let stage = analysis.scenario.stage(slice.step)
    // A run that was stopped did not get to the end of its plan.
    let length = max(stage?.seconds ?? 0, Double(slice.end - slice.start) / 1e9)
    let share = length > 0 ? Double(instant - slice.start) / 1e9 / length : 0
    return (rate.from + (rate.to - rate.from) * share) * (stage?.callsPerIteration ?? 1)
  }
}

extension Stage {
  /// What it is planned to do, in words.
  var plan: String {
    func range(_ course: Course) -> String {
      let (from, to) = (NumberText.plain(course.from), NumberText.plain(course.to))
      return course.from == course.to ? from : "\(from) to \(to)"
    }
    let load =
      rate.map { "\(range($0))/s" }
      ?? "\(busyWorkers.map(range) ?? workers.grouped) "
      + (busyWorkers == nil && workers == 1 ? "worker" : "workers")
    return load + (sharesSession == true ? " in one MCP session" : "") + (rate == nil ? pauses : "")
  }

  /// What its workers wait for besides answers, in words that begin with a comma; empty where nothing.
  var pauses: String {
    (thinkSeconds.map { ", think time \(NumberText.plain($0)) s" } ?? "")
      + (paceSeconds.map { ", pace \(NumberText.plain($0)) s" } ?? "")
  }
}
