import EventIO
import Glibc

/// The begin that the parts of a load have in common: all have their sessions before it, or are left out.
///
/// At the common instant the measured window begins, and the warm-up of the first step lies before it. Where files tell,
/// part 0 is the first to open sessions and the last to have looked at the server, whose counts it reads for all.
///
/// A wait gives its failure as a result, and each look at files is a function of its own that is never inlined: Swift
/// 6.3.1 crashes where it optimises a wait in which errors are thrown.
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
  fileprivate static let longest = Duration.seconds(600)

  /// How long after they are known to be ready their load begins: until then all have seen the file.
  fileprivate static let notice = Duration.seconds(2)

  /// How often a part that is ready says so, and how often it looks at what others say.
  fileprivate static let beat = Duration.seconds(1)
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
  ) async -> Result<Void, StartError> {
    guard let files, part.index > 0 else { return .success(()) }
    var first = RollCall(of: part, for: 0..<1)
    let end = clock.now().monotonicNanoseconds + Self.longest.nanoseconds
    tell("waiting for part 0 by \(files.path)")
    while !isStopping() {
      if let failure = first.look(at: files, clock.now()) { return .failure(failure) }
      if first.missing.isEmpty { break }
      guard clock.now().monotonicNanoseconds < end else { return .failure(tooLong(first.shown)) }
      await clock.pause(Self.look)
    }
    return .success(())
  }

  /// Says that the part has closed its sessions; part 0 waits until the others have, as far as it can be known.
  func leave(hasGivenUp: Bool = false, isStopping: () -> Bool) async {
    if !hasGivenUp { files?.removeReady(part.index) }
    guard part.index == 0, part.of > 1 else { return }
    let longest = files == nil ? Self.notice : Self.closing
    let end = clock.now().monotonicNanoseconds + longest.nanoseconds
    while !isStopping(), clock.now().monotonicNanoseconds < end {
      if let files, (1..<part.of).allSatisfy({ !files.isReady($0) }) { return }
      await clock.pause(Self.look)
    }
  }

  /// Says that the part will not begin, so that the others need not wait for it; where that cannot be written, they
  /// do.
  @inline(never)
  func giveUp(because reason: String) {
    let failure = StartFiles.Refusal(
      reason: reason,
      epochMilliseconds: clock.now().epochMilliseconds
    )
    try? files?.write(StartFiles.Ready(part: part, beat: 0, failure: failure))
  }

  /// Forgets that an earlier start of the part gave up.
  @inline(never)
  func begin() {
    guard let files, (try? files.ready(part.index))?.failure != nil else { return }
    files.removeReady(part.index)
  }

  /// Waits until it is known when all begin, and gives the instant in nanoseconds of the monotonic clock at which
  /// the warm-up does; nil if the wait was ended.
  ///
  /// `tell` gets what is waited for.
  func wait(
    warmUp: Duration,
    tell: (String) -> Void,
    isStopping: () -> Bool
  ) async -> Result<Int64?, StartError> {
    let start: Double
    switch point {
    case .instant(let milliseconds):
      tell("waiting for the common start")
      start = milliseconds
    case .file:
      guard let files else { return .success(nil) }
      switch await meet(by: files, warmUp, tell, isStopping) {
      case .success(let met?): start = met
      case .success(nil): return .success(nil)
      case .failure(let failure): return .failure(failure)
      }
    }
    func ahead(_ now: ClockOrigin) -> Double {
      start - warmUp / .milliseconds(1) - now.epochMilliseconds
    }
    if let failure = fault(millisecondsAhead: ahead(clock.now())) { return .failure(failure) }
    while !isStopping() {
      // Wall time is taken for the monotonic clock's as late as can be: it may be set meanwhile.
      let now = clock.now()
      if ahead(now) < 2 * (Self.look / .milliseconds(1)) {
        return .success(now.monotonicNanoseconds + Int64(ahead(now) * 1e6))
      }
      await clock.pause(Self.look)
    }
    return .success(nil)
  }

  /// Why a load that is to warm up so much later cannot begin; nil if it can.
  private func fault(millisecondsAhead ahead: Double) -> StartError? {
    if ahead < 0 {
      return StartError(
        "part \(part.index) was ready \(Int((-ahead).rounded(.up))) ms too late for the common start: it has sent "
          + "nothing of the load; let the load begin later, or its warm-up be shorter"
      )
    }
    return ahead <= StartPoint.furthestMilliseconds
      ? nil
      : StartError("the parts are to begin more than a day ahead: their machines' clocks differ")
  }

  /// Waits for the other parts; gives the wall time at which all begin, in milliseconds since 1970.
  private func meet(
    by files: StartFiles,
    _ warmUp: Duration,
    _ tell: (String) -> Void,
    _ isStopping: () -> Bool
  ) async -> Result<Double?, StartError> {
    var meeting = Meeting(part: part, files: files, warmUp: warmUp, begun: clock.now())
    while !isStopping() {
      switch meeting.look(clock.now()) {
      case .waits(let missing): tell("waiting for \(missing) by \(files.path)")
      case .begins(let instant): return .success(instant)
      case .fails(let failure): return .failure(failure)
      }
      await clock.pause(Self.look)
    }
    return .success(nil)
  }

  private func tooLong(_ missing: String) -> StartError { Self.tooLong(part, missing) }

  fileprivate static func tooLong(_ part: RecordingPart, _ missing: String) -> StartError {
    StartError(
      "part \(part.index) has waited \(longest.written) for \(missing): it has sent nothing of the load"
    )
  }
}

