import Foundation

/// `comparison-plan.json`: what a comparison was asked for, written before its first pair.
///
/// With the recordings beside it the answer can be computed again.
struct ComparisonPlan: Sendable, Codable, Equatable {
  /// The version of the file's format.
  private(set) var format = 1
  let scenario: ScenarioName

  /// The change that is none yet, as a share.
  let tolerance: Double

  /// The pairs that the first look takes.
  let firstLook: Int

  /// The machine that makes the load.
  let machine: Machine

  /// How it ended, added behind the last pair; nil where the program was killed.
  var end: GateEnd?

  private enum CodingKeys: String, CodingKey {
    case format
    case scenario
    case tolerance
    case firstLook = "first_look"
    case machine
    case end
  }

  init(scenario: ScenarioName, tolerance: Double, firstLook: Int, machine: Machine) {
    self.scenario = scenario
    self.tolerance = tolerance
    self.firstLook = firstLook
    self.machine = machine
  }

  /// Where it lies in the comparison's directory.
  static func path(in directory: String) -> String { directory + "/comparison-plan.json" }

  /// Writes it into the comparison's directory.
  func write(to directory: String) throws {
    try ResultFile.write(RecordingJSON.encodeFile(self), to: Self.path(in: directory))
  }
}
