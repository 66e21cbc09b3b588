import Glibc

/// A point on CLOCK_MONOTONIC, the one clock of every measurement, in nanoseconds.
///
/// Wall time jumps; this clock does not. A recording's header ties the two together once.
package struct MonotonicInstant: Comparable, Hashable, Sendable {
  /// Nanoseconds since the clock's arbitrary origin (on Linux: boot).
  package var nanoseconds: Int64

  /// Makes an instant of a clock reading.
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The present instant; about 20 ns, without entering the kernel.
  @inline(__always)
  package static func now() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }

  package static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The instant that lies `duration` later.
  package static func + (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: instant.nanoseconds + duration.nanoseconds)
  }

  /// How long after `earlier` this instant lies.
  package static func - (later: MonotonicInstant, earlier: MonotonicInstant) -> Duration {
    .nanoseconds(later.nanoseconds - earlier.nanoseconds)
  }
}

extension Duration {
  /// The duration in whole nanoseconds, those beyond 292 years cut off.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? (seconds < 0 ? .min : .max) : product + attoseconds / 1_000_000_000
  }

  /// The duration in seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
