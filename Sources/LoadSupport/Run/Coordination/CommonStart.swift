import EventIO
import Glibc

/// The begin that the parts of a load have in common: all have their sessions before it, or are left out.
///
/// At the common instant the measured window begins, and the warm-up of the first step lies before it. Where files tell,
/// part 0 is the first to open sessions and the last to have looked at the server, whose counts it reads for all.
///
/// What it throws is a `StartError`; where it waits that is not typed, for Swift 6.3.1 cannot optimise such a wait.
struct CommonStart: Sendable {
  /// What tells the time, and lets it pass.
  struct Clock: Sendable {
    var now: @Sendable () -> ClockOrigin = { .now() }
    var pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
  }

  /// How the instant is known.
  let point: StartPoint

  /// Which part waits, with its attempt.
  let part: RecordingPart

  /// The scenario whose load begins.
  let scenario: String

  var clock = Clock()

  /// How long parts wait for each other by a file.
  private static let longest = Duration.seconds(600)

  /// How long after they are known to be ready their load begins: until then all have seen the file.
  private static let notice = Duration.seconds(2)

  /// How often a part that is ready says so, and how often it looks at what others say.
  private static let beat = Duration.seconds(1)
  private static let look = Duration.milliseconds(200)

  /// How long part 0 waits at the end for the others to close their sessions.
  private static let closing = Duration.seconds(20)

  private var files: StartFiles? {
    guard case .file(let path) = point else { return nil }
    return StartFiles(path: "\(path).\(scenario)", own: part)
  }

  /// Waits until part 0 has its sessions, and so has looked at the server without any.
  func waitForFirst(
    tell: (String) -> Void,
    isStopping: () -> Bool
  ) async throws {
    guard let files, part.index > 0 else { return }
    var first = RollCall(of: part, for: 0..<1)
    let end = clock.now().monotonicNanoseconds + Self.longest.nanoseconds
    tell("waiting for part 0")
    while !isStopping() {
      try first.look(at: files)
      if first.missing.isEmpty { return }
      guard clock.now().monotonicNanoseconds < end else { throw tooLong(first.shown) }
      await clock.pause(Self.look)
    }
  }

  /// Says that the part has closed its sessions; part 0 waits until the others have, as far as it can be known.
  func leave(isStopping: () -> Bool) async {
    files?.removeReady(part.index)
    guard part.index == 0, part.of > 1 else { return }
    let longest = files == nil ? Self.notice : Self.closing
    let end = clock.now().monotonicNanoseconds + longest.nanoseconds
    while !isStopping(), clock.now().monotonicNanoseconds < end {
      if let files, (1..<part.of).allSatisfy({ !files.isReady($0) }) { return }
      await clock.pause(Self.look)
    }
  }

  /// Waits until it is known when all begin, and gives the instant in nanoseconds of the monotonic clock at which
  /// the warm-up does; nil if the wait was ended.
  ///
  /// `tell` gets what is waited for.
  func wait(
    warmUp: Duration,
    tell: (String) -> Void,
    isStopping: () -> Bool
  ) async throws -> Int64? {
    let start: Double
    switch point {
    case .instant(let milliseconds):
      tell("waiting for the common start")
      start = milliseconds
    case .file:
      guard let files, let met = try await meet(by: files, warmUp, tell, isStopping) else {
        return nil
      }
      start = met
    }
    func ahead(_ now: ClockOrigin) -> Double {
      start - warmUp / .milliseconds(1) - now.epochMilliseconds
    }
    let late = -ahead(clock.now())
    guard late <= 0 else {
      throw StartError(
        "part \(part.index) was ready \(Int(late.rounded(.up))) ms too late for the common start: it has sent "
          + "nothing of the load; let the load begin later, or its warm-up be shorter"
      )
    }
    guard -late <= StartPoint.furthestMilliseconds else {
      throw StartError(
        "the parts are to begin more than a day ahead: their machines' clocks differ"
      )
    }
    while !isStopping() {
      // Wall time is taken for the monotonic clock's as late as can be: it may be set meanwhile.
      let now = clock.now()
      if ahead(now) < 2 * (Self.look / .milliseconds(1)) {
        return now.monotonicNanoseconds + Int64(ahead(now) * 1e6)
      }
      await clock.pause(Self.look)
    }
    return nil
  }

