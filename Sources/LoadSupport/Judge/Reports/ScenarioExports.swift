/// The files of a scenario for other programs: its course over time and its percentile curves.
struct ScenarioExports: Sendable {
  /// The contents by path.
  let files: [String: String]

  /// Lays the files out.
  init(_ analysis: RecordingAnalysis, _ layout: ScenarioLayout) {
    var files = [layout.series: SeriesCSV(analysis).text]
    for operation in analysis.aggregate.operations {
      let successes = Aggregate.Filter(operation: operation, outcomes: [.success])
      files[layout.percentiles(of: operation)] =
        PercentileDistribution(analysis.aggregate.latency(successes))?.text
    }
    self.files = files
  }
}
