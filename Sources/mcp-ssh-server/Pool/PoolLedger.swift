import EventIO

/// The pool's bookkeeping: which connections there are, for what, and who may have one.
///
/// Pure: it names connections by number, is told what happened to them and decides. A connection
/// belongs to one user from `acquire` to `release`.
struct PoolLedger<Key: Hashable & Sendable>: Sendable {
  /// What a request for a connection comes to.
  enum Decision: Equatable, Sendable {
    /// This idle connection is now the caller's.
    case reuse(Int)

    /// Log in, under this number; the other, idle connection must be closed to make room.
    case create(Int, closing: Int?)

    /// All places are taken by connections in use.
    case full
  }

  /// What happened to the pool since the start.
  struct Counters: Equatable, Sendable {
    var hits = 0
    var misses = 0
    var creates = 0
    var expires = 0
    var healthFails = 0
  }

  private enum State: Equatable {
    case connecting
    case idle(since: MonotonicInstant)
    case checked(idleSince: MonotonicInstant)
    case leased
  }

  private struct Entry {
    let key: Key
    let isReusable: Bool
    var state: State

    /// When it last showed that it lives.
    var lastSeen = MonotonicInstant(nanoseconds: .min)

    var isIdle: Bool {
      switch state {
      case .idle, .checked: true
      case .connecting, .leased: false
      }
    }
  }

  /// How many connections there may be, those that are being made included.
  let limit: Int

  /// The counters.
  private(set) var counters = Counters()

  private var entries: [Int: Entry] = [:]
  private var nextNumber = 1

  init(limit: Int) {
    self.limit = limit
  }

  /// How many connections there are, those that are being made included.
  var count: Int { entries.count }

  /// How many connections wait for a user.
  var idleCount: Int { entries.values.count { $0.isIdle } }

  /// How many connections of each key are in use, being made included, and idle.
  var countsByKey: [Key: (active: Int, idle: Int)] {
    var counts: [Key: (active: Int, idle: Int)] = [:]
    for entry in entries.values {
      counts[entry.key, default: (0, 0)].active += entry.isIdle ? 0 : 1
      counts[entry.key, default: (0, 0)].idle += entry.isIdle ? 1 : 0
    }
    return counts
  }

  /// Decides on a request; without `reusing` the connection is made anew and closed on release.
  mutating func acquire(_ key: Key, reusing: Bool = true) -> Decision {
    if reusing, let number = newestIdle(of: key) {
      counters.hits += 1
      entries[number]?.state = .leased
      return .reuse(number)
    }
    var victim: Int?
    if entries.count >= limit {
      victim = oldestIdle()
      guard let victim else { return .full }
      entries[victim] = nil
      counters.expires += 1
    }
    counters.misses += 1
    let number = nextNumber
    nextNumber += 1
    entries[number] = Entry(key: key, isReusable: reusing, state: .connecting)
    return .create(number, closing: victim)
  }

  /// The login under this number succeeded; the connection is its asker's.
  mutating func connected(_ number: Int) {
    guard entries[number]?.state == .connecting else { return }
    entries[number]?.state = .leased
    counters.creates += 1
  }

  /// The login under this number failed.
  mutating func failed(_ number: Int) {
    guard entries[number]?.state == .connecting else { return }
    entries[number] = nil
  }

  /// A user gives a connection back; false means that it is to be closed.
  mutating func release(_ number: Int, at now: MonotonicInstant) -> Bool {
    guard let entry = entries[number], entry.state == .leased else { return false }
    if entry.isReusable {
      entries[number]?.state = .idle(since: now)
      entries[number]?.lastSeen = now
    } else {
      entries[number] = nil
    }
    return entry.isReusable
  }

  /// A connection was found dead, or is not to be used any more because it was seen to fail.
  mutating func died(_ number: Int) {
    guard let entry = entries[number], entry.state != .connecting else { return }
    entries[number] = nil
    counters.healthFails += 1
  }

  /// A user closes a connection that it holds.
  mutating func discard(_ number: Int) {
    entries[number] = nil
  }

  // MARK: Upkeep

  /// Whether idle connections are being tried, which will be free in a moment.
  var isChecking: Bool {
    entries.values.contains { if case .checked = $0.state { true } else { false } }
  }

  /// Removes connections that have been idle since then or longer, but leaves so many of each key.
  mutating func expireIdle(since instant: MonotonicInstant, keeping minimum: Int) -> [Int] {
    var left: [Key: Int] = [:]
    for entry in entries.values where entry.isIdle { left[entry.key, default: 0] += 1 }
    var expired: [Int] = []
    let oldestFirst = idle { _ in true }.sorted { ($0.since, $0.number) < ($1.since, $1.number) }
    for (since, number) in oldestFirst where since <= instant {
      guard let key = entries[number]?.key, left[key, default: 0] > minimum else { continue }
      left[key, default: 0] -= 1
      entries[number] = nil
      counters.expires += 1
      expired.append(number)
    }
    return expired
  }

  /// Takes idle connections that gave no sign since then out of use, to be tried.
  mutating func beginChecks(unseenSince instant: MonotonicInstant) -> [Int] {
    var due: [Int] = []
    for (number, entry) in entries {
      guard case .idle(let since) = entry.state, entry.lastSeen <= instant else { continue }
      entries[number]?.state = .checked(idleSince: since)
      due.append(number)
    }
    return due.sorted()
  }

  /// A connection that was tried is well; it is as long idle as before.
  mutating func endCheck(_ number: Int, at now: MonotonicInstant) {
    guard case .checked(let since) = entries[number]?.state else { return }
    entries[number]?.state = .idle(since: since)
    entries[number]?.lastSeen = now
  }

  private func newestIdle(of key: Key) -> Int? {
    idle { $0.key == key }.max { ($0.since, $0.number) < ($1.since, $1.number) }?.number
  }

  private func oldestIdle() -> Int? {
    idle { _ in true }.min { ($0.since, $0.number) < ($1.since, $1.number) }?.number
  }

  private func idle(
    where isWanted: (Entry) -> Bool
  ) -> [(since: MonotonicInstant, number: Int)] {
    entries.compactMap { number, entry in
      guard case .idle(let since) = entry.state, isWanted(entry) else { return nil }
      return (since, number)
    }
  }
}
