import EventIO

/// Limits of a file that replace those of the scenarios, or come on top of them.
package struct ThresholdOverrides: Sendable, Equatable {
  private let limits: [String: [Threshold]]

  /// No overrides.
  package static let none = ThresholdOverrides(limits: [:])

  private init(limits: [String: [Threshold]]) {
    self.limits = limits
  }

  /// Reads `{"<scenario>": {"<figure>": limit}}`, where a figure that every scenario has may be
  /// followed by the part of the load that is limited: `p99_ms of hostname each 10 s`.
  ///
  /// - Throws: a sentence that names the unknown key and the valid ones, or the key whose limit
  ///   cannot be judged.
  init(
    parsing json: [String: [String: Double]],
    scenarios: [String: [Threshold]]
  ) throws(ThresholdError) {
    var limits: [String: [Threshold]] = [:]
    for (scenario, figures) in json {
      guard let known = scenarios[scenario] else {
        throw ThresholdError(
          "there is no scenario \"\(scenario)\"; valid are \(Self.list(scenarios.keys))"
        )
      }
      for (key, limit) in figures.sorted(by: { $0.key < $1.key }) {
        let words = key.split(at: 0x20).map(String.init)
        let metric = words.first.flatMap(Threshold.Metric.init(rawValue:))
        guard let metric, known.contains(where: { $0.metric == metric }) || metric.isGeneral else {
          let general = Threshold.Metric.allCases.filter(\.isGeneral)
          throw ThresholdError(
            "\(scenario) has no threshold \"\(key)\"; valid are "
              + Self.list(Set(known.map(\.metric) + general).map(\.rawValue))
          )
        }
        guard metric.validLimits.contains(limit) else {
          throw ThresholdError(
            "\(scenario) has \"\(key)\" limited to \(limit); valid are limits from "
              + "\(NumberText.plain(metric.validLimits.lowerBound)) to "
              + NumberText.plain(metric.validLimits.upperBound)
          )
        }
        var scope: ThresholdScope?
        if words.count > 1 {
          scope = ThresholdScope(Array(words.dropFirst()))
          guard scope != nil, metric.isGeneral else {
            throw ThresholdError(
              "\(scenario) has \"\(key)\"; a part of the load is valid with "
                + Self.list(Threshold.Metric.allCases.filter(\.isGeneral).map(\.rawValue))
                + ", and reads `of OPERATION`, `as OUTCOME`, `last N s` or `each N s`"
            )
          }
        }
        guard scope?.outcome == nil || metric.quantile != nil else {
          throw ThresholdError(
            "\(scenario) has \"\(key)\"; `as OUTCOME` is valid with percentiles: a share or a rate of "
              + "one outcome is no success"
          )
        }
        limits[scenario, default: []].append(Threshold(metric, limit, scope: scope))
      }
    }
    self.limits = limits
  }

  /// The thresholds of a scenario with their limits replaced, and those that it has not by itself.
  func apply(to thresholds: [Threshold], of scenario: String) -> [Threshold] {
    let own = limits[scenario] ?? []
    let replaced = thresholds.map { threshold in
      own.first { $0.metric == threshold.metric && $0.scope == nil } ?? threshold
    }
    return replaced
      + own.filter { mine in
        mine.scope != nil || !thresholds.contains { $0.metric == mine.metric }
      }
  }

  /// Holds that a scenario has all that its limits name, before its load or whenever it is judged.
  ///
  /// - Throws: a sentence that names the limit and what there is.
  func check(_ header: ScenarioHeader) throws(ThresholdError) {
    for threshold in limits[header.scenario] ?? [] {
      guard let scope = threshold.scope else { continue }
      let limit = "\(header.scenario) has \"\(threshold.metric.rawValue) \(scope.text)\""
      if let operation = scope.operation, header.commands[operation] == nil {
        throw ThresholdError(
          "\(limit), and this run has no operation \"\(operation)\"; it has "
            + Self.list(header.commands.keys)
        )
      }
      let seconds: Double
      switch scope.window {
      case .last(let length), .each(let length): seconds = length
      case nil: continue
      }
      guard seconds <= header.durationSeconds else {
        throw ThresholdError(
          "\(limit), and this run is measured for \(NumberText.plain(header.durationSeconds)) s; valid "
            + "are so many seconds or fewer"
        )
      }
    }
  }

  private static func list(_ names: some Sequence<String>) -> String {
    names.sorted().joined(separator: ", ")
  }
}

/// A file of limits that cannot be used.
package struct ThresholdError: Error, Equatable, CustomStringConvertible {
  package let description: String

  /// Makes an error of a sentence.
  package init(_ description: String) {
    self.description = description
  }
}
