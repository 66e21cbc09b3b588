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
  /// A scenario that is not known is a workload of the user's own, unless its name is nearly that of a
  /// known one. `others` is what such workloads are judged by.
  ///
  /// - Throws: a sentence that names the unknown key and the valid ones, or the key whose limit
  ///   cannot be judged.
  init(
    parsing json: [String: [String: Double]],
    scenarios: [String: [Threshold]],
    others: [Threshold] = []
  ) throws(ThresholdError) {
    var limits: [String: [Threshold]] = [:]
    for (scenario, figures) in json {
      let suggestion =
        Self.isCopy(scenario, of: scenarios.keys)
        ? "" : scenarios.keys.sorted().suggestion(for: scenario)
      guard scenarios[scenario] != nil || suggestion.isEmpty else {
        throw ThresholdError(
          "there is no scenario \"\(scenario)\"; valid are "
            + "\(ThresholdError.list(scenarios.keys)), and workloads of your own\(suggestion)"
        )
      }
      let known = scenarios[scenario] ?? others
      for (key, limit) in figures.sorted(by: { $0.key < $1.key }) {
        let words = ThresholdScope.words(key)
        guard let words, let scope = ThresholdScope(Array(words.dropFirst())) else {
          throw .noPart(key, of: scenario)
        }
        let threshold = try Threshold(
          named: words.first ?? key,
          limit,
          scope: words.count == 1 ? nil : scope,
          key: key,
          of: scenario,
          known
        )
        limits[scenario, default: []].append(threshold)
      }
    }
    self.limits = limits
  }

  /// Whether a name is that of a scenario with something behind it that is no letter, as copies are named:
  /// `command_throughput_2`.
  private static func isCopy(_ name: String, of scenarios: some Sequence<String>) -> Bool {
    scenarios.contains { scenario in
      guard name.hasBytePrefix(scenario), let next = name.utf8.dropFirst(scenario.utf8.count).first
      else { return false }
      return !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next | 0x20)
    }
  }

  /// What a load is judged by: the limits of its judge, in their place those of its workload, and in the
  /// place of both these.
  ///
  /// - Throws: a sentence that names a limit that cannot be judged, or that is about what the load has
  ///   not, with what there is.
  @inline(never)
  func limits(
    of load: LimitedLoad,
    over usual: [Threshold]
  ) throws(ThresholdError) -> [Threshold] {
    let own = try load.ownLimits(usual)
    let others = limits[load.scenario] ?? []
    for threshold in own + others { try load.check(threshold) }
    return usual.replaced(by: own).replaced(by: others)
  }

  /// What the load of a header is judged by.
  ///
  /// - Throws: as `limits(of:over:)`.
  func limits(of header: ScenarioHeader) throws(ThresholdError) -> [Threshold] {
    let usual = ScenarioName.judge(of: header.scenario).thresholds
    return try limits(of: LimitedLoad(header), over: usual)
  }

  /// Holds that a load has all that its limits name, before it begins.
  ///
  /// - Throws: as `limits(of:over:)`.
  func check(_ header: ScenarioHeader) throws(ThresholdError) { _ = try limits(of: header) }
}

/// A file of limits that cannot be used.
package struct ThresholdError: Error, Equatable, CustomStringConvertible {
  package let description: String

  /// Makes an error of a sentence.
  package init(_ description: String) {
    self.description = description
  }

  /// That a key names no part of a load.
  static func noPart(_ key: String, of scenario: String) -> ThresholdError {
    let general = Threshold.Metric.allCases.filter(\.isGeneral)
    return ThresholdError(
      "\(scenario) has \"\(key)\"; a part of the load is valid with "
        + "\(list(general.map(\.rawValue))), and reads \(ThresholdScope.grammar)"
    )
  }

  static func list(_ names: some Sequence<String>) -> String {
    names.sorted().joined(separator: ", ")
  }
}
