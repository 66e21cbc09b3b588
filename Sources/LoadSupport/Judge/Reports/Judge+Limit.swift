extension Judge {
  /// The verdict on a limit that is none of the load's own, as far as the run's validity lets it stand.
  ///
  /// - Throws: `ThresholdError` where the load has nothing that it could be about, or why the recording cannot be
  ///   read.
  package func verdict(on limit: Workload.Limit, of scenario: String) throws -> Verdict {
    let judge = ScenarioName.judge(of: scenario)
    let analysis = try RecordingAnalysis(scenario, of: recording)
    let threshold = try Threshold(RecordedLimit(limit), of: scenario, judge.thresholds)
    try LimitedLoad(analysis.scenario).check(threshold)
    let verdicts = try judge.verdicts(analysis, [threshold], Validity(analysis))
    return verdicts.first ?? .nothingMeasured(threshold)
  }
}
