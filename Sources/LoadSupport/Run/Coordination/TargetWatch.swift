import EventIO

/// Counts what is on the target around a load.
struct TargetWatch: Sendable {
  /// Counts once; throws a sentence where that cannot be done.
  let count: @Sendable () async throws -> TargetCount

  /// What there was before the load; nil until somebody counted.
  var before: TargetCount?

  /// How long to wait between two counts.
  let pause: Duration

  init(pause: Duration, count: @escaping @Sendable () async throws -> TargetCount) {
    (self.pause, self.count) = (pause, count)
  }

  /// How long nothing must change until what is left is taken to stay: a login ends by itself in moments, on a
  /// machine that is busy with others in seconds.
  var patience = Duration.seconds(5)

  /// How long is waited in any case.
  private static let longest = Duration.seconds(20)

  /// Counts until nothing is left beside so many logins more that the server says it keeps, or until it stays.
  func countAfter(_ before: TargetCount, kept: Int) async throws -> TargetCount {
    let end = MonotonicInstant.now() + Self.longest
    var last = try await count()
    var since = MonotonicInstant.now()
    func isSettled() -> Bool {
      last.logins <= before.logins + kept
        && last.strays?.count ?? 0 <= before.strays?.count ?? 0
    }
    while !isSettled(), .now() < end, .now() < since + patience {
      do { try await Task.sleep(for: pause) } catch { return last }
      let next = try await count()
      if next != last { since = .now() }
      last = next
    }
    return last
  }
}
