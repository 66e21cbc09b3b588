import Foundation

/// `plan.json`: what a comparison or a search for the capacity was asked for, written before its first run.
///
/// With the recordings beside it the answer can be computed again.
struct GatePlan: Sendable, Codable, Equatable {
  /// What a comparison is asked for.
  struct Comparison: Sendable, Codable, Equatable {
    let scenario: String

    /// The smallest change that counts, as a share.
    let tolerance: Double

    /// The pairs that the first look takes.
    let firstLook: Int

    private enum CodingKeys: String, CodingKey {
      case scenario
      case tolerance
      case firstLook = "first_look"
    }
  }

  /// What a search for the capacity is asked for.
  struct Capacity: Sendable, Codable, Equatable {
    let objective: ServiceObjective

    /// The rates between which the search goes.
    let lowestPerSecond: Double
    let highestPerSecond: Double

    private enum CodingKeys: String, CodingKey {
      case objective
      case lowestPerSecond = "lowest_per_s"
      case highestPerSecond = "highest_per_s"
    }
  }

  /// How it ended.
  struct End: Sendable, Codable, Equatable {
    /// How many pairs or trials count.
    let count: Int

    /// Whether somebody asked for an early end.
    let isInterrupted: Bool

    private enum CodingKeys: String, CodingKey {
      case count
      case isInterrupted = "interrupted"
    }
  }

  /// The version of the file's format.
  private(set) var format = Self.currentFormat

  /// The version that this code writes, and the only one that it reads.
  private static let currentFormat = 1

  /// The machine that makes the load.
  var machine = Machine.current()

  /// One of these is there.
  var comparison: Comparison?
  var capacity: Capacity?

  /// Added behind the last run; nil where the program was killed before.
  var end: End?

  private static func path(in directory: String) -> String { directory + "/plan.json" }

  /// Writes it into the directory of the runs.
  func write(to directory: String) throws {
    try ResultFile.write(RecordingJSON.encodeFile(self), to: Self.path(in: directory))
  }

  /// Reads the plan in a directory; nil where there is none.
  ///
  /// - Throws: when it is damaged, of another format, or has numbers that no plan has.
  static func read(in directory: String) throws(RecordingFormatError) -> GatePlan? {
    let path = path(in: directory)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let plan: GatePlan
    do {
      plan = try RecordingJSON.decodeFile(GatePlan.self, at: path)
    } catch {
      throw RecordingFormatError("\(path) cannot be read: \(Failure.reason(error))")
    }
    guard plan.format == currentFormat else {
      throw RecordingFormatError(
        "\(path) is of format \(plan.format), and this program reads \(currentFormat)"
      )
    }
    guard plan.isPossible else {
      throw RecordingFormatError("\(path) has numbers that no plan has")
    }
    return plan
  }

  /// Whether its numbers are ones that a command line can have asked for.
  private var isPossible: Bool {
    let isComparison = comparison.map {
      (1...100_000).contains($0.firstLook) && (0...1).contains($0.tolerance)
    }
    let isCapacity = capacity.map {
      $0.lowestPerSecond > 0 && $0.lowestPerSecond <= $0.highestPerSecond
        && $0.highestPerSecond <= 1e9
    }
    return isComparison != false && isCapacity != false && (0...1_000_000).contains(end?.count ?? 0)
  }
}

extension GatePlan {
  /// Holds that as many pairs or trials were read as there were; of one that was killed nobody knows how
  /// many there were, and one is enough.
  ///
  /// - Throws: which one is missing.
  func check(
    _ count: Int,
    _ what: String,
    next: String,
    in directory: String
  ) throws(RecordingFormatError) {
    if let end, count < end.count {
      throw RecordingFormatError(
        "\(directory)/\(next) is missing or damaged: \(end.count) \(what) were recorded, and \(count) can "
          + "be read; what was written of them before is left as it is"
      )
    }
    if end == nil, count == 0 {
      throw RecordingFormatError("\(directory) holds none of the \(what) that it was to have")
    }
  }
}

extension ServiceObjective: Codable {
  /// Reads what a command line may have.
  package init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes it as a command line has it, without separators in its numbers.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(parts.map { $0.text { "\($0)" } }.joined(separator: ","))
  }
}
