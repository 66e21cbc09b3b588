/// What the sustained load scenario is judged by.
struct SustainedLoadJudge: ScenarioJudge {
  let rules = [
    Rule(.successRate, 0.99),
    // Connects are left out: those that fill the pool are logins, at the price of their CPU time.
    Rule(.p99Milliseconds, 500) {
      .quantile(0.99, $0, $1.aggregate, Aggregate.Filter(operations: commands($1)))
    },
    Rule(.memoryGrowthOverLimit, 1, memory),
    Rule(.descriptorGrowth, 0, descriptors),
    Rule(.sessionsLeftBehind, 0) { .leftBehind($0, ServerMetricName.sessionsActive, $1) },
    Rule(.threadsLeftBehind, 0) { .leftBehind($0, ServerMetricName.threads, $1) },
    Rule(.latencyDegradation, 1.5, latency),
    Rule(.throughputRetained, 0.7) { throughput($0, $1.aggregate) },
    Rule(.unaccountedAttempts, 0),
  ]

  let judgesDrift = true

  /// The operations that run commands, whatever these are called.
  private static func commands(_ analysis: RecordingAnalysis) -> [String] {
    analysis.scenario.commandNames.sorted()
  }

  /// The kinds of operations, and the share that each is to have.
  private static func shares(
    _ analysis: RecordingAnalysis
  ) -> [(kind: String, operations: [String], wanted: Double)] {
    [
      ("commands", commands(analysis), 0.7), ("connect", [OperationName.connect], 0.2),
      ("disconnect", [OperationName.disconnect], 0.1),
    ]
  }