  /// Waits for the other parts; gives the wall time at which all begin, in milliseconds since 1970.
  private func meet(
    by files: StartFiles,
    _ warmUp: Duration,
    _ tell: (String) -> Void,
    _ isStopping: () -> Bool
  ) async throws -> Double? {
    let left = try files.start()
    if part.index == 0, left != nil { files.removeStart() }
    var others = RollCall(of: part, for: 0..<part.of)
    var beats = 0
    var due = clock.now().monotonicNanoseconds
    let end = due + Self.longest.nanoseconds
    while !isStopping() {
      let now = clock.now().monotonicNanoseconds
      if now >= due {
        beats += 1
        try files.write(StartFiles.Ready(part: part, beat: beats))
        due = now + Self.beat.nanoseconds
      }
      if part.index == 0 {
        try others.look(at: files)
        if others.missing.isEmpty { return try begin(with: others, by: files, warmUp) }
        tell("waiting for \(others.shown)")
      } else {
        if let start = try files.start(), start != left { return try instant(of: start) }
        tell("waiting for part 0 to begin")
      }
      guard now < end else {
        throw tooLong(
          part.index == 0 ? others.shown : "part 0, which begins by writing \(files.path)"
        )
      }
      await clock.pause(Self.look)
    }
    return nil
  }

  private func tooLong(_ missing: String) -> StartError {
    StartError(
      "part \(part.index) has waited \(Self.longest.written) for \(missing): it has sent nothing of the load"
    )
  }

  private func begin(
    with others: RollCall,
    by files: StartFiles,
    _ warmUp: Duration
  ) throws(StartError) -> Double {
    let instant = clock.now().epochMilliseconds + (warmUp + Self.notice) / .milliseconds(1)
    let start = StartFiles.Start(
      runID: part.runID,
      epochMilliseconds: instant,
      attempts: others.attempts
    )
    try files.create(start)
    return instant
  }

  /// The instant of a file that has come, if this start of the part is among those that begin then.
  private func instant(of start: StartFiles.Start) throws(StartError) -> Double {
    guard let attempt = part.attempt, start.attempts[part.index].hasSameBytes(as: attempt) else {
      throw StartError(
        "part \(part.index) was started twice, and the load begins with its other start: this one has sent nothing of "
          + "the load"
      )
    }
    return start.epochMilliseconds
  }
}

/// Which parts have been seen to live.
private struct RollCall {
  private let of: Int

  /// Those that are waited for.
  private let called: Range<Int>

  /// The attempts that have been seen to live, by index.
  private var living: [Int: String]

  /// The beats at which other attempts were seen first, by index.
  private var seen: [Int: [String: Int]] = [:]

  /// Begins with the part that calls.
  init(of part: RecordingPart, for called: Range<Int>) {
    (of, self.called) = (part.of, called)
    living = [part.index: part.attempt ?? ""]
  }

  /// Those that have not been seen.
  var missing: [Int] { called.filter { living[$0] == nil } }

  var shown: String {
    let missing = missing
    return "part\(missing.count > 1 ? "s" : "") "
      + missing.prefix(10).map(String.init).joined(separator: ", ")
      + (missing.count > 10 ? " and \(missing.count - 10) more" : "") + " of \(of)"
  }

  var attempts: [String] { (0..<of).map { living[$0] ?? "" } }

  /// Looks at what those say that are missing: whose beat changes lives.
  mutating func look(at files: StartFiles) throws(StartError) {
    for index in missing {
      guard let ready = try files.ready(index), let attempt = ready.part.attempt else { continue }
      let first = seen[index]?[attempt]
      if let first, first != ready.beat { living[index] = attempt }
      seen[index, default: [:]][attempt] = first ?? ready.beat
    }
  }
}
