/// The files of a scenario for other programs: its course over time, its percentile curves and its picture.
struct ScenarioExports: Sendable {
  /// The contents by path.
  let files: [String: String]

  /// Lays the files out.
  init(_ analysis: RecordingAnalysis, _ layout: ScenarioLayout, picture: SVGChart?) {
    var files = [layout.series: SeriesCSV(analysis).text]
    for operation in analysis.aggregate.operations {
      let successes = Aggregate.Filter(operation: operation, outcomes: [.success])
      files[layout.percentiles(of: operation)] =
        PercentileDistribution(analysis.aggregate.latency(successes))?.text
    }
    files[layout.picture] = picture?.file
    self.files = files
  }
}