  func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    [mix(analysis), trends(analysis)]
  }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    var figures: [String: Double] = [:]
    for (kind, share) in Self.reached(analysis) { figures["share_\(kind)"] = share }
    figures["memory_growth_bytes_per_request"] =
      LeakTrend(analysis)?.bytesPerRequest
    return figures
  }

  // MARK: Report

  private static func reached(_ analysis: RecordingAnalysis) -> [(kind: String, share: Double)] {
    let aggregate = analysis.aggregate
    let total = Double(aggregate.requests().values.reduce(0, +))
    guard total > 0 else { return [] }
    return shares(analysis).map { kind, operations, _ in
      let count = operations.map {
        aggregate.requests(Aggregate.Filter(operation: $0)).values.reduce(0, +)
      }
      return (kind, Double(count.reduce(0, +)) / total)
    }
  }

  private func mix(_ analysis: RecordingAnalysis) -> ReportSection {
    let aggregate = analysis.aggregate
    var section = ReportSection("Mix", columns: ["kind", "wanted", "reached"])
    for (share, reached) in zip(Self.shares(analysis), Self.reached(analysis)) {
      section.addRow([
        .text(share.kind), .percent(share.wanted), .percent(reached.share),
      ])
    }
    let upkeep = [OperationName.openSession, OperationName.closeSession].map { name in
      aggregate.requests(Aggregate.Filter(operation: name)).values.reduce(0, +)
    }
    section.addNote(
      "in addition, \(NumberText.grouped(upkeep[1])) sessions were given back at a worker's upper limit and "
        + "\(NumberText.grouped(upkeep[0])) opened at its lower limit"
    )
    return section
  }

  private func trends(_ analysis: RecordingAnalysis) -> ReportSection {
    var section = ReportSection(
      "Trend",
      "first to last scrape under load",
      columns: ["gauge", "first", "last", "peak"]
    )
    let window = analysis.aggregate.window
    for gauge in [
      ServerMetricName.memory, ServerMetricName.openDescriptors, ServerMetricName.threads,
      ServerMetricName.sessionsActive,
      ServerMetricName.poolActive, ServerMetricName.poolIdle,
    ] {
      let values = analysis.metrics.timeline(gauge, from: window.start, until: window.end)
      guard let first = values.first, let last = values.last else {
        section.addRow([.text(gauge), .absent(NumberText.notReported), .absent(""), .absent("")])
        continue
      }
      let peak = values.map(\.value).max() ?? last.value
      section.addRow(
        [.text(gauge)] + [first.value, last.value, peak].map { TableCell.metric(gauge, $0) }
      )
    }
    if let trend = LeakTrend(analysis) {
      section.addNote("memory: \(trend.finding.rawValue): \(trend.explanation)")
    }
    return section
  }

  // MARK: Leaks

  private static func memory(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    guard let trend = LeakTrend(analysis) else {
      return .unknown(threshold, "the server does not report \(ServerMetricName.memory)")
    }
    let growth = trend.bytesPerRequest.flatMap { growth in trend.limit.map { growth / $0 } }
    let outcome: Verdict.Outcome =
      switch trend.finding {
      case .inconclusive: .inconclusive
      case .plateau: .pass
      case .ok, .warn, .leak: growth ?? .infinity <= threshold.limit ? .pass : .fail
      }
    return Verdict(
      threshold,
      outcome,
      value: growth,
      n: trend.samples,
      detail: (trend.finding == .inconclusive ? "" : "\(trend.finding.rawValue): ")
        + trend.explanation
    )
  }

  /// Descriptors are compared at equal numbers of pooled connections, of which each has some.
  private static func descriptors(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict
  {
    let window = analysis.aggregate.window
    let third = (window.end - window.start) / 3
    func timeline(_ name: String) -> [Int64: Double] {
      Dictionary(
        analysis.metrics.timeline(name, from: window.start, until: window.end)
          .map { ($0.at, $0.value) },
        uniquingKeysWith: { $1 }
      )
    }
    let open = timeline(ServerMetricName.openDescriptors)
    guard !open.isEmpty else {
      return .unknown(threshold, "the server does not report \(ServerMetricName.openDescriptors)")
    }
    let busy = timeline(ServerMetricName.poolActive)
    let idle = timeline(ServerMetricName.poolIdle)
    // Where the server does not tell of its pool, all scrapes are taken to be alike.
    let isTold = !busy.isEmpty || !idle.isEmpty
    var first: [Double: [Double]] = [:]
    var last: [Double: [Double]] = [:]
    for (at, count) in open {
      let pooled = (busy[at] ?? 0) + (idle[at] ?? 0)
      if at < window.start + third { first[pooled, default: []].append(count) }
      if at >= window.end - third { last[pooled, default: []].append(count) }
    }
    // The number of connections that both thirds have seen most often, the highest of several.
    let common = first.compactMap { pooled, counts in
      last[pooled].map { (min(counts.count, $0.count), pooled) }
    }.max(by: <)?.1
    guard let common, let before = first[common], let after = last[common], before.count > 1,
      after.count > 1
    else {
      return .unknown(
        threshold,
        "first and last third have too few scrapes"
          + (isTold ? " at the same number of pooled connections" : "")
      )
    }
    let growth = Self.median(after) - Self.median(before)
    return .count(
      threshold,
      max(0, growth),
      n: before.count + after.count,
      (isTold ? "at \(NumberText.plain(common)) pooled connections " : "")
        + "\(NumberText.plain(Self.median(before))) were open"
        + (isTold ? "" : " (the server does not tell of its pool)")
        + " in the first third and \(NumberText.plain(Self.median(after))) in the last"
    )
  }

  private static func median(_ values: [Double]) -> Double {
    values.sorted()[(values.count - 1) / 2]
  }

  // MARK: Degradation

  /// What a shorter run shows is its beginning: sessions being opened, the pool filling.
  private static let shortestSeconds = 60.0

  private static func isTooShort(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict? {
    guard aggregate.window.seconds() < shortestSeconds else { return nil }
    return .unknown(
      threshold,
      "comparing the last third of a run with its first needs at least "
        + "\(NumberText.plain(shortestSeconds)) s"
    )
  }

  private static func latency(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let aggregate = analysis.aggregate
    let commands = analysis.scenario.commandNames
    if let verdict = Self.isTooShort(threshold, aggregate) { return verdict }
    let thirds = aggregate.thirds.map { third in
      third.filter { commands.contains($0.key) }.values
        .reduce(into: Histogram()) { $0.merge($1) }
    }
    let n = thirds[0].count + thirds[2].count
    guard let first = thirds[0].value(atQuantile: 0.5), let last = thirds[2].value(atQuantile: 0.5),
      first > 0
    else { return .nothingMeasured(threshold) }
    let value = Double(last) / Double(first)
    return .ratio(
      threshold,
      value,
      Histogram.ratioInterval(thirds[2], over: thirds[0], atQuantile: 0.5),
      n: n,
      "p50 of commands was \(NumberText.time(first)) in the first third and "
        + "\(NumberText.time(last)) in the last"
    )
  }

  private static func throughput(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    if let verdict = Self.isTooShort(threshold, aggregate) { return verdict }
    let seconds = aggregate.successesBySecond.dropLast().map(Double.init)
    let third = seconds.count / 3
    let first = Self.blocks(seconds.prefix(third))
    let last = Self.blocks(seconds.suffix(third))
    if first.contains(where: { $0 > 0 }), last.allSatisfy({ $0 == 0 }) {
      let sentence = "nothing succeeded any more in the last third"
      return .ratio(threshold, 0, 0...0, n: aggregate.successes(), sentence)
    }
    guard let ratio = RatioOfMeans(of: last, to: first) else {
      return .unknown(threshold, "the run stalled at times, so its thirds cannot be compared")
    }
    return .ratio(
      threshold,
      ratio.ratio,
      ratio.interval,
      n: aggregate.successes(),
      "successes per second, \(first.count) and \(last.count) blocks"
    )
  }

  /// Means of up to ten blocks of equal length; neighbouring seconds are not independent.
  private static func blocks(_ values: ArraySlice<Double>) -> [Double] {
    let length = max(1, values.count / 10)
    return stride(from: values.startIndex, to: values.endIndex - length + 1, by: length).map {
      values[$0..<$0 + length].reduce(0, +) / Double(length)
    }
  }
}
