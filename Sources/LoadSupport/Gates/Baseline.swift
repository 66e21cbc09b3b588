/// The level of a scenario on one hardware and load that was frozen for later nights to be compared
/// with: a rolling baseline follows a slow creep, an anchored one shows it.
package struct Baseline: Sendable, Equatable, Codable {
  /// Nights as they were when they were frozen.
  package struct Anchor: Sendable, Equatable, Codable {
    /// A frozen night.
    package struct Frozen: Sendable, Equatable, Codable {
      /// The date.
      package let night: Night

      /// The medians by the metric's name.
      package let medians: [String: Double]

      /// The requests of the night, and how many failed; nil in files of format 1.
      package let requests: Int?
      let failedRequests: Int?

      private enum CodingKeys: String, CodingKey {
        case night
        case medians
        case requests
        case failedRequests = "failed_requests"
      }
    }

    /// The date on which they were frozen.
    package let made: Night

    /// The night with which an accepted level begins; what is older counts for no baseline.
    package let since: Night?

    /// Why it took the place of the anchor before; nil of a first one.
    package let reason: String?

    /// The nights, the latest last.
    package let nights: [Frozen]

    /// How many of the nights' requests failed.
    var failed: FailedRequests {
      .sum(
        nights.map { FailedRequests(requests: $0.requests ?? 0, failed: $0.failedRequests ?? 0) }
      )
    }

    /// The medians of a metric, without those of some nights.
    package func values(of metric: String, without left: Set<Night>) -> [Double] {
      nights.filter { !left.contains($0.night) }.compactMap { $0.medians[metric] }
    }
  }

  /// Nights without which nothing can be told from chance.
  static let fewestNights = 15

  /// The most nights of a baseline.
  static let mostNights = 30

  /// The hardware.
  package let key: NightLine.Hardware

  /// The load.
  package let load: NightLine.Load

  /// What nights are compared with.
  package private(set) var anchor: Anchor

  /// What they were compared with before, the latest last.
  package private(set) var earlier: [Anchor]

  /// What the nights have in common.
  var conditions: NightLine.Conditions {
    NightLine.Conditions(key: key, load: load)
  }

  /// Freezes the latest nights of a series as its first anchor, or in place of one that had to be
  /// made of too few nights.
  ///
  /// - Throws: a sentence when there are too few, or the anchor may only be replaced for a reason.
  package init(
    anchoring series: NightSeries,
    replacing old: Baseline?,
    on date: Night
  ) throws(BaselineError) {
    if let old, old.anchor.nights.count >= Self.fewestNights {
      throw BaselineError(
        "it is anchored since \(old.anchor.made) to \(old.anchor.nights.count) nights; where a new "
          + "level is meant to stay, use `loadtest baseline accept --reason TEXT`"
      )
    }
    let since = old?.anchor.since
    let nights = try Self.latest(series, since: since)
    guard nights.count >= Self.fewestNights else {
      throw BaselineError(
        "\(NumberText.counted(nights.count, "night")) without a failure"
          + (since.map { " since \($0)" } ?? "")
          + " of \(series.conditions.key) are too few: an anchor needs \(Self.fewestNights)"
      )
    }
    let reason = old.map { "it was of \(NumberText.counted($0.anchor.nights.count, "night")) only" }
    self.init(
      series,
      replacing: old,
      Anchor(made: date, since: since, reason: reason, nights: nights)
    )
  }

  /// Takes the level since a night as the new one; the anchor so far is kept for the record.
  ///
  /// An anchor of few nights can be made again later without a reason.
  package init(
    accepting series: NightSeries,
    since: Night,
    because reason: String,
    replacing old: Baseline?,
    on date: Night
  ) throws(BaselineError) {
    let nights = try Self.latest(series, since: since)
    guard !nights.isEmpty else {
      throw BaselineError(
        "there is no night without a failure since \(since) of \(series.conditions.key)"
      )
    }
    self.init(
      series,
      replacing: old,
      Anchor(made: date, since: since, reason: reason, nights: nights)
    )
  }

  private init(_ series: NightSeries, replacing old: Baseline?, _ anchor: Anchor) {
    key = series.conditions.key
    load = series.conditions.load
    self.anchor = anchor
    earlier = old.map { $0.earlier + [$0.anchor] } ?? []
  }

  /// The latest nights without a failure; throws where nights cannot be told from others.
  private static func latest(
    _ series: NightSeries,
    since: Night?
  ) throws(BaselineError) -> [Anchor.Frozen] {
    if let reason = series.conditions.unknown {
      throw BaselineError("its latest night is compared with no other: \(reason)")
    }
    return series.sound(since: since).suffix(mostNights).map {
      Anchor.Frozen(
        night: $0.night,
        medians: $0.metrics.mapValues(\.median),
        requests: $0.requests,
        failedRequests: $0.failedRequests
      )
    }
  }
}

/// Why there is no such baseline.
package struct BaselineError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  /// Makes an error of a sentence.
  package init(_ description: String) {
    self.description = description
  }
}
