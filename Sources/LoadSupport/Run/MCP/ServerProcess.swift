import EventIO
import Glibc

/// One process of a stdio server, from its start to its end: its log, what it costs, and what it leaves behind.
///
/// Its standard input and output belong to the transport that speaks to it.
actor ServerProcess: LoopBound {
  nonisolated let loop: EventLoop

  private let program: StartedProgram
  private let host: any ProgramHost
  private let errors: Channel
  private var reader: Task<Void, Never>?

  /// The end of what it wrote on its standard error.
  private var log: [UInt8] = []

  /// How it ended; nil as long as nobody has asked.
  private var end: String?

  /// What it cost when it was looked at last.
  private var cost: RecordedProcess.Cost?

  /// How much of its log is kept.
  private static let logLimit = 8 * 1024

  /// How long it may take to end when its standard input is closed, and again when it is asked to: as long as the
  /// official SDKs wait.
  private static let farewell = Duration.seconds(2)

  /// How long the kernel may take to end it.
  private static let kill = Duration.seconds(5)

  /// Takes care of a program that was started; its log is read from now on.
  init(_ program: StartedProgram, by host: any ProgramHost, on loop: EventLoop) throws(Errno) {
    self.program = program
    self.host = host
    self.loop = loop
    errors = try Channel(Descriptor(owning: program.errors), on: loop)
  }

  /// Keeps the end of its log from now on, so that it is never held up by it, however much it writes.
  func begin() {
    reader = Task(executorPreference: loop.actorTasks) { await self.readLog() }
  }

  private func readLog() async {
    // An end that is an error ends the log as well.
    while let some = try? await errors.readSome(), !some.isEmpty {
      log = (log + some).suffix(Self.logLimit)
    }
  }

  /// Lets go what it still writes on its standard output.
  private func discard(_ output: Int32) async {
    guard let channel = try? Channel(Descriptor(owning: output), on: loop) else { return }
    defer { channel.close() }
    // Whoever else holds it open after the end is not waited for.
    while end == nil {
      guard await channel.waitReadable(until: .now() + .milliseconds(100)) == .ready else {
        continue
      }
      guard let count = try? channel.read({ _ in }), count > 0 else { return }
    }
  }

  /// How it ended, and its last words; nil if it has not within the time.
  func ended(within patience: Duration) async -> (status: String, words: String)? {
    end = if let end { end } else { await host.end(of: program.name, within: patience) }
    guard let end else { return nil }
    // What it wrote last may have to be read yet.
    for _ in 0..<5 where log.isEmpty { _ = await loop.sleep(until: .now() + .milliseconds(10)) }
    let lines = String(decoding: log, as: UTF8.self).lines()
    return (end, lines.last { !$0.words().isEmpty }.map(String.init) ?? "")
  }

  /// Looks at what it and all processes below it cost.
  func measure() -> RecordedProcess.Cost? {
    let tree = ProcessTree()
    let own = Set(
      [program.processID] + tree.descendants(of: program.processID)
        + tree.living(inSession: program.processID)
    )
    let living = own.compactMap { tree.living($0) }
    guard !living.isEmpty else { return cost }
    let descriptors = own.compactMap { ProcessTree.descriptors(of: $0) }
    cost = RecordedProcess.Cost(
      processes: living.count,
      residentBytes: living.reduce(0) { $0 + $1.residentBytes },
      descriptors: descriptors.isEmpty ? nil : descriptors.reduce(0, +),
      threads: living.reduce(0) { $0 + $1.threads }
    )
    return cost
  }

  /// Ends it, when its standard input has been closed, and says what became of it.
  ///
  /// With `patience` it may end by itself, is then asked to by SIGTERM, and killed at last, as the transport of the
  /// protocol has it; without it is killed at once. What its session has left then is killed as well.
  func stop(hasPatience: Bool, discarding output: Int32) async -> RecordedProcess {
    let discarding = Task(executorPreference: loop.actorTasks) { await self.discard(output) }
    var record = RecordedProcess(cost: cost)
    if end == nil, hasPatience {
      end = await awaitEnd()
      record.manner = .closed
      if end == nil {
        await host.signal(group: program.processID, SIGTERM)
        end = await awaitEnd()
        record.manner = .terminated
      }
    } else if end != nil {
      record.manner = .early
    }
    if end == nil {
      await host.signal(group: program.processID, SIGKILL)
      end = await host.end(of: program.name, within: Self.kill)
      record.manner = hasPatience ? .killed : .discarded
    }
    // One that the kernel cannot end now is nothing to wait for.
    end = end ?? "no end after SIGKILL"
    record.end = end
    record.note(leftBehind: await killCompany())
    await discarding.value
    errors.close()
    await reader?.value
    return record
  }

  /// Waits as long as a process may take to end, or until the run is being stopped at once.
  private func awaitEnd() async -> String? {
    let deadline = MonotonicInstant.now() + Self.farewell
    while errors.interruptions == 0, MonotonicInstant.now() < deadline {
      if let end = await host.end(of: program.name, within: .milliseconds(100)) { return end }
    }
    return nil
  }

  /// Names what is left of its session a moment after its end, and kills that.
  private func killCompany() async -> [String] {
    var left: [String] = []
    // What reads from it learns of its end only now.
    for _ in 0..<10 {
      let tree = ProcessTree()
      left = tree.living(inSession: program.processID).compactMap { tree.living($0)?.name }.sorted()
      if left.isEmpty { return [] }
      _ = await loop.sleep(until: .now() + .milliseconds(50))
    }
    await host.signal(group: program.processID, SIGKILL)
    return left
  }
}
