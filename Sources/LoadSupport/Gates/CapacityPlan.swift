import Foundation

/// `capacity-plan.json`: what a search for the capacity was asked for, written before its first trial.
///
/// With the recordings beside it the answer can be computed again.
struct CapacityPlan: Sendable, Codable, Equatable {
  /// The version of the file's format.
  private(set) var format = 1

  /// The objective, as the command line has it.
  let objective: String

  /// The rates between which the search goes.
  let lowestPerSecond: Double
  let highestPerSecond: Double

  /// The machine that makes the load.
  let machine: Machine

  /// How it ended, added behind the last trial; nil where the program was killed.
  var end: GateEnd?

  private enum CodingKeys: String, CodingKey {
    case format
    case objective
    case lowestPerSecond = "lowest_per_s"
    case highestPerSecond = "highest_per_s"
    case machine
    case end
  }

  init(objective: ServiceObjective, rates: ClosedRange<Double>, machine: Machine) {
    self.objective = objective.description
    lowestPerSecond = rates.lowerBound
    highestPerSecond = rates.upperBound
    self.machine = machine
  }

  /// Where it lies in the search's directory.
  static func path(in directory: String) -> String { directory + "/capacity-plan.json" }

  /// Writes it into the search's directory.
  func write(to directory: String) throws {
    try ResultFile.write(RecordingJSON.encodeFile(self), to: Self.path(in: directory))
  }
}
