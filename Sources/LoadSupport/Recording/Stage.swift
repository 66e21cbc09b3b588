import EventIO

/// A stretch of a load in which it keeps to one plan, as the half that loads has planned it.
///
/// Several stretches may have one name, as the slices of a link do: they are one stage.
package struct Stage: Sendable, Hashable, Codable {
  /// What its load does over time.
  package enum Kind: String, Sendable, Codable, CaseIterable {
    /// It stays the same: figures of the whole stage mean something.
    case steady

    /// It grows or falls: no figure of the whole is that of a state.
    case ramp

    /// The server is away on purpose.
    case outage
  }

  /// Where its connections come from.
  enum Connecting: String, Sendable, Codable, CaseIterable {
    /// A login each time.
    case cold

    /// The server's pool.
    case pooled
  }

  /// A figure that is planned to go in a straight line from one value to another, or to stay.
  struct Course: Sendable, Hashable, Codable {
    let from: Double
    let to: Double
  }

  /// The name that its samples carry as `step`; nil in a load of one stage.
  let name: String?

  let kind: Kind

  /// How many workers take part.
  let workers: Int

  /// Whether they share one MCP session; nil where they do not, and in recordings made before stages told.
  var sharesSession: Bool?

  /// Where its connections come from; nil where it opens none.
  let connecting: Connecting?

  /// Iterations that are to arrive a second; nil in a closed loop, and in recordings made before stages told.
  let rate: Course?

  /// How many of its workers are to be busy; nil for all of them, and in an open loop.
  let busyWorkers: Course?

  /// The mean of a worker's pause before each iteration of a closed loop, in seconds; nil where there is none.
  var thinkSeconds: Double?

  /// The least time from the beginning of a worker's iteration to that of its next, in seconds; nil for none.
  var paceSeconds: Double?

  /// How its iterations come in an open loop, `constant` or `poisson`; nil for as the whole load's.
  var arrivals: String?

  /// Requests of an iteration on average; nil for one.
  var callsPerIteration: Double?

  /// Its planned length in seconds; nil in recordings made before stages told.
  var seconds: Double?

  private enum CodingKeys: String, CodingKey {
    case name
    case kind
    case workers
    case sharesSession = "shares_session"
    case connecting
    case rate
    case busyWorkers = "busy_workers"
    case thinkSeconds = "think_s"
    case paceSeconds = "pace_s"
    case arrivals
    case callsPerIteration = "calls_per_iteration"
    case seconds = "duration_s"
  }

  /// A stage of a recording whose header has none (format 1 before it had stages): the connection rate
  /// test told kind and workers in a name such as `cold workers=5`.
  init?(formerName name: String) {
    let words = name.split(at: UInt8(ascii: " "))
    guard words.count == 2, let connecting = Connecting(rawValue: String(words[0])),
      let workers = words[1].split(at: UInt8(ascii: "=")).last.flatMap({ Int($0) })
    else { return nil }
    self.init(name: name, kind: .steady, workers: workers, connecting: connecting)
  }

  init(
    name: String?,
    kind: Kind,
    workers: Int,
    sharesSession: Bool? = nil,
    connecting: Connecting? = nil,
    rate: Course? = nil,
    busyWorkers: Course? = nil,
    thinkSeconds: Double? = nil,
    paceSeconds: Double? = nil,
    arrivals: String? = nil,
    callsPerIteration: Double? = nil,
    seconds: Double? = nil
  ) {
    self.name = name
    self.kind = kind
    self.workers = workers
    self.sharesSession = sharesSession
    self.connecting = connecting
    self.rate = rate
    self.busyWorkers = busyWorkers
    self.thinkSeconds = thinkSeconds
    self.paceSeconds = paceSeconds
    self.arrivals = arrivals
    self.callsPerIteration = callsPerIteration
    self.seconds = seconds
  }
}
