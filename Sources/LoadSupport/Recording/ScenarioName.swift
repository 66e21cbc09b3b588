import EventIO

/// A scenario by its name in files, on the command line and in thresholds files.
///
/// The names, and what belongs to each, stand in one table where the halves meet.
package struct ScenarioName: RawRepresentable, Hashable, Sendable, Codable, CaseIterable {
  package let rawValue: String

  /// The name that a text is; nil if there is no such scenario.
  package init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue.hasSameBytes(as: rawValue) })
    else { return nil }
    self = known
  }

  /// Makes a name, for the table.
  init(_ name: StaticString) {
    rawValue = "\(name)"
  }
}
