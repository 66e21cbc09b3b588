import EventIO

/// What the session churn scenario is judged by.
struct SessionChurnJudge: ScenarioJudge {
  typealias Holding = SessionChurnCourse.Holding

  /// Which sessions a rule is about.
  enum Ended: Sendable {
    /// Those that were ended by DELETE.
    case deleted

    /// Those that were left without a word, when the server's idle time is over.
    case left
  }

  /// Half of 4 KiB a session, and of one thing in a hundred: what is kept of each session or of each hundredth is
  /// beyond that, and what a server keeps once for all is not.
  let rules = [
    Rule(.successRate, 0.99), Rule(.deletedSessionBytes, 2_048) { try memory($0, $1, .deleted) },
    rule(.deletedSessionDescriptors, .descriptors, .deleted),
    rule(.deletedSessionProcesses, .processes, .deleted),
    rule(.deletedSessionThreads, .threads, .deleted),
    rule(.deletedSessionsAlive, .sessions, .deleted),
    Rule(.leftSessionBytes, 2_048) { try memory($0, $1, .left) },
    rule(.leftSessionDescriptors, .descriptors, .left),
    rule(.leftSessionProcesses, .processes, .left), rule(.leftSessionThreads, .threads, .left),
    rule(.leftSessionsAlive, .sessions, .left), Rule(.unaccountedAttempts, 0),
  ]

