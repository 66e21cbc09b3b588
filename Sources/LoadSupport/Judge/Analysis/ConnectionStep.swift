import EventIO

/// A step of the connection rate test: so many workers connect over and over, by a fresh login each
/// time or from the server's pool.
struct ConnectionStep: Sendable {
  /// When it was.
  let slice: MeasuredWindow.Slice

  /// Its connects that succeeded.
  let filter: Aggregate.Filter

  /// How many those were.
  let count: Int

  /// CPU time in seconds that server, ssh and sshd used for each; nil where that is not known.
  let cpuSeconds: Double?

  /// All of them, in the order in which they began.
  static func all(_ analysis: RecordingAnalysis) -> [ConnectionStep] {
    analysis.aggregate.window.slices.map { ConnectionStep($0, analysis) }
  }

  private init(_ slice: MeasuredWindow.Slice, _ analysis: RecordingAnalysis) {
    self.slice = slice
    filter = Aggregate.Filter(
      step: slice.step,
      operation: OperationName.connect,
      outcomes: [.success]
    )
    let count = analysis.aggregate.latency(filter).count
    self.count = count
    let used = analysis.servingCPUSeconds(in: slice)
    let stage = analysis.scenario.stage(slice.step)
    workers = stage?.workers ?? 0
    isPooled = stage?.connecting == .pooled
    cpuSeconds = count > 0 ? used.map { $0 / Double(count) } : nil
  }

  /// Connections a second.
  ///
  /// A login can take as long as the step: those under way at its end count, and their time.
  var rate: Double {
    slice.secondsToSettle > 0 ? Double(count) / slice.secondsToSettle : 0
  }

  /// How many workers connected.
  let workers: Int

  /// Whether connections came from the pool.
  let isPooled: Bool
}