/// How a part meets the others by files.
private struct Meeting {
  /// What a look at the files comes to.
  enum Answer {
    /// Some are missing, or part 0 has not begun yet.
    case waits(for: String)

    /// All begin then, in milliseconds since 1970.
    case begins(at: Double)

    case fails(StartError)
  }

  private let part: RecordingPart
  private let files: StartFiles
  private let warmUp: Duration
  private var others: RollCall
  private var beats = 0

  /// When the part says next that it is ready, and when it gives up, in nanoseconds of the monotonic clock.
  private var due: Int64
  private let end: Int64

  /// Whether part 0 has been seen to be ready.
  private var hasSeenFirst = false

  /// What an earlier run has left, which starts nobody.
  private var left: StartFiles.Start?
  private var hasLooked = false

  init(part: RecordingPart, files: StartFiles, warmUp: Duration, begun: ClockOrigin) {
    (self.part, self.files, self.warmUp) = (part, files, warmUp)
    others = RollCall(of: part, for: 0..<part.of)
    due = begun.monotonicNanoseconds
    end = due + CommonStart.longest.nanoseconds
  }

  /// Says that the part is ready, and looks at what the others say.
  @inline(never)
  mutating func look(_ now: ClockOrigin) -> Answer {
    do throws(StartError) {
      return try step(now)
    } catch {
      return .fails(error)
    }
  }

  private mutating func step(_ now: ClockOrigin) throws(StartError) -> Answer {
    if !hasLooked {
      left = try files.start()
      hasLooked = true
      if part.index == 0, left != nil { files.removeStart() }
    }
    if now.monotonicNanoseconds >= due {
      beats += 1
      try files.write(StartFiles.Ready(part: part, beat: beats))
      due = now.monotonicNanoseconds + CommonStart.beat.nanoseconds
    }
    var missing = "part 0 to begin"
    if part.index == 0 {
      if let failure = others.look(at: files, now) { throw failure }
      if others.missing.isEmpty { return .begins(at: try begin(now)) }
      missing = others.shown
    } else if let start = try files.start(), start != left {
      return .begins(at: try instant(of: start))
    } else {
      let isReady = files.isReady(0)
      guard isReady || !hasSeenFirst else {
        throw StartError(
          "part 0 has given up, or was ended: part \(part.index) has sent nothing of the load"
        )
      }
      hasSeenFirst = isReady
    }
    guard now.monotonicNanoseconds < end else {
      throw CommonStart.tooLong(
        part,
        part.index == 0 ? missing : "part 0, which begins by writing \(files.path)"
      )
    }
    return .waits(for: missing)
  }

  private func begin(_ now: ClockOrigin) throws(StartError) -> Double {
    let instant = now.epochMilliseconds + (warmUp + CommonStart.notice) / .milliseconds(1)
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
  private let part: RecordingPart

  /// Those that are waited for.
  private let called: Range<Int>

  /// The attempts that have been seen to live, by index.
  private var living: [Int: String]

  /// The beats at which other attempts were seen first, by index.
  private var seen: [Int: [String: Int]] = [:]

  /// Begins with the part that calls.
  init(of part: RecordingPart, for called: Range<Int>) {
    (self.part, self.called) = (part, called)
    living = [part.index: part.attempt ?? ""]
  }

  /// Those that have not been seen.
  var missing: [Int] { called.filter { living[$0] == nil } }

  var shown: String {
    let missing = missing
    return "part\(missing.count > 1 ? "s" : "") \(RecordingPart.listed(missing)) of \(part.of)"
  }

  var attempts: [String] { (0..<part.of).map { living[$0] ?? "" } }

  /// Looks at what those say that are missing: whose beat changes lives.
  ///
  /// Gives why that cannot be read; nil if it can.
  @inline(never)
  mutating func look(at files: StartFiles, _ now: ClockOrigin) -> StartError? {
    do throws(StartError) {
      for index in missing {
        guard let ready = try files.ready(index), let attempt = ready.part.attempt else { continue }
        let first = seen[index]?[attempt]
        if let failure = ready.failure {
          // An old one is of an earlier try.
          guard failure.age(at: now) < CommonStart.longest else { continue }
          return StartError(
            "part \(index) gave up: \(failure.reason); part \(part.index) has sent nothing of the load. Start all "
              + "parts again, with another run id"
          )
        }
        if let first, first != ready.beat { living[index] = attempt }
        seen[index, default: [:]][attempt] = first ?? ready.beat
      }
      return nil
    } catch {
      return error
    }
  }
}
