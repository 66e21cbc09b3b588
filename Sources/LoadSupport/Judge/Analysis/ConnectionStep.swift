import EventIO

/// A step of the connection rate test: so many workers connect over and over, by a fresh login each
/// time or from the server's pool.
package struct ConnectionStep: Sendable {
  /// When it was.
  package let slice: MeasuredWindow.Slice

  /// Its connects that succeeded.
  package let filter: Aggregate.Filter

  /// How many those were.
  package let count: Int

  /// CPU time in seconds that server, ssh and sshd used for each; nil where that is not known.
  package let cpuSeconds: Double?

  /// All of them, in the order in which they began.
  package static func all(_ analysis: RecordingAnalysis) -> [ConnectionStep] {
    analysis.aggregate.window.slices.map { ConnectionStep($0, analysis) }
  }

  private init(_ slice: MeasuredWindow.Slice, _ analysis: RecordingAnalysis) {
    self.slice = slice
    filter = Aggregate.Filter(step: slice.step, operation: "connect", outcomes: [.success])
    let count = analysis.aggregate.latency(filter).count
    self.count = count
    let used = analysis.servingCPUSeconds(in: slice)
    cpuSeconds = count > 0 ? used.map { $0 / Double(count) } : nil
  }

  /// Connections a second.
  ///
  /// A login can take as long as the step: those under way at its end count, and their time.
  package var rate: Double {
    slice.secondsToSettle > 0 ? Double(count) / slice.secondsToSettle : 0
  }

  /// The number of workers, from the step's name.
  package var workers: Int {
    slice.step?.split(at: UInt8(ascii: "=")).last.flatMap { Int($0) } ?? 0
  }

  /// Whether connections came from the pool.
  package var isPooled: Bool { slice.step?.hasBytePrefix("pooled") ?? false }
}
