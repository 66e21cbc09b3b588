/// What a server's own metrics said before, during and after a scenario.
///
/// A metric that was not reported is absent, never zero.
package struct ServerMetrics: Sendable, Equatable {
  /// The pool counters that every report lists.
  package static let poolCounters = [
    "mcp_pool_hits_total", "mcp_pool_misses_total", "mcp_pool_creates_total",
    "mcp_pool_health_fails_total",
  ]

  private let lines: [ServerMetricsLine]

  /// Keeps the scrapes of a scenario.
  package init(_ lines: [ServerMetricsLine]) {
    self.lines = lines
  }

  /// Whether the server reported anything.
  package var isReported: Bool { !lines.isEmpty }

  /// The values of the first scrape of an occasion.
  package func totals(_ occasion: ServerMetricsLine.Occasion) -> [String: Double]? {
    lines.first { $0.occasion == occasion }?.totals
  }

  /// How much each metric changed between two scrapes.
  ///
  /// A counter that was never raised is absent from the earlier scrape, so that absence before and
  /// presence after counts from zero.
  package func difference(
    from earlier: ServerMetricsLine.Occasion,
    to later: ServerMetricsLine.Occasion
  ) -> [String: Double]? {
    guard let before = totals(earlier), let after = totals(later) else { return nil }
    return Dictionary(
      uniqueKeysWithValues: after.map { ($0.key, $0.value - (before[$0.key] ?? 0)) }
    )
  }
}
