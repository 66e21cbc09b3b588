import Foundation

/// Whether a run measured the server and not itself: checks of generator, load and machine.
///
/// A failed check voids the verdicts that it can have changed (`Bias`): such a figure is an opinion. What
/// the server did (sessions that it did not grant, a restart) is never a matter of validity. The checks
/// and their limits are those of docs/measurement.md, "Is the run valid?".
struct Validity: Sendable, Equatable, Codable {
  /// What a run is worth.
  enum State: String, Sendable, Codable, CaseIterable {
    /// No check of machine and generator failed.
    case valid = "VALID"

    /// The server did not carry the rate that was asked for, and the generator was healthy: a finding
    /// about the server, whose latencies stand.
    case saturated = "SATURATED"

    /// A check failed: figures that it can have changed say nothing about the server.
    case invalid = "INVALID"

    /// No check could be made.
    case unknown = "UNKNOWN"
  }

  /// What is checked, by the name in files.
  enum Subject: String, Sendable, Codable, CaseIterable {
    case generatorCPU = "generator_cpu"
    case lateness = "generator_lateness_p99_ms"
    case lateTick = "generator_late_tick_ms"
    case processorWait = "generator_wait_ms"
    case steal
    case throttled
    case ownShortage = "own_shortage"
    case sessions
    case littlesLaw = "littles_law"
    case arrivals = "arrivals_off_plan"
    case rateReached = "rate_reached"
    case drift

    // Of loads that several generators made.
    case partsMissing = "parts_missing"
    case partsEnded = "parts_ended_early"
    case partsStart = "parts_start_ms"
    case partsClock = "parts_clock_ms"

    /// Whether what lies below its limit fails.
    var isFloor: Bool { self == .sessions || self == .rateReached }
  }

  /// One check.
  struct Check: Sendable, Equatable, Codable {
    /// What is checked.
    let subject: Subject

    /// PASS, FAIL, or INCONCLUSIVE where the recording does not tell.
    let outcome: Verdict.Outcome

    /// What was found; nil if nothing was.
    let statistic: Double?

    /// What it may be.
    let limit: Double

    /// Samples behind it.
    let n: Int

    /// The step or stage that it is about; nil for the whole run.
    var stage: String?

    /// The part of the load that it is about; nil for the whole load.
    var part: Int?

    /// The check in a sentence, and what to change where it failed.
    let message: String

    /// The same without the figures, which a table has in columns of their own; nil where it was read from
    /// a file.
    var reason: String?

    /// What failed and what to change, without the details; nil where nothing did.
    var complaint: String?

    /// Its name in files and reports.
    var name: String { subject.rawValue }

    private enum CodingKeys: String, CodingKey {
      case subject = "name"
      case outcome
      case statistic
      case limit
      case n
      case stage
      case part
      case message
      case complaint
    }
  }

  /// The checks that apply to the run.
  let checks: [Check]

  /// What the run is worth.
  let state: State

  /// Whether requests came at instants of a schedule, whatever the server does.
  let isOpenLoop: Bool

  private enum CodingKeys: String, CodingKey {
    case checks
    case state
    case isOpenLoop = "open_loop"
  }

  /// Checks a run.
  init(_ analysis: RecordingAnalysis) {
    let isOpen = analysis.scenario.isOpenLoop
    let ofMachine = [
      Self.generatorCPU(analysis), Self.lateness(analysis), Self.ticks(analysis),
      Self.processorWait(analysis),
      Self.steal(analysis), Self.throttling(analysis), Self.ownShortage(analysis),
    ].compactMap(\.self)
    let all =
      (analysis.parts.isEmpty ? ofMachine : Self.ofParts(analysis))
      + [Self.sessions(analysis)].compactMap(\.self) + Self.busyWorkers(analysis)
      + Self.arrivals(analysis) + Self.rate(analysis)
      + Self.stationarity(analysis)
    checks = all
    isOpenLoop = isOpen
    let failed = all.filter { $0.outcome == .fail && $0.subject != .sessions }
    state =
      failed.contains { !Self.isSaturation($0, isOpen) }
      ? .invalid
      : !failed.isEmpty ? .saturated : all.contains { $0.outcome == .pass } ? .valid : .unknown
  }

  /// Whether a failed check says that the server falls behind: it does not reach the rate, or its
  /// latency grows as its queue does.
  static func isSaturation(_ check: Check, _ isOpenLoop: Bool) -> Bool {
    check.subject == .rateReached
      || check.subject == .drift && isOpenLoop && check.statistic ?? 0 > 0
  }

  /// Why the run is invalid, and what to change; nil if it is not.
  var reason: String? {
    guard state == .invalid else { return nil }
    return checks.filter { $0.subject != .sessions }.compactMap(\.complaint).joined(separator: "; ")
  }

  /// Why the run is not like others of its load: it is invalid, or the server did not grant its
  /// sessions; nil if it is.
  var exclusion: String? {
    let missing = checks.first { $0.subject == .sessions }?.complaint
    let reasons = [reason, missing].compactMap(\.self)
    return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
  }

  /// Whether another try may be like others: what failed is the machine's or chance's fault.
  ///
  /// Sessions that the server did not grant, and what the generator ran out of, are missing in the next
  /// run too; and a server that became slower by a third while generator and machine were well did that
  /// itself.
  var isWorthRepeating: Bool {
    let failed = checks.filter { $0.outcome == .fail }
    let isServers = failed.allSatisfy { check in
      check.subject == .drift
        && (isOpenLoop ? check.statistic ?? 0 : -(check.statistic ?? 0)) >= 0.3
    }
    return state == .invalid && !isServers
      && !failed.contains { [.sessions, .ownShortage].contains($0.subject) }
  }

  // MARK: Checks

  static func check(
    _ subject: Subject,
    _ outcome: Verdict.Outcome,
    _ statistic: Double?,
    limit: Double,
    unit: String = "",
    n: Int,
    stage: String? = nil,
    named title: String? = nil,
    _ detail: String,
    change: String,
    needed: Int = 0
  ) -> Check {
    let name = subject.rawValue
    let shown = statistic.map { NumberText.graded($0) + unit } ?? "unknown"
    let bound = NumberText.limit(NumberText.plain(limit), isFloor: subject.isFloor) + unit
    let reason =
      detail + (outcome == .fail ? ": \(change)" : "")
      + (outcome == .inconclusive && n < needed
        ? "; at least \(NumberText.grouped(needed)) needed to tell" : "")
    return Check(
      subject: subject,
      outcome: outcome,
      statistic: statistic.flatMap { $0.isFinite ? $0 : nil },
      limit: limit,
      n: n,
      stage: stage,
      message:
        "\(name) \(shown), limit \(bound), n = \(NumberText.grouped(n)): " + reason,
      reason: reason,
      complaint: outcome == .fail
        ? "\(name) \(shown)\((title ?? stage).map { " in the step \($0)" } ?? ""), limit \(bound): \(change)"
        : nil
    )
  }

  static func unknown(_ subject: Subject, limit: Double, _ reason: String) -> Check {
    Check(
      subject: subject,
      outcome: .inconclusive,
      statistic: nil,
      limit: limit,
      n: 0,
      message: "\(subject.rawValue) unknown: \(reason)",
      reason: reason
    )
  }
}
