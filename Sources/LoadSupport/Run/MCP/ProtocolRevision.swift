import EventIO

/// A revision of the protocol, which is named by its date, such as 2025-06-18.
///
/// Another text has no place in the head of a request.
struct ProtocolRevision: Sendable, Equatable, Comparable {
  /// The date.
  let name: String

  /// Takes a name; nil where it is no date.
  init?(_ name: String) {
    let isDate =
      name.utf8.count == 10
      && name.utf8.enumerated().allSatisfy { index, byte in
        index == 4 || index == 7 ? byte == UInt8(ascii: "-") : byte &- 48 <= 9
      }
    guard isDate else { return nil }
    self.name = name
  }

  private init(known name: String) {
    self.name = name
  }

  /// From this one on requests name their revision in a header field.
  static let namedInFields = ProtocolRevision(known: "2025-06-18")

  /// The first that is without sessions, and the only one of those that is spoken here.
  static let withoutSessions = ProtocolRevision(known: "2026-07-28")

  /// The era that it belongs to.
  var era: ProtocolEra { self < .withoutSessions ? .legacy : .modern }

  /// Revisions compare as texts.
  static func < (left: ProtocolRevision, right: ProtocolRevision) -> Bool {
    left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }

  static func == (left: ProtocolRevision, right: ProtocolRevision) -> Bool {
    left.name.hasSameBytes(as: right.name)
  }
}
