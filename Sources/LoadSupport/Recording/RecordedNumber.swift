/// What numbers a recording can have, with room to spare: none in a damaged or edited one may trap a
/// reader, or keep it busy for minutes.
enum RecordedNumber {
  /// Workers by number; a stray one must not make as many.
  static let workers: Range<Int64> = 0..<1_000_000

  /// Workers, loops, sessions, processors.
  static let count = 0...10_000_000

  /// Parts of a recording: as many generators may share a load.
  static let parts = 1...1_000

  /// Lengths of time in seconds, up to thirty years.
  static let seconds = 0.0...1e9

  /// Limits of servers, and attempts.
  static let limit = 0...1_000_000_000_000
}

extension RunHeader: RecordedLine {
  package var isPossible: Bool {
    RecordedNumber.count.contains(machine.cores)
      && RecordedNumber.count.contains(machine.processors ?? 0)
      && (0...1e15).contains(clock.epochMilliseconds)
      && part?.isPossible ?? true && merged?.isPossible ?? true
      && (0...1e12).contains(clockBound?.maximumErrorMilliseconds ?? 0)
  }
}

extension ScenarioHeader: RecordedLine {
  package var isPossible: Bool {
    let counts = [workers, loops, sessions ?? 0, network.serverCores ?? 0]
    let times = [
      warmUpSeconds, durationSeconds, timeoutSeconds, network.limits?.windowSeconds ?? 0,
    ]
    let limits = [network.limits?.pool ?? 0, network.limits?.requestsPerWindow ?? 0]
    return counts.allSatisfy(RecordedNumber.count.contains)
      && times.allSatisfy(RecordedNumber.seconds.contains)
      && limits.allSatisfy(RecordedNumber.limit.contains)
      && (0...1e9).contains(arrivalRate ?? 0)
      && (thresholds ?? []).allSatisfy(\.isPossible)
      && (network.links ?? []).allSatisfy {
        (0...3_600_000).contains($0.delayMilliseconds)
          && (0...3_600_000).contains($0.jitterMilliseconds) && (0...100).contains($0.lossPercent)
      }
  }
}
