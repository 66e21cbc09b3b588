/// What instants and spans a recording can have.
enum RecordedInstant {
  /// 13 days in nanoseconds on either side of the origin: no run is that long, and sums and
  /// differences of what is shorter cannot overflow.
  private static let furthest: Int64 = 1 << 50

  /// Whether all of them are ones that a recording can have; what is not there is.
  static func arePossible(_ nanoseconds: Int64?...) -> Bool {
    nanoseconds.compactMap(\.self).allSatisfy { $0.magnitude <= furthest }
  }
}

/// A header of a recording, or a line of it besides its samples.
package protocol RecordedLine: Decodable {
  /// Whether its numbers are ones that a recording can have.
  var isPossible: Bool { get }
}
