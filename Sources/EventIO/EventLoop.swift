import CLinux
import Glibc
import Synchronization

/// One thread that waits on epoll and runs Swift tasks: descriptors, timers and jobs on one core,
/// without hand-over between threads.
///
/// As a serial executor it carries actors (`LoopBound`); `actorTasks` carries tasks and groups
/// that prefer it. Everything marked "on the loop" must be called from its thread and
/// traps elsewhere. Descriptors are registered once, edge-triggered, so that a request costs one
/// send, one receive and a share of one epoll_wait.
package final class EventLoop: SerialExecutor {
  /// Shown as the thread's name by ps and top.
  package let name: String

  /// The preference of tasks that call actors of this loop (`LoopBound`).
  ///
  /// Without it a task that waits in such an actor wakes up on the global pool, only to be sent back
  /// here: a continuation resumes where its task prefers to be, not where its actor is.
  package let actorTasks = LoopTaskExecutor()

  private let epoll: Descriptor
  private let wakeUp: Descriptor
  private let timer: Descriptor
  private let inbox = Mutex(Inbox())
  private let thread = Atomic<UInt64>(0)
  private let confined = LoopConfined(Confined())

  /// Jobs from other threads, and whether the loop has been told of them.
  private struct Inbox {
    var jobs: [LoopJob] = []
    var isStopping = false
    var isWakeUpPending = false
  }

  /// What only the loop's thread touches.
  private struct Confined {
    var jobs: [LoopJob] = []
    var timers = TimerQueue()
    var armed: MonotonicInstant?
    var slots: [Slot] = []
    var freeSlots: [Int] = []
    var sleepers: [Int: Sleeper] = [:]
    var nextSleeper = 0
    var jobsRun = 0
    var jobsHandedOver = 0
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
  }

  /// A place for a registered channel.
  ///
  /// The generation tells a stale event of a closed descriptor from one of the descriptor that took
  /// its place.
  private struct Slot {
    var generation: UInt32 = 0
    var channel: Channel?
  }

  private struct Sleeper {
    let timer: LoopTimer
    let continuation: UnsafeContinuation<WaitResult, Never>
  }

  private static let wakeUpToken = UInt64.max
  private static let timerToken = UInt64.max - 1

  /// Starts the thread; on `core` alone if one is given.
  package init(name: String, core: Int? = nil) throws(Errno) {
    self.name = name
    epoll = Descriptor(owning: try systemCall("epoll_create1") { clinux_epoll_create() })
    wakeUp = Descriptor(owning: try systemCall("eventfd") { clinux_eventfd() })
    timer = Descriptor(owning: try systemCall("timerfd_create") { clinux_timerfd() })
    _ = try systemCall("epoll_ctl") {
      clinux_epoll_add(epoll.rawValue, wakeUp.rawValue, Self.wakeUpToken)
    }
    _ = try systemCall("epoll_ctl") {
      clinux_epoll_add(epoll.rawValue, timer.rawValue, Self.timerToken)
    }

    actorTasks.loop.withLock { $0 = self }

    let start = Unmanaged.passRetained(ThreadStart(loop: self, core: core))
    do throws(Errno) {
      // Not from this thread: libdispatch may have lowered its priority.
      _ = try systemCall("start a thread") {
        clinux_start_thread(
          { argument in
            guard let argument else { return }
            let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
            start.loop.run(core: start.core)
          },
          start.toOpaque()
        )
      }
    } catch {
      start.release()
      actorTasks.loop.withLock { $0 = nil }
      throw error
    }
  }

  private final class ThreadStart {
    let loop: EventLoop
    let core: Int?

    init(loop: EventLoop, core: Int?) {
      self.loop = loop
      self.core = core
    }
  }

  /// Whether the caller runs on this loop's thread.
  @inline(__always)
  package var isCurrent: Bool {
    thread.load(ordering: .relaxed) == UInt64(pthread_self())
  }

  /// Ends the thread once the jobs it has are done; what waits on the loop must have ended before.
  package func stop() {
    let mustWake = inbox.withLock { inbox in
      inbox.isStopping = true
      defer { inbox.isWakeUpPending = true }
      return !inbox.isWakeUpPending
    }
    if mustWake { signalWakeUp() }
  }

  /// How many jobs the loop has run: one for each wait that was not over at once.
  ///
  /// On the loop.
  package var jobsRun: Int { confined.access(on: self) { $0.jobsRun } }

  /// How many of the jobs came from other threads.
  ///
  /// On the loop.
  package var jobsHandedOver: Int { confined.access(on: self) { $0.jobsHandedOver } }

  /// 64 KiB that input of all channels goes through, so that an idle connection holds none.
  ///
  /// On the loop, and only until the next wait.
  var scratch: UnsafeMutableRawBufferPointer { confined.access(on: self) { $0.scratch } }

  // MARK: Executor

  package func enqueue(_ job: consuming ExecutorJob) {
    enqueue(LoopJob(job: UnownedJob(job), role: .actor))
  }

  func enqueue(_ job: LoopJob) {
    if isCurrent {
      confined.access(on: self) { $0.jobs.append(job) }
      return
    }
    let mustWake = inbox.withLock { inbox in
      inbox.jobs.append(job)
      defer { inbox.isWakeUpPending = true }
      return !inbox.isWakeUpPending
    }
    if mustWake { signalWakeUp() }
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  package func checkIsolated() {
    precondition(isCurrent, "not on event loop \(name)")
  }

  package func isIsolatingCurrentContext() -> Bool? {
    isCurrent
  }

  private func signalWakeUp() {
    var one: UInt64 = 1
    // The counter cannot overflow: the loop clears it before it can be signalled again.
    _ = write(wakeUp.rawValue, &one, 8)
  }

  // MARK: Timers (on the loop)

  /// Runs `action` on the loop at `deadline` or soon after.
  ///
  /// On the loop.
  @discardableResult
  package func schedule(
    at deadline: MonotonicInstant,
    _ action: @escaping () -> Void
  ) -> LoopTimer {
    confined.access(on: self) { state in
      let timer = LoopTimer(deadline: deadline, action: action)
      state.timers.insert(timer)
      armTimer(&state)
      return timer
    }
  }

  /// Waits on the loop until an instant, or until `interruptSleepers`.
  ///
  /// On the loop.
  package func sleep(until deadline: MonotonicInstant) async -> WaitResult {
    await withUnsafeContinuation { continuation in
      confined.access(on: self) { state in
        let id = state.nextSleeper
        state.nextSleeper += 1
        let timer = LoopTimer(deadline: deadline) { [unowned self] in
          wake(sleeper: id, with: .ready)
        }
        state.sleepers[id] = Sleeper(timer: timer, continuation: continuation)
        state.timers.insert(timer)
        armTimer(&state)
      }
    }
  }

  /// Ends every sleep that is under way with `interrupted`.
  ///
  /// On the loop.
  package func interruptSleepers() {
    for id in confined.access(on: self, { Array($0.sleepers.keys) }) {
      wake(sleeper: id, with: .interrupted)
    }
  }

  /// Ends every wait on a channel with `interrupted`.
  ///
  /// On the loop.
  package func interruptChannels() {
    for channel in confined.access(on: self, { $0.slots.compactMap(\.channel) }) {
      channel.interruptWaits()
    }
  }

  private func wake(sleeper id: Int, with result: WaitResult) {
    let sleeper = confined.access(on: self) { $0.sleepers.removeValue(forKey: id) }
    guard let sleeper else { return }
    sleeper.timer.cancel()
    sleeper.continuation.resume(returning: result)
  }

  /// Re-arms only for an earlier deadline: a timer that fires for nothing costs less than a system
  /// call for each change.
  private func armTimer(_ state: inout Confined) {
    guard let earliest = state.timers.earliest else { return }
    if let armed = state.armed, armed <= earliest { return }
    state.armed = earliest
    _ = clinux_timerfd_set(timer.rawValue, earliest.nanoseconds)
  }

  // MARK: Channels (on the loop)

  func register(_ channel: Channel, descriptor: Int32) throws(Errno) -> UInt64 {
    let token = confined.access(on: self) { state in
      let index: Int
      if let free = state.freeSlots.popLast() {
        index = free
      } else {
        index = state.slots.count
        state.slots.append(Slot())
      }
      state.slots[index].channel = channel
      return UInt64(state.slots[index].generation) << 32 | UInt64(index)
    }
    do throws(Errno) {
      _ = try systemCall("epoll_ctl") { clinux_epoll_add(epoll.rawValue, descriptor, token) }
    } catch {
      release(token)
      throw error
    }
    return token
  }

  func deregister(_ token: UInt64, descriptor: Int32) {
    _ = clinux_epoll_remove(epoll.rawValue, descriptor)
    release(token)
  }

  private func release(_ token: UInt64) {
    confined.access(on: self) { state in
      let index = Int(token & 0xFFFF_FFFF)
      state.slots[index].channel = nil
      state.slots[index].generation &+= 1
      state.freeSlots.append(index)
    }
  }

  // MARK: The thread

  private func run(core: Int?) {
    thread.store(UInt64(pthread_self()), ordering: .releasing)
    // Signals belong to the program's main thread or to a signalfd, never to a loop.
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    _ = clinux_set_thread_name(String(name.prefix(15)))
    if let core { _ = clinux_set_thread_core(Int32(core)) }

    var events = [clinux_event](repeating: clinux_event(), count: 256)
    while !runJobs() {
      let isIdle = confined.access(on: self) { $0.jobs.isEmpty }
      let count = clinux_epoll_wait(
        epoll.rawValue,
        &events,
        Int32(events.count),
        isIdle ? -1 : 0
      )
      // EINTR is the only error a valid epoll descriptor gives; the next turn waits again.
      for index in 0..<max(0, Int(count)) {
        dispatch(events[index])
      }
    }
    confined.access(on: self) { $0.scratch.deallocate() }
    thread.store(0, ordering: .releasing)
    actorTasks.loop.withLock { $0 = nil }
  }

  /// Runs the jobs at hand and answers whether the loop is to end.
  private func runJobs() -> Bool {
    var jobs = confined.access(on: self) { state in
      var taken: [LoopJob] = []
      swap(&taken, &state.jobs)
      return taken
    }
    if jobs.isEmpty {
      // Nothing here: perhaps another thread handed something over, or wants an end.
      let isStopping = inbox.withLock { inbox in
        swap(&jobs, &inbox.jobs)
        return inbox.isStopping
      }
      if jobs.isEmpty { return isStopping }
    }
    let count = jobs.count
    let serial = asUnownedSerialExecutor()
    // Run as something else than it expects, a job would be sent round the loop again at every call
    // of a function with another isolation.
    for job in jobs {
      switch job.role {
      case .actor:
        job.job.runSynchronously(on: serial)
      case .actorTask:
        job.job.runSynchronously(
          isolatedTo: serial,
          taskExecutor: actorTasks.asUnownedTaskExecutor()
        )
      }
    }
    // Keeps the larger storage for the next batch.
    jobs.removeAll(keepingCapacity: true)
    confined.access(on: self) { state in
      state.jobsRun += count
      if state.jobs.isEmpty { swap(&jobs, &state.jobs) }
    }
    return false
  }

  private func dispatch(_ event: clinux_event) {
    switch event.data {
    case Self.wakeUpToken:
      takeHandedOver()
    case Self.timerToken:
      fireTimers()
    default:
      let index = Int(event.data & 0xFFFF_FFFF)
      let generation = UInt32(event.data >> 32)
      let channel = confined.access(on: self) { state in
        state.slots[index].generation == generation ? state.slots[index].channel : nil
      }
      channel?.becameReady(event.events)
    }
  }

  private func takeHandedOver() {
    var count: UInt64 = 0
    _ = read(wakeUp.rawValue, &count, 8)
    let jobs = inbox.withLock { inbox in
      inbox.isWakeUpPending = false
      var taken: [LoopJob] = []
      swap(&taken, &inbox.jobs)
      return taken
    }
    confined.access(on: self) { state in
      state.jobs.append(contentsOf: jobs)
      state.jobsHandedOver += jobs.count
    }
  }

  private func fireTimers() {
    var count: UInt64 = 0
    _ = read(timer.rawValue, &count, 8)
    let now = MonotonicInstant.now()
    confined.access(on: self) { $0.armed = nil }
    while let timer = confined.access(on: self, { $0.timers.popDue(at: now) }) {
      guard let action = timer.action else { continue }
      timer.action = nil
      action()
    }
    confined.access(on: self) { armTimer(&$0) }
  }
}
