import EventIO

/// What the restart recovery scenario is judged by.
///
/// Times have one limit, which is generous: it tells a server that is warm after many seconds, or after none of
/// its clients' patience, from one that is slow on this machine. All else is counted.
struct RestartRecoveryJudge: ScenarioJudge {
  let rules = [
    Rule(.clientsNotServed, 0, clientsNotServed), Rule(.recoverySeconds, 8, recovery),
    Rule(.endedSessionsNot404, 0, endedSessions), Rule(.callsLostAfterRestart, 0, lostAfterRestart),
    Rule(.callsLostInFreeze, 0, lostInFreeze), Rule(.unaccountedAttempts, 0),
  ]

  /// The load before any outage.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    ComparedPart(steps: [StepName.calm], isPaced: true, isRefusedElsewhere: true)
  }

  // MARK: Report

  func sections(_ analysis: RecordingAnalysis) throws -> [ReportSection] {
    let outages = try OutageRecovery.all(analysis)
    var section = ReportSection(
      "Outages on purpose",
      "down = its length; first, last = from its end until the first and the last client had a success; both in seconds; "
        + "lost = failed calls; lost later = those after the first success",
      columns: ["outage", "down", "first", "last", "served", "lost", "lost later"]
    )
    for outage in outages {
      section.addRow(
        [.text(outage.step)]
          + [outage.awaySeconds, outage.firstServedSeconds, outage.lastServedSeconds]
          .map { .optional($0) { .graded($0) } }
          + [
            .figure("\(outage.served.count.grouped) of \(outage.clients.count.grouped)"),
            .count(outage.failed.count), .count(outage.lostAfterwards.count),
          ]
      )
    }
    for outage in outages { for note in Self.notes(outage) { section.addNote(note) } }
    let setup = try analysis.samples { sample in
      sample.phase == .setup && sample.operation == OperationName.initialize
        && sample.attempt.outcome == .success
    }
    if let slowest = setup.map(\.attempt.latency).max() {
      section.addNote(
        "the slowest initialize before the load took \(NumberText.time(slowest))"
      )
    }
    return [section]
  }

  private static func notes(_ outage: OutageRecovery) -> [String] {
    var notes: [String] = []
    if !outage.failed.isEmpty {
      let kinds = outage.lost.map { "\($0.outcome.rawValue) \(NumberText.grouped($0.count))" }
      notes.append("\(outage.step): lost \(kinds.joined(separator: ", "))")
    }
    if !outage.endedSessions.isEmpty {
      notes.append("\(outage.step): calls in an ended session got \(statuses(outage))")
    }
    if outage.continued > 0 {
      let times = NumberText.counted(outage.continued, "session")
      notes.append("\(outage.step): \(times) went on undisturbed")
    }
    if outage.connects > 0 {
      notes.append(
        "\(outage.step): \(NumberText.counted(outage.connects, "TCP connection")) opened until all were served, at most "
          + "\(outage.connectsAtOnce.grouped) in 0.1 s"
          + (outage.slowestOpening.map {
            ", the slowest initialize took \(NumberText.time($0))"
          } ?? "")
      )
    }
    // What kept it from coming back names its step.
    let words = outage.words.map { outage.restored == nil ? $0 : "\(outage.step): \($0)" }
    return notes + [words].compactMap(\.self)
  }

  private static func statuses(_ outage: OutageRecovery) -> String {
    outage.endedSessions.sorted { $0.key < $1.key }
      .map { "\($0.key) \(NumberText.counted($0.value, "time"))" }.joined(separator: ", ")
  }

  func figures(_ analysis: RecordingAnalysis) throws -> [String: Double] {
    var figures: [String: Double] = [:]
    for outage in try OutageRecovery.all(analysis) {
      let name = outage.step.replacing(byte: 0x20, with: "_")
      func worst(_ key: String, _ value: Double?) {
        guard let value else { return }
        figures["\(name)_\(key)"] = max(figures["\(name)_\(key)"] ?? 0, value)
      }
      worst("away_s", outage.awaySeconds)
      worst("first_served_s", outage.firstServedSeconds)
      worst("last_served_s", outage.lastServedSeconds)
      worst("connects_in_100_ms", outage.connects > 0 ? Double(outage.connectsAtOnce) : nil)
    }
    return figures
  }

  // MARK: Verdicts

  /// Why nothing can be told of outages: one never ended, which is a server's of ours own fault and may be that of a
  /// command of the user's, or the recording does not show all of them.
  private static func unfinished(
    _ threshold: Threshold,
    _ outages: [OutageRecovery],
    _ analysis: RecordingAnalysis
  ) -> Verdict? {
    if let lost = analysis.lostLines { return .unknown(threshold, lost) }
    guard let broken = outages.first(where: { $0.restored == nil }) else {
      if let early = outages.first(where: \.endedEarly) {
        return .unknown(
          threshold,
          "\(early.step): clients were served when the restart command had ended, and refused after that: it must wait "
            + "for the old server's end, or the new server ended, too"
        )
      }
      if analysis.isStopped, let last = outages.last, last.served.count < last.clients.count {
        return .unknown(
          threshold,
          "\(last.step): the run was stopped before all clients could be served again"
        )
      }
      if analysis.scenario.network.kind != .embedded,
        let untold = outages.first(where: { $0.step == StepName.serverRestart && $0.leftNoTrace })
      {
        return .unknown(
          threshold,
          "\(untold.step): nothing shows that it took place: no call failed, no connection was opened anew"
        )
      }
      let isEmpty = outages.allSatisfy(\.clients.isEmpty)
      return isEmpty ? .unknown(threshold, "no client was served before an outage") : nil
    }
    let words = broken.words ?? "\(broken.step): the run ended before it was back"
    guard analysis.scenario.network.kind == .embedded, broken.words != nil,
      threshold.metric == .clientsNotServed
    else { return .unknown(threshold, words) }
    return .count(threshold, Double(broken.clients.count), n: broken.clients.count, words)
  }

  private static func clientsNotServed(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let outages = try OutageRecovery.all(analysis)
    if let verdict = unfinished(threshold, outages, analysis) { return verdict }
    let missing = outages.map { $0.clients.count - $0.served.count }
    let all = outages.map(\.clients.count).reduce(0, +)
    let worst = zip(outages, missing).max { $0.1 < $1.1 }.map(\.0)
    let count = missing.reduce(0, +)
    return .count(
      threshold,
      Double(count),
      n: all,
      count == 0
        ? "after \(NumberText.counted(outages.count, "outage")) all clients were served again"
        : worst.map { outage in
          "after the \(outage.step) \((outage.clients.count - outage.served.count).grouped) of "
            + "\(outage.clients.count.grouped) clients were not served again" + lastFailure(outage)
        } ?? ""
    )
  }

  /// What those ended in who were not served again.
  private static func lastFailure(_ outage: OutageRecovery) -> String {
    let last = outage.failed.last { !outage.returned.contains($0.worker) }
    return last.map { "; their last failure was \(words($0))" } ?? ""
  }

  private static func recovery(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let outages = try OutageRecovery.all(analysis)
    if let verdict = unfinished(threshold, outages, analysis) { return verdict }
    let times = outages.compactMap { outage in outage.lastServedSeconds.map { (outage, $0) } }
    guard let slowest = times.max(by: { $0.1 < $1.1 }), times.count == outages.count else {
      return .unknown(threshold, "some clients were never served again")
    }
    let (outage, seconds) = slowest
    let first = outage.firstServedSeconds.map { NumberText.graded($0) } ?? "?"
    return Verdict(
      threshold,
      Judgement.value(seconds, limit: threshold.limit, isFloor: false),
      value: seconds,
      n: outages.map(\.served.count).reduce(0, +),
      detail: "the last client after the \(outage.step); the first was served after \(first) s"
    )
  }

  private static func endedSessions(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let restarts = try OutageRecovery.all(analysis).filter { $0.step == StepName.serverRestart }
    guard analysis.scenario.network.era != .modern else {
      return .unknown(threshold, "in the modern era of the protocol there are no sessions to end")
    }
    if let verdict = unfinished(threshold, restarts, analysis) { return verdict }
    let answers = restarts.reduce(into: [Int: Int]()) {
      $0.merge($1.endedSessions, uniquingKeysWith: +)
    }
    let continued = restarts.map(\.continued).reduce(0, +)
    let n = answers.values.reduce(0, +) + continued
    guard n > 0 else {
      let errors = restarts.map(\.serverErrors).reduce(0, +)
      return .unknown(
        threshold,
        errors == 0
          ? "no call in an ended session was answered"
          : "all \(errors.grouped) answers to calls in an ended session were 5xx, which say nothing of it"
      )
    }
    let others = answers.filter { $0.key != 404 }
    let bad = others.values.reduce(0, +)
    let listed = others.sorted { $0.key < $1.key }
      .map { "\($0.key)\($0.key < 300 ? " with an error" : "") (\($0.value.grouped))" }
    return .count(
      threshold,
      Double(bad),
      n: n,
      bad == 0
        ? continued == n
          ? "sessions outlived the restart"
          : "calls in a session that had ended were answered by 404"
        : "calls in a session that had ended were answered by \(listed.joined(separator: ", ")); only 404 tells a "
          + "client to begin anew (MCP, Streamable HTTP, Session Management)"
    )
  }

  private static func lostAfterRestart(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let restarts = try OutageRecovery.all(analysis).filter { $0.step == StepName.serverRestart }
    if let verdict = unfinished(threshold, restarts, analysis) { return verdict }
    guard restarts.contains(where: { !$0.served.isEmpty }) else {
      return .unknown(threshold, "no client was served again")
    }
    let lost = restarts.flatMap(\.lostAfterwards)
    return .count(
      threshold,
      Double(lost.count),
      n: restarts.map(\.askedAfterwards).reduce(0, +),
      lost.isEmpty
        ? "nothing failed after the server had served a client again"
        : "failed after the server had served a client again" + example(lost)
    )
  }

  private static func lostInFreeze(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let freezes = try OutageRecovery.all(analysis).filter { $0.step == StepName.freeze }
    guard !freezes.isEmpty else {
      let isOurs = analysis.scenario.network.kind == .embedded
      return .unknown(
        threshold,
        isOurs
          ? "the run ended before the server was stopped"
          : "only a server that the suite has started can be paused"
      )
    }
    if let verdict = unfinished(threshold, freezes, analysis) { return verdict }
    let lost = freezes.flatMap(\.failed)
    return .count(
      threshold,
      Double(lost.count),
      n: freezes.map(\.clients.count).reduce(0, +),
      lost.isEmpty
        ? "requests to the stopped server were answered when it went on"
        : "failed since the server was stopped" + example(lost)
    )
  }

  private static func example(_ samples: [Sample]) -> String {
    samples.first.map { ", such as \(words($0))" } ?? ""
  }

  private static func words(_ sample: Sample) -> String {
    "\(sample.operation): \(sample.attempt.outcome.rawValue): \(sample.attempt.error ?? "no reason was recorded")"
  }
}
