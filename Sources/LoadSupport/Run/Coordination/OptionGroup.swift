import EventIO

/// Options that the same loads use, under one heading of the help.
package struct OptionGroup: Sendable {
  /// Where options are used at all.
  struct Condition: Sendable {
    /// What they are for, in words that follow "for".
    let purpose: String

    /// Whether a load of some scenarios with these settings is that.
    let holds: @Sendable (RunSettings, [ScenarioName]) -> Bool
  }

  /// What the help writes above them.
  package let heading: String

  /// The options in the order of the help.
  package let options: [RunOption]

  /// The scenarios whose load uses them; nil for what has to do with no load.
  private var scenarios: [ScenarioName]?

  private var condition: Condition?

  init(
    _ heading: String,
    for scenarios: [ScenarioName]? = ScenarioName.allCases,
    where condition: Condition? = nil,
    _ options: RunOption...
  ) {
    self.heading = heading
    self.scenarios = scenarios
    self.condition = condition
    self.options = options
  }

  /// The same options for a command that uses them without a load.
  package var always: OptionGroup {
    var group = self
    (group.scenarios, group.condition) = (nil, nil)
    return group
  }

  /// What the options are for, if the load of some scenarios with these settings does not use them; nil
  /// where it does.
  package func purpose(unusedBy chosen: [ScenarioName], _ settings: RunSettings) -> String? {
    if let scenarios, !scenarios.contains(where: chosen.contains) {
      return scenarios.count == ScenarioName.allCases.count
        ? "what loads a server" : scenarios.map(\.rawValue).joined(separator: ", ")
    }
    guard let condition, !condition.holds(settings, chosen) else { return nil }
    return condition.purpose
  }
}

extension OptionGroup.Condition {
  static let live = Self(purpose: "a server that --mcp-url or --mcp-host names") { settings, _ in
    settings.serverURL != nil
  }

  static let host = Self(purpose: "a server that --mcp-host names") { settings, _ in
    settings.serverHost != nil
  }

  /// Where there is no other server, any scenario takes it.
  static let limited = Self(purpose: "exhaustion_test") { settings, scenarios in
    scenarios.contains(.exhaustionTest) || settings.serverURL == settings.limitedServerURL
  }

  static let embedded = Self(purpose: "the embedded network") { settings, _ in
    settings.serverURL == nil
  }

  static let openLoop = Self(purpose: "an open loop (--rate)") { settings, _ in
    settings.ratePerSecond != nil
  }
}
