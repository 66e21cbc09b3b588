import EventIO
import Glibc

/// Ties a recording's instants to wall time, once.
///
/// Lines of a recording carry nanoseconds since this origin; wall time is derived.
package struct ClockOrigin: Sendable, Equatable, Codable {
  /// The reading of CLOCK_MONOTONIC that counts as zero, in nanoseconds.
  package let monotonicNanoseconds: Int64

  /// The wall time at that instant, in milliseconds since 1970.
  package let epochMilliseconds: Double

  private enum CodingKeys: String, CodingKey {
    case monotonicNanoseconds = "monotonic_ns"
    case epochMilliseconds = "epoch_ms"
  }

  /// An origin of given readings.
  package init(monotonicNanoseconds: Int64, epochMilliseconds: Double) {
    self.monotonicNanoseconds = monotonicNanoseconds
    self.epochMilliseconds = epochMilliseconds
  }

  /// The present instant as origin.
  package static func now() -> ClockOrigin {
    var wall = timespec()
    clock_gettime(CLOCK_REALTIME, &wall)
    return ClockOrigin(
      monotonicNanoseconds: MonotonicInstant.now().nanoseconds,
      epochMilliseconds: Double(wall.tv_sec) * 1000 + (Double(wall.tv_nsec) / 1e6).rounded()
    )
  }

  /// The instant as nanoseconds since the origin.
  func offset(_ nanoseconds: Int64) -> Int64 {
    nanoseconds - monotonicNanoseconds
  }

  /// Nanoseconds from another origin to this one, which may be of another machine, by their wall times; nil
  /// for more than 292 years.
  func nanoseconds(since other: ClockOrigin) -> Int64? {
    Int64(exactly: ((epochMilliseconds - other.epochMilliseconds) * 1e6).rounded())
  }

  /// The wall time of an offset, in whole milliseconds since 1970.
  package func epochMilliseconds(at offset: Int64) -> Int64 {
    Int64(epochMilliseconds) + offset / 1_000_000
  }
}
