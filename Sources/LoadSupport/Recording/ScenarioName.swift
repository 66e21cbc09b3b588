import EventIO

/// A scenario by its name in files, on the command line and in thresholds files.
///
/// The suite's own names, and what belongs to each, stand in one table where the halves meet; a workload of
/// a user's own has a name that is none of them, or takes the place of the scenario that has it.
package struct ScenarioName: RawRepresentable, Hashable, Sendable, Codable, CaseIterable {
  package let rawValue: String

  /// What is run under this name where it is not what the table says.
  package let own: WorkloadFile?

  /// The name that a text is; nil if the suite has no such scenario.
  package init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue.hasSameBytes(as: rawValue) })
    else { return nil }
    self = known
  }

  /// Makes a name, for the table.
  init(_ name: StaticString) {
    rawValue = "\(name)"
    own = nil
  }

  /// The name that a file of results has, which may be that of any workload.
  package init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
    own = nil
  }

  /// The name of a workload of a user's own.
  package init(_ file: WorkloadFile) {
    rawValue = file.workload.name
    own = file
  }

  package static func == (one: ScenarioName, other: ScenarioName) -> Bool {
    one.rawValue.hasSameBytes(as: other.rawValue)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
