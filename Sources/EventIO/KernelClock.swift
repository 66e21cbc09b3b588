import CLinux

/// What the kernel knows of its wall clock (adjtimex(2)), which needs no privilege and no daemon.
package enum KernelClock {
  /// How far it may be off at most, and whether something keeps it to true time; nil where the kernel does not tell.
  package static var error: (milliseconds: Double, isSynchronised: Bool)? {
    var microseconds: Int64 = 0
    let state = clinux_clock_error(&microseconds)
    guard state >= 0, microseconds >= 0 else { return nil }
    return (Double(microseconds) / 1_000, state == 1)
  }
}
