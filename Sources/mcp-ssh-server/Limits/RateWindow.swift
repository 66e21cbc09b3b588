import EventIO

/// A fixed window of requests, which begins with the first request that it counts.
struct RateWindow: Sendable {
  private var start: MonotonicInstant?
  private var count = 0

  /// Counts a request; if it is one too many, how long the window still lasts.
  mutating func admit(at now: MonotonicInstant, _ limit: RateLimit) -> Duration? {
    if let start, now < start + limit.window {
      guard count < limit.requests else { return start + limit.window - now }
    } else {
      start = now
      count = 0
    }
    count += 1
    return nil
  }

  /// Whether the window is over, so that nothing needs to remember it.
  func isOver(at now: MonotonicInstant, _ limit: RateLimit) -> Bool {
    start.map { now >= $0 + limit.window } ?? true
  }
}

/// How many requests a window admits.
struct RateLimit: Equatable, Sendable {
  /// Requests a window; zero for no limit.
  var requests = 100

  /// How long a window lasts.
  var window = Duration.seconds(60)

  /// Whole seconds after which a request is sure to find a new window (RFC 9110 §10.2.3).
  static func retryAfterSeconds(_ remaining: Duration) -> Int {
    max(1, Int(remaining.seconds.rounded(.up)))
  }
}

/// The windows of clients that have no session yet, by address.
struct AddressRates: Sendable {
  private var windows: [String: RateWindow] = [:]
  private var sweepCount = 4096

  /// As `RateWindow.admit`, for one client.
  mutating func admit(
    _ address: String,
    at now: MonotonicInstant,
    _ limit: RateLimit
  ) -> Duration? {
    if windows.count >= sweepCount {
      windows = windows.filter { !$0.value.isOver(at: now, limit) }
      // Twice as many as were left, or each request of a crowd would go through all of them.
      sweepCount = max(4096, 2 * windows.count)
    }
    return windows[address, default: RateWindow()].admit(at: now, limit)
  }
}
