/// Checks of what the generator's own machine could not give it.
extension Validity {
  /// Whether requests could not be sent for want of something.
  var isShort: Bool { checks.contains { $0.subject == .ownShortage && $0.outcome == .fail } }

  /// How many requests could not be sent for want of a descriptor, a port or memory; nil if none.
  ///
  /// They say nothing about the server.
  static func ownShortage(_ analysis: RecordingAnalysis) -> Check? {
    let lost = analysis.aggregate.failures.filter { $0.key.outcome == .ownShortage }
    let attempts = analysis.aggregate.totals.values.flatMap(\.values).reduce(0, +)
    let count = lost.values.map(\.count).reduce(0, +)
    guard count > 0 else { return nil }
    let example = lost.values.max { $0.count < $1.count }?.example
    return check(
      .ownShortage,
      .fail,
      Double(count),
      limit: 0,
      n: attempts,
      "requests for which the generator had no descriptor, port or memory left"
        + (example.map { ", such as \($0)" } ?? ""),
      change:
        "raise what ran out (open files: ulimit -n; ports: net.ipv4.ip_local_port_range; memory), or use fewer workers"
    )
  }

  /// Whether the control group's quota stopped the generator, and all that runs beside it; only where
  /// there is a quota.
  static func throttling(_ analysis: RecordingAnalysis) -> Check? {
    let lines = (lines(analysis)[0] ?? []).filter { $0.quotaPeriods != nil }
    guard let first = lines.first, let last = lines.last,
      let from = first.quotaPeriods, let to = last.quotaPeriods
    else { return nil }
    let periods = Double(to) - Double(from)
    let throttled = Double(last.throttledPeriods ?? 0) - Double(first.throttledPeriods ?? 0)
    let share = periods > 0 ? throttled / periods : 0
    let limit = 0.01
    return check(
      .throttled,
      share <= limit ? .pass : .fail,
      share,
      limit: limit,
      n: lines.count,
      "share of periods in which this control group used up its processor quota",
      change: "raise the quota (cpu.max, or the container's CPU limit), or lower the load"
    )
  }
}
