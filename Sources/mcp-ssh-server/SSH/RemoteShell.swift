import EventIO
import Glibc

/// A shell on another machine behind one ssh process, which runs commands one after another.
///
/// Both output streams are read all the time, so a closed connection is noticed at once, also
/// between commands. Commands must not overlap; `SSHSession` queues them.
@ServerLoop
final class RemoteShell {
  /// The number that the remote system gave the shell, which leads a process group.
  private(set) var remoteProcessID = 0

  /// Whether some command may have reached the shell itself, past its subshell: through /proc, say.
  var isSuspect = false

  /// Whether commands can be run.
  private(set) var isAlive = true

  /// Is called once if the connection ends without `close`.
  var onDeath: (() -> Void)?

  private let process: ChildProcess
  private let input: Channel
  private let output: Channel
  private let errors: Channel
  private let nonce = RandomToken.hexadecimal(byteCount: 16)
  private var commandCount = 0
  private var current: Running?
  private(set) var lastWords: [UInt8] = []

  /// What came on standard output when the first command had no end: not from a shell, then.
  private(set) var firstOutput: [UInt8] = []
  private lazy var watchdog = Watchdog { [weak self] in self?.finish(.failure(.timedOut)) }

  private struct Running {
    var output: OutputCollector
    var errors: OutputCollector
    var continuation: UnsafeContinuation<Result<Running, CommandFailure>, Never>?
    var result: Result<Void, CommandFailure>?

    var hasEnded: Bool { output.trailer != nil && errors.trailer != nil }

    /// Whether so much was dropped that waiting for the end is of no use to anybody.
    var isEndless: Bool { output.isOverflowing || errors.isOverflowing }
  }

  /// Starts a process that is, or leads to, a shell.
  init(_ specification: ProcessSpecification) throws(Errno) {
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    let errors = try Descriptor.pipe()
    process = try SSHChildren.spawn(
      specification,
      standardInput: input.readingEnd.rawValue,
      standardOutput: output.writingEnd.rawValue,
      standardError: errors.writingEnd.rawValue
    )
    do throws(Errno) {
      self.input = try Channel(input.writingEnd, on: .server)
      self.output = try Channel(output.readingEnd, on: .server)
      self.errors = try Channel(errors.readingEnd, on: .server)
    } catch {
      process.signal(SIGKILL)
      SSHChildren.reap(process)
      throw error
    }
  }

  /// Begins to read, and has the shell begin the loop that reads commands.
  ///
  /// What a login shell printed first, with or without a line end, stands before the loop's mark.
  func begin(timeout: Duration) async throws(CommandFailure) {
    startReading()
    let frame = CommandFrame(loopWithNonce: nonce)
    let outcome = try await run(frame, outputLimit: 65_536, timeout: timeout)
    // What speaks without end is no shell.
    guard !outcome.wasStopped else { throw .connectionLost("output without end") }
    remoteProcessID = outcome.exitStatus
  }

  /// Runs one command to its end.
  ///
  /// After a timeout, a cancellation or an outcome that was stopped the shell is of no use any more:
  /// close it.
  func run(
    _ command: RemoteCommand,
    outputLimit: Int,
    timeout: Duration
  ) async throws(CommandFailure) -> CommandOutcome {
    commandCount += 1
    let frame = CommandFrame(command, nonce: nonce, number: commandCount)
    return try await run(frame, outputLimit: outputLimit, timeout: timeout)
  }

  private func run(
    _ frame: CommandFrame,
    outputLimit: Int,
    timeout: Duration
  ) async throws(CommandFailure) -> CommandOutcome {
    guard isAlive else { throw .connectionLost(lastLine) }
    precondition(current == nil, "two commands overlap on one shell")
    let start = MonotonicInstant.now()
    lastWords.removeAll(keepingCapacity: true)
    current = Running(
      output: OutputCollector(mark: frame.outputMark, limit: outputLimit),
      errors: OutputCollector(mark: frame.errorMark, limit: outputLimit)
    )
    watchdog.arm(at: start + timeout)
    do throws(Errno) {
      try await input.writeAll(frame.text, until: start + timeout)
    } catch {
      finish(.failure(error.code == ETIMEDOUT ? .timedOut : .connectionLost(lastLine)))
    }
    let done = try await result().get()
    let status = done.output.trailer.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    return CommandOutcome(
      standardOutput: done.output.bytes,
      standardError: done.errors.bytes,
      exitStatus: status ?? CommandOutcome.stoppedStatus,
      isTruncated: done.output.isTruncated || done.errors.isTruncated,
      wasStopped: status == nil,
      duration: .now() - start
    )
  }

  /// Ends the command under way with a failure; the shell is then of no use any more.
  func cancel() {
    finish(.failure(.cancelled))
  }

  /// Ends ssh and reaps it.
  func close() {
    guard isAlive else { return }
    onDeath = nil
    die()
  }

  private var lastLine: String {
    let lines = lastWords.split(separator: 0x0A).filter { $0.first != CommandFrame.markStart }
    guard let line = lines.last else { return "the connection ended" }
    return String(String(decoding: line, as: UTF8.self).trimmed())
  }

  // MARK: Streams

  private func startReading() {
    ServerLoop.start { [self] in
      await pump(output) { running, bytes in running?.output.append(bytes) }
      die()
    }
    ServerLoop.start { [self] in
      await pump(errors) { running, bytes in
        // Before the mark of a command everything on this stream may be ssh's own words.
        self.remember(bytes)
        running?.errors.append(bytes)
      }
      die()
    }
  }

  private func pump(
    _ channel: Channel,
    _ consume: (inout Running?, UnsafeRawBufferPointer) -> Void
  ) async {
    while await channel.waitReadable() == .ready {
      do throws(Errno) {
        let goesOn = try SharedReadBuffer.read(from: channel) { consume(&current, $0) }
        if !goesOn { return }
      } catch {
        return
      }
      if let current, current.hasEnded || current.isEndless { finish(.success(())) }
    }
  }

  private func remember(_ bytes: UnsafeRawBufferPointer) {
    lastWords += bytes.suffix(4096)
    if lastWords.count > 8192 { lastWords.removeFirst(lastWords.count - 4096) }
  }

  // MARK: The end of a command

  private func result() async -> Result<Running, CommandFailure> {
    await withUnsafeContinuation { continuation in
      guard var running = current else {
        continuation.resume(returning: .failure(.connectionLost(lastLine)))
        return
      }
      if let result = running.result {
        current = nil
        continuation.resume(returning: result.map { running })
      } else {
        running.continuation = continuation
        current = running
      }
    }
  }

  private func finish(_ result: Result<Void, CommandFailure>) {
    guard var running = current, running.result == nil else { return }
    if case .failure = result, commandCount <= 1 { firstOutput = running.output.bytes }
    watchdog.disarm()
    if let continuation = running.continuation {
      current = nil
      continuation.resume(returning: result.map { running })
    } else {
      running.result = result
      current = running
    }
  }

  // MARK: The end of the connection

  private func die() {
    guard isAlive else { return }
    isAlive = false
    // Standard output may have ended first, with ssh's reason still in the other pipe.
    SharedReadBuffer.drain(errors) { remember($0) }
    process.signal(SIGKILL)
    SharedReadBuffer.drain(output) { current?.output.append($0) }
    for channel in [input, output, errors] { channel.close() }
    finish(.failure(.connectionLost(lastLine)))
    watchdog.cancel()
    SSHChildren.reap(process)
    onDeath?()
    onDeath = nil
  }
}
