extension ScenarioName {
  /// What each scenario is judged by, by the scenario's name.
  static let judges: [String: any ScenarioJudge] = [
    connectionRate.rawValue: ConnectionRateJudge(),
    commandThroughput.rawValue: CommandThroughputJudge(),
    sustainedLoad.rawValue: SustainedLoadJudge(),
    latencyTest.rawValue: LatencySensitivityJudge(),
    exhaustionTest.rawValue: PoolExhaustionJudge(),
  ]
}