  /// Sessions that are opened and ended as they should be.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    ComparedPart(steps: [StepName.deleting])
  }

  private static func rule(
    _ metric: Threshold.Metric,
    _ holding: Holding,
    _ ended: Ended
  ) -> Rule {
    Rule(metric, 0.5) { try count($0, $1, holding, ended) }
  }

  // MARK: Verdicts

  private static func memory(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis,
    _ ended: Ended
  ) throws -> Verdict {
    let course = SessionChurnCourse(analysis)
    if let reason = try reasonNotToJudge(.memory, course, analysis, ended) {
      return .unknown(threshold, reason)
    }
    guard let kept = ended == .deleted ? course.keptOfDeleted : course.keptOfLeft else {
      return .unknown(
        threshold,
        "the server's memory was read too rarely to tell what a session leaves"
      )
    }
    return .kept(
      threshold,
      kept,
      words(ended, kept.sessions),
      hours: hours(kept.bytes, analysis),
      doubt: course.doubt(of: kept, deleted: ended == .deleted)
    )
  }

  private static func count(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis,
    _ holding: Holding,
    _ ended: Ended
  ) throws -> Verdict {
    let course = SessionChurnCourse(analysis)
    if let reason = try reasonNotToJudge(holding, course, analysis, ended) {
      return .unknown(threshold, reason)
    }
    let n = ended == .deleted ? course.deleted : course.sessions(ofWave: 2)
    let rests = ended == .deleted ? (0, 1) : (2, 3)
    guard n > 0, let growth = course.lastingGrowth(holding, fromRest: rests.0, to: rests.1)
    else {
      return .unknown(
        threshold,
        "the server's \(holding.rawValue) were not read both before and after these sessions"
      )
    }
    return .count(
      threshold,
      max(0, growth) / Double(n) * 100,
      n: n,
      "\(holding.counted(max(0, growth))) more than before, after "
        + words(ended, n)
    )
  }

  private static func words(_ ended: Ended, _ n: Int) -> String {
    switch ended {
    case .deleted: "\(NumberText.grouped(n)) sessions that were to be ended by DELETE"
    case .left:
      "\(NumberText.grouped(n)) sessions that were left without a word, when the server's idle time was over"
    }
  }

  /// Why something cannot be judged, which no number would tell; nil if it can.
  private static func reasonNotToJudge(
    _ holding: Holding,
    _ course: SessionChurnCourse,
    _ analysis: RecordingAnalysis,
    _ ended: Ended
  ) throws -> String? {
    let network = analysis.scenario.network
    if let reason = course.reasonUnknown(holding) { return reason }
    switch ended {
    case .deleted:
      let deletes = Aggregate.Filter(operation: Workload.Leaving.delete.rawValue)
      let all = analysis.aggregate.requests(deletes).values.reduce(0, +)
      guard all > 0 else {
        return
          "no session had an id by which DELETE could end it: the server gives none, or the modern era of the "
          + "protocol was used (--mcp-era)"
      }
      // A server need not let clients end sessions (MCP 2025-11-25, Session Management).
      let refused = try analysis.samples {
        $0.operation == Workload.Leaving.delete.rawValue && $0.attempt.httpStatus == 405
      }
      // What a few that go on hold is within the limits of all.
      if refused.count * 20 <= all { return nil }
      return refused.count == all
        ? "the server does not let clients end sessions (405 to DELETE)"
        : "the server did not let clients end \(refused.count.grouped) of \(all.grouped) sessions (405 to DELETE)"
    case .left:
      if network.sessionIdleSeconds == nil {
        return
          "it is not known when the server ends an abandoned session: set LOADTEST_SESSION_IDLE_TIMEOUT to its "
          + "idle time, until which a correct server keeps it, or to the longest that you would have one kept"
      }
      return nil
    }
  }

  // MARK: Report

  func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    let course = SessionChurnCourse(analysis)
    var section = ReportSection(
      "What sessions leave behind",
      "growth of what the server holds: memory in bytes per session, all else in total",
      columns: ["ended", "n", "bytes", "descriptors", "processes", "threads", "live sessions"]
    )
    func add(_ name: String, _ n: Int, _ bytes: Double?, _ growth: (Holding) -> Double?) {
      guard n > 0 else { return }
      section.addRow(
        [.text(name), .count(n), .optional(bytes) { .number($0.rounded()) }]
          + [.descriptors, .processes, .threads, .sessions].map {
            .optional(growth($0)) { .number($0) }
          }
      )
    }
    add("by DELETE", course.deleted, course.keptOfDeleted?.bytes) {
      course.lastingGrowth($0, fromRest: 0, to: 1)
    }
    for (name, manner) in [
      ("abandoned", Workload.Leaving.abandon), ("reset", .reset), ("half closed", .halfClose),
    ] {
      let step = StepName.leaving(manner, 1)
      guard let index = course.stretches.firstIndex(where: { $0.step.hasSameBytes(as: step) }),
        index > 0
      else { continue }
      let (before, after) = (course.stretches[index - 1], course.stretches[index])
      func growth(_ holding: Holding) -> Double? {
        before.held[holding].flatMap { before in after.held[holding].map { $0 - before } }
      }
      add(
        "\(name), at once",
        Int(after.sessions),
        growth(.memory).map { $0 / max(1, after.sessions) },
        growth
      )
    }
    let idle = analysis.scenario.network.sessionIdleSeconds
    add(
      "all but DELETE, later",
      course.sessions(ofWave: 2),
      course.keptOfLeft?.bytes
    ) { course.growth($0, fromRest: 2, to: 3) }
    guard course.sessions(ofWave: 2) > 0 else { return [section] }
    section.addNote(
      "later: "
        + (idle.map { "when the server's idle time of \(NumberText.plain($0)) s was over" }
          ?? "a second after the last; the server's idle time is not known")
        + "; measured on the second of two equal waves, and \"at once\" on the first"
    )
    for note in Self.notes(course, analysis) { section.addNote(note) }
    return [section]
  }

  private static func notes(
    _ course: SessionChurnCourse,
    _ analysis: RecordingAnalysis
  ) -> [String] {
    var notes: [String] = []
    if let held = course.heldOfLeft, held > 0 {
      notes.append(
        "a session that nobody ends holds about \(NumberText.plain(held.rounded())) bytes until the server ends it"
      )
    }
    if let kept = course.keptOfDeleted, kept.interval.lowerBound > 0,
      course.doubt(of: kept, deleted: true) == nil,
      let hours = hours(kept.bytes, analysis)
    {
      notes.append("ended by DELETE: \(hours)")
    }
    // Until a time that nobody has told a correct server keeps it.
    if analysis.scenario.network.sessionIdleSeconds != nil, let kept = course.keptOfLeft,
      kept.interval.lowerBound > 0, course.doubt(of: kept, deleted: false) == nil,
      let hours = hours(kept.bytes, analysis)
    {
      notes.append("left without a word: \(hours)")
    }
    return notes
  }

  /// How long memory lasts at so many bytes a session; nil where it is not this machine's.
  private static func hours(_ bytes: Double, _ analysis: RecordingAnalysis) -> String? {
    let course = SessionChurnCourse(analysis)
    guard bytes > 0, course.sources[.memory] == ServerMetricsLine.serverMemory else { return nil }
    let memory = Double(analysis.run.machine.memoryBytes)
    let usual = memory / (bytes * 1_000)
    func hours(_ count: Double) -> String {
      NumberText.graded(count >= 100 ? count.rounded() : count)
    }
    let here = course.sessionsPerSecond.map { memory / (bytes * $0 * 3_600) }
    return
      "at 1,000 sessions per hour \(NumberText.mebibytes(bytes * 1_000)) MiB per hour are gone, and the "
      + "\(NumberText.oneDecimal(memory / 1_073_741_824)) GiB of this machine in \(hours(usual)) hours"
      + (here.map { ", at this load's rate in \(hours($0)) hours" } ?? "")
  }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    let course = SessionChurnCourse(analysis)
    var figures: [String: Double] = [:]
    figures["sessions_per_s"] = course.sessionsPerSecond
    figures["deleted_session_bytes"] = course.keptOfDeleted?.bytes
    figures["left_session_bytes"] = course.keptOfLeft?.bytes
    figures["held_session_bytes"] = course.heldOfLeft
    return figures
  }
}

extension Verdict {
  /// Judges what is kept of each of some things: too much is INCONCLUSIVE where something else may explain it, and else
  /// told with the hours that memory lasts.
  static func kept(
    _ threshold: Threshold,
    _ kept: SessionChurnCourse.Kept,
    _ words: String,
    hours: String? = nil,
    doubt: String?
  ) -> Verdict {
    let isTooMuch = kept.interval.lowerBound > threshold.limit
    let reason =
      !isTooMuch
      ? "" : doubt.map { "; \($0)" } ?? ": their memory is kept" + (hours.map { "; \($0)" } ?? "")
    var verdict = Verdict.ratio(
      threshold,
      kept.bytes,
      kept.interval,
      n: kept.sessions,
      words + reason
    )
    if isTooMuch, doubt != nil { verdict.outcome = .inconclusive }
    return verdict
  }
}
