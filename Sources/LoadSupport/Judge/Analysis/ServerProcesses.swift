import EventIO

/// What the processes of a stdio server cost, and how they ended.
struct ServerProcesses: Sendable, Codable, Equatable {
  /// A figure of several processes.
  struct Spread: Sendable, Codable, Equatable {
    let n: Int
    let p50: Double

    /// Nil where 1 % of so few is nobody.
    let p99: Double?
    let max: Double

    /// Takes percentiles by nearest rank; nil where there are no values.
    init?(_ values: [Double]) {
      let sorted = values.sorted()
      guard let last = sorted.last else { return nil }
      func rank(_ p: Double) -> Double {
        sorted[Swift.max(0, Int((p * Double(sorted.count)).rounded(.up)) - 1)]
      }
      (n, p50, max) = (sorted.count, rank(0.5), last)
      p99 = sorted.count < 100 ? nil : rank(0.99)
    }
  }

  /// How many ended, which all do in the end.
  let ended: Int

  /// From the wish for one to its answer to the first request, in milliseconds.
  let start: Spread?

  /// Resident bytes, open descriptors and threads of a process and all below it, at the end of the load.
  let memory: Spread?
  let descriptors: Spread?
  let threads: Spread?

  /// How many ended before they were to, and in which ways.
  let early: Int
  let earlyEnds: [String]

  /// How many did not end with their input: by SIGTERM, or not by that either.
  let terminated: Int
  let killed: Int

  /// How many were killed at once, since they could not be spoken to any more.
  let discarded: Int

  /// How many processes were there that they had started, after their end, and what the first are called.
  let leftBehind: Int
  let leftNames: [String]

  /// How many lines of their standard outputs were no messages.
  let strayLines: Int

  private enum CodingKeys: String, CodingKey {
    case ended
    case start = "start_ms"
    case memory = "rss_bytes"
    case descriptors
    case threads
    case early
    case earlyEnds = "early_ends"
    case terminated
    case killed
    case discarded
    case leftBehind = "left_behind"
    case leftNames = "left_names"
    case strayLines = "stray_lines"
  }

  /// Puts together what events tell; nil where there were no such processes.
  init?(_ events: [RunEvent]) {
    let all = events.compactMap(\.process)
    guard !all.isEmpty else { return nil }
    func distinct(_ names: [String]) -> [String] { Array(Set(names).sorted().prefix(10)) }
    ended = all.count { $0.end != nil }
    start = Spread(all.compactMap(\.startNanoseconds).map { Double($0) / 1e6 })
    let costs = all.compactMap(\.cost)
    memory = Spread(costs.map { Double($0.residentBytes) })
    descriptors = Spread(costs.compactMap(\.descriptors).map(Double.init))
    threads = Spread(costs.map { Double($0.threads) })
    let early = all.filter { $0.manner == .early }
    self.early = early.count
    earlyEnds = distinct(early.compactMap(\.end))
    terminated = all.count { $0.manner == .terminated }
    killed = all.count { $0.manner == .killed }
    discarded = all.count { $0.manner == .discarded }
    leftBehind = all.compactMap(\.leftBehind).reduce(0, +)
    leftNames = distinct(all.compactMap(\.leftNames).flatMap(\.self))
    strayLines = all.compactMap(\.strayLines).reduce(0, +)
  }
}
