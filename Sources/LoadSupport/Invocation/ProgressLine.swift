import EventIO

/// A run's progress for programs, and for people who look at many generators at once: a line of JSON, whose keys are
/// those of docs/settings.md.
struct ProgressLine: Sendable {
  private let members: [JSONValue.Member]

  /// Its bytes, with the line's end.
  var bytes: [UInt8] { JSONValue.object(members).encoded + [0x0A] }

  /// Tells what a meter gave; with a result the scenario's end.
  init(
    _ snapshot: ProgressMeter.Snapshot,
    of part: RecordingPart,
    scenario: String,
    isStopping: Bool = false,
    result: String? = nil,
    now: MonotonicInstant = .now()
  ) {
    let recent = snapshot.recent
    let requests = snapshot.outcomes.values.reduce(0, +)
    let interval = (now - recent.since).seconds
    let rate = interval > 0 ? Double(recent.outcomes[.success] ?? 0) / interval : 0
    let stretch = snapshot.phase == .load && result == nil ? snapshot.stretch : nil
    let seconds = snapshot.loadStart.flatMap { $0 <= now ? (now - $0).seconds : nil }
    var waitingFor: String?
    var phase =
      switch snapshot.phase {
      case .starting: "starting"
      case .setup: "setup"
      case .waiting: "waiting"
      case .load: isStopping ? "stopping" : stretch?.isWarmUp == true ? "warmup" : "load"
      case .drain: "drain"
      case .judging: "judging"
      }
    if case .waiting(let others) = snapshot.phase { waitingFor = others }
    if result != nil { phase = "ended" }
    let failure = snapshot.lastFailure.map { operation, attempt in
      "\(operation): \(attempt.outcome.rawValue)" + (attempt.error.map { ": \($0)" } ?? "")
    }
    let values: [(String, JSONValue?)] = [
      ("run_id", .string(part.runID)), ("index", Self.number(part.index)),
      ("of", Self.number(part.of)), ("scenario", .string(scenario)), ("phase", .string(phase)),
      ("result", result.map { .string($0) }), ("waiting_for", waitingFor.map { .string($0) }),
      (
        "step",
        stretch.flatMap { $0.names.isEmpty ? nil : .string($0.names.joined(separator: " + ")) }
      ),
      ("step_number", stretch.map { Self.number($0.number) }),
      ("steps", stretch.map { _ in Self.number(snapshot.stages) }),
      ("t_s", seconds.map(Self.number)),
      (
        "left_s",
        isStopping || stretch == nil ? nil : snapshot.time(at: now).map { Self.number($0.left) }
      ),
      ("requests", Self.number(requests)),
      ("failures", Self.number(requests - (snapshot.outcomes[.success] ?? 0))),
      ("per_second", Self.number(rate)),
      (
        "planned_per_second",
        stretch.flatMap { _ in snapshot.planned(\.rate, at: now) }.map(Self.number)
      ),
      ("p99_ms", recent.latency.value(atQuantile: 0.99).map { Self.number(Double($0) / 1e6) }),
      ("lateness_ms", Self.number(Double(snapshot.recentLateness) / 1e6)),
      ("workers", Self.number(snapshot.workers)), ("last_error", failure.map { .string($0) }),
    ]
    members = values.compactMap { key, value in value.map { JSONValue.Member(key, $0) } }
  }

  private static func number(_ value: Int) -> JSONValue { JSONValue(integerLiteral: value) }

  /// To three decimals.
  private static func number(_ value: Double) -> JSONValue {
    JSONValue(floatLiteral: (value * 1_000).rounded() / 1_000)
  }
}
