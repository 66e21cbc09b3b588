/// The window that is judged, as the recording's events tell it, in nanoseconds since the origin.
package struct MeasuredWindow: Sendable, Equatable {
  /// How the window came to its end.
  package enum Ending: String, Sendable, Codable {
    /// As planned.
    case complete

    /// Somebody asked for an early end.
    case stopped

    /// The recording breaks off: the run was killed.
    case brokenOff = "broken_off"

    /// The load never began.
    case neverBegan = "never_began"
  }

  /// Where it begins.
  package let start: Int64

  /// Where it ends.
  package let end: Int64

  /// How it came to its end.
  package let ending: Ending

  /// The window of a recording whose last sample was over at `lastDone`.
  package init(events: [RunEvent], lastDone: Int64?) {
    guard let measure = events.first(where: { $0.event == .measure }), let planned = measure.until
    else {
      start = 0
      end = 0
      ending = .neverBegan
      return
    }
    start = measure.at
    if let stopped = events.first(where: { $0.event == .stopped }), stopped.at < planned {
      end = max(measure.at, stopped.at)
      ending = .stopped
    } else if events.contains(where: { $0.event == .drain }) {
      end = max(measure.at, planned)
      ending = .complete
    } else {
      end = max(measure.at, min(planned, lastDone ?? measure.at))
      ending = .brokenOff
    }
  }

  /// Its length in seconds.
  package var seconds: Double { Double(end - start) / 1e9 }

  /// Whether an instant lies in it.
  package func contains(_ instant: Int64) -> Bool {
    instant >= start && instant < end
  }
}
