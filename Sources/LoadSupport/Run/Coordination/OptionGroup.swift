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

  /// The loads that use them; nil for what has to do with no load.
  private var use: Use?

  private var condition: Condition?

  /// Which loads use options.
  enum Use: Sendable {
    /// Any.
    case anyLoad

    /// These scenarios.
    case scenarios([ScenarioName])

    /// Those in which this can be set.
    case override(LoadOverride)
  }

  init(
    _ heading: String,
    for use: Use? = .anyLoad,
    where condition: Condition? = nil,
    _ options: RunOption...
  ) {
    self.heading = heading
    self.use = use
    self.condition = condition
    self.options = options
  }

  /// The same options for a command that uses them without a load.
  package var always: OptionGroup {
    var group = self
    (group.use, group.condition) = (nil, nil)
    return group
  }

  /// What the options are for, if the load of some scenarios with these settings does not use them; nil
  /// where it does.
  package func purpose(unusedBy chosen: [ScenarioName], _ settings: RunSettings) -> String? {
    switch use {
    case .anyLoad where chosen.isEmpty: return "what loads a server"
    case .scenarios(let scenarios) where !scenarios.contains(where: chosen.contains):
      return scenarios.map(\.rawValue).joined(separator: ", ")
    case .override(let override) where !chosen.contains(where: { $0.allows(override) }):
      return override.purpose
    case .anyLoad, .scenarios, .override, nil: break
    }
    guard let condition, !condition.holds(settings, chosen) else { return nil }
    return condition.purpose
  }
}

extension OptionGroup.Condition {
  static let live = Self(purpose: "a server that --mcp-url or --mcp-host names") { settings, _ in
    settings.serverURL != nil
  }

  static let target = Self(
    purpose:
      "a server that --mcp-url or --mcp-host names, or a target that --target-host or --target-name names"
  ) { settings, _ in
    !settings.usesEmbeddedTarget
  }

  static let http = Self(purpose: "a server over HTTP") { settings, _ in settings.stdio == nil }

  static let stdio = Self(purpose: "a stdio server (--stdio)") { settings, _ in
    settings.stdio != nil
  }

  static let embeddedTarget = Self(purpose: "the embedded network") { settings, _ in
    settings.usesEmbeddedTarget
  }

  static let otherServer = Self(
    purpose: "a server that --mcp-url, --mcp-host or --server names"
  ) { settings, _ in
    settings.serverURL != nil || settings.server != nil || settings.baseServer != nil
      || settings.headServer != nil
  }

  static let secure = Self(purpose: "a server with an https URL") { settings, _ in
    [settings.serverURL, settings.limitedServerURL, settings.metricsURL]
      .contains { $0?.isSecure == true }
  }

  static let host = Self(purpose: "a server that --mcp-host names") { settings, _ in
    settings.serverHost != nil
  }

  /// Where there is no other server, any scenario takes it.
  static let limited = Self(purpose: "exhaustion_test") { settings, scenarios in
    scenarios.contains(.exhaustionTest) || settings.serverURL == settings.limitedServerURL
  }

  static let embedded = Self(purpose: "the embedded network's server") { settings, _ in
    settings.serverURL == nil && settings.stdio == nil
  }

  static let closedLoop = Self(purpose: "a closed loop (without --rate)") { settings, _ in
    settings.ratePerSecond == nil
  }

  static let openLoop = Self(purpose: "an open loop (--rate)") { settings, _ in
    settings.ratePerSecond != nil
  }
}
