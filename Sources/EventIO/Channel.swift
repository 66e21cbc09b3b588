import CLinux
import Glibc

/// How a wait on the loop ended.
package enum WaitResult: Sendable {
  /// What was waited for is there.
  case ready

  /// The deadline came first.
  case timedOut

  /// Somebody ended the wait: the run is being stopped at once, or the channel was closed.
  case interrupted
}

/// A non-blocking descriptor on an event loop: try first, wait when the kernel says "would block".
///
/// Edge-triggered: the kernel tells once that the state changed, and the channel remembers it until
/// a call comes back short. One task may wait for input and one for output at a time. Confined to
/// the loop's thread.
package final class Channel {
  private let loop: EventLoop
  private var descriptor: Descriptor?
  private let isSocket: Bool
  private var token: UInt64 = 0
  private var isReadable = false
  private var isWritable = false
  private var isHungUp = false
  private var reader: UnsafeContinuation<WaitResult, Never>?
  private var writer: UnsafeContinuation<WaitResult, Never>?
  private var deadline: MonotonicInstant?
  private var timer: LoopTimer?

  /// Whether `close` has been called.
  package private(set) var isClosed = false

  /// How often waits have been ended: one who never waits, because there is always something to read,
  /// sees by it that an end is wanted.
  package private(set) var interruptions = 0

  /// Takes over a descriptor, makes it non-blocking and registers it.
  ///
  /// On the loop.
  package init(_ descriptor: consuming Descriptor, on loop: EventLoop) throws(Errno) {
    try descriptor.setNonBlocking(true)
    self.loop = loop
    rawDescriptor = descriptor.rawValue
    var status = stat()
    isSocket = fstat(rawDescriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    self.descriptor = consume descriptor
    token = try loop.register(self, descriptor: rawDescriptor)
  }

  /// The descriptor's number, for calls that this type does not wrap.
  package let rawDescriptor: Int32

  /// Ends the registration and every wait, and closes the descriptor.
  ///
  /// On the loop.
  package func close() {
    guard !isClosed else { return }
    isClosed = true
    timer?.cancel()
    timer = nil
    loop.deregister(token, descriptor: rawDescriptor)
    descriptor = nil
    interruptWaits()
  }

  /// Reads what is there.
  ///
  /// On the loop.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> IOResult {
    if isClosed { throw Errno(EBADF, "use of a closed channel") }
    let result = try transferCall("read") {
      // On a socket recv spares the kernel the layers of a file.
      isSocket
        ? recv(rawDescriptor, buffer.baseAddress, buffer.count, 0)
        : Glibc.read(rawDescriptor, buffer.baseAddress, buffer.count)
    }
    switch result {
    case .bytes(let count) where count == buffer.count || isHungUp || count == 0:
      // There may be more, or the end of file has still to be seen: no further edge will tell.
      isReadable = true
    default:
      isReadable = false
    }
    return result
  }

  /// Reads what is there into the loop's memory and lends it for the time of the call.
  ///
  /// On the loop. Returns how many bytes there were, zero at the end of file, nil when nothing was
  /// there; then `body` is not called.
  package func read(_ body: (UnsafeRawBufferPointer) -> Void) throws(Errno) -> Int? {
    let scratch = loop.scratch
    guard case .bytes(let count) = try read(into: scratch) else { return nil }
    body(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    return count
  }

  /// Whether the kernel has told of input, or of the peer's end, that nobody has read yet.
  package var hasUnreadInput: Bool { isReadable || isHungUp }

  /// Writes what fits.
  ///
  /// A peer that is gone gives an error, never a signal. On the loop.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult {
    if isClosed { throw Errno(EBADF, "use of a closed channel") }
    let result = try transferCall("write") {
      isSocket
        ? send(rawDescriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        : Glibc.write(rawDescriptor, bytes.baseAddress, bytes.count)
    }
    if case .bytes(bytes.count) = result {} else { isWritable = false }
    return result
  }

  /// Waits until a read may give something.
  ///
  /// On the loop.
  package func waitReadable(until deadline: MonotonicInstant? = nil) async -> WaitResult {
    if isReadable { return .ready }
    return await withUnsafeContinuation { resumeWhenReadable($0, until: deadline) }
  }

  /// Resumes a task when a read may give something: `waitReadable` for a caller that spares itself
  /// one level of waiting.
  ///
  /// On the loop.
  package func resumeWhenReadable(
    _ continuation: UnsafeContinuation<WaitResult, Never>,
    until deadline: MonotonicInstant?
  ) {
    precondition(reader == nil, "two tasks wait for input of one channel")
    if isReadable {
      continuation.resume(returning: .ready)
    } else if isClosed {
      continuation.resume(returning: .interrupted)
    } else {
      reader = continuation
      limitWaits(to: deadline)
    }
  }

  /// Waits until a write may take something.
  ///
  /// On the loop.
  package func waitWritable(until deadline: MonotonicInstant? = nil) async -> WaitResult {
    if isWritable { return .ready }
    if isClosed { return .interrupted }
    return await withUnsafeContinuation { continuation in
      precondition(writer == nil, "two tasks wait for output of one channel")
      // The task may have been off the loop for a moment on its way here.
      if isWritable {
        continuation.resume(returning: .ready)
      } else if isClosed {
        continuation.resume(returning: .interrupted)
      } else {
        writer = continuation
        limitWaits(to: deadline)
      }
    }
  }

  /// Ends the waits that are under way with `interrupted`.
  ///
  /// On the loop.
  package func interruptWaits() {
    interruptions += 1
    resume(&reader, .interrupted)
    resume(&writer, .interrupted)
  }

  /// Ends the wait for input alone with `interrupted`, so that another task may wait for it.
  ///
  /// On the loop.
  package func endReadWait() { resume(&reader, .interrupted) }

  /// Notes that a call that this type does not wrap found nothing to take in.
  func inputRanDry() {
    isReadable = false
  }

  func becameReady(_ events: UInt32) {
    if events & (CLINUX_HUP | CLINUX_RDHUP | CLINUX_ERR) != 0 { isHungUp = true }
    if events & CLINUX_IN != 0 || isHungUp {
      isReadable = true
      resume(&reader, .ready)
    }
    if events & CLINUX_OUT != 0 || events & (CLINUX_HUP | CLINUX_ERR) != 0 {
      isWritable = true
      resume(&writer, .ready)
    }
  }

  /// Takes in what the kernel has to tell, without waiting for the loop's next look.
  private func lookForEvents() {
    var status = pollfd(
      fd: rawDescriptor,
      events: Int16((reader != nil ? POLLIN : 0) | (writer != nil ? POLLOUT : 0)),
      revents: 0
    )
    guard Glibc.poll(&status, 1, 0) > 0 else { return }
    // The bits of poll and epoll are the same (epoll_ctl(2)).
    becameReady(UInt32(UInt16(bitPattern: status.revents)))
  }

  private func resume(
    _ waiter: inout UnsafeContinuation<WaitResult, Never>?,
    _ result: WaitResult
  ) {
    guard let continuation = waiter else { return }
    waiter = nil
    continuation.resume(returning: result)
  }

  /// Most deadlines only ever move later (a new request, a new timeout), so the timer stays where it
  /// is and looks again when it fires: no timer work for each request.
  private func limitWaits(to deadline: MonotonicInstant?) {
    self.deadline = deadline
    guard let deadline else { return }
    if let timer, timer.action != nil, timer.deadline <= deadline { return }
    timer?.cancel()
    // A strong reference, until `close`: one weak reference makes all others to an object slow.
    timer = loop.schedule(at: deadline) { [self] in deadlinePassed() }
  }

  private func deadlinePassed() {
    guard let deadline, reader != nil || writer != nil else { return }
    if MonotonicInstant.now() < deadline {
      timer = loop.schedule(at: deadline) { [self] in deadlinePassed() }
    } else {
      // A program that stood still finds the deadline and what came long before it in one turn, and the
      // peer is not to blame for what lies here.
      lookForEvents()
      resume(&reader, .timedOut)
      resume(&writer, .timedOut)
    }
  }
}
