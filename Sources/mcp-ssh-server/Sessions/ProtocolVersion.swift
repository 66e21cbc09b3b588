/// The revisions of the Model Context Protocol that the server speaks.
enum ProtocolVersion: String, CaseIterable, Comparable, Sendable {
  case november2024 = "2024-11-05"
  case march2025 = "2025-03-26"
  case june2025 = "2025-06-18"
  case november2025 = "2025-11-25"

  /// The revision that is offered to a client that asked for an unknown one.
  static let latest = ProtocolVersion.november2025

  /// The revision to speak with a client that asked for this one.
  static func negotiated(_ requested: String) -> ProtocolVersion {
    ProtocolVersion(rawValue: requested) ?? latest
  }

  /// Whether several messages may come in one array: only this revision has that.
  var allowsBatches: Bool { self == .march2025 }

  /// Revisions are dates, so their text has their order.
  static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
    left.rawValue < right.rawValue
  }
}
