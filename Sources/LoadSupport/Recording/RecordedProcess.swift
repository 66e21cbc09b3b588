import EventIO

/// One process of a stdio server, as an event tells of it when it has ended.
package struct RecordedProcess: Sendable, Equatable, Codable {
  /// What a process and all below it cost at one moment.
  package struct Cost: Sendable, Equatable, Codable {
    /// How many processes that is.
    let processes: Int

    /// Their resident memory in bytes; what they share counts for each.
    let residentBytes: Int

    /// Their open descriptors; nil where that is not ours to see.
    let descriptors: Int?

    let threads: Int

    private enum CodingKeys: String, CodingKey {
      case processes
      case residentBytes = "rss_bytes"
      case descriptors
      case threads
    }
  }

  /// What made a process end.
  package enum Manner: String, Sendable, Codable, CaseIterable {
    /// It ended by itself while it was wanted.
    case early

    /// It ended when its standard input was closed, as servers are to.
    case closed

    /// It had to be asked by SIGTERM.
    case terminated

    /// It had to be killed.
    case killed

    /// It could not be spoken to any more, and was killed without a question.
    case discarded
  }

  /// Whose process it was; nil for what the processes left behind together.
  var worker: Int?

  /// From the wish to have it to its answer to the first request; nil if that never came.
  var startNanoseconds: Int64?

  /// What it cost at the end of the load; nil if it did not live until then.
  var cost: Cost?

  /// How it ended, such as `exit status 0`.
  var end: String?

  var manner: Manner?

  /// How many processes were there that it had started, a moment after its end; nil for none.
  var leftBehind: Int?

  /// The names of the first of them.
  var leftNames: [String]?

  /// How many lines of its standard output were no messages of JSON-RPC; nil for none.
  var strayLines: Int?

  private enum CodingKeys: String, CodingKey {
    case worker
    case startNanoseconds = "start_ns"
    case cost
    case end
    case manner
    case leftBehind = "left_behind"
    case leftNames = "left_names"
    case strayLines = "stray_lines"
  }

  /// Makes a record to be filled in.
  init(worker: Int? = nil, cost: Cost? = nil) {
    self.worker = worker
    self.cost = cost
  }

  /// Whether all numbers are such as a machine can have.
  var isPossible: Bool {
    RecordedInstant.arePossible(startNanoseconds)
      && [worker, leftBehind, strayLines, cost?.processes, cost?.descriptors, cost?.threads]
        .allSatisfy { RecordedNumber.count.contains($0 ?? 0) }
      && RecordedNumber.limit.contains(cost?.residentBytes ?? 0)
  }

  /// Notes what is there still, by name; of many the first are named.
  mutating func note(leftBehind names: [String]) {
    guard !names.isEmpty else { return }
    leftBehind = names.count
    leftNames = names.prefix(10).map { String($0.shown) }
  }
}
