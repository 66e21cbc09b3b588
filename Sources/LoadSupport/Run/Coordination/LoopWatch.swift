import EventIO
import Foundation
import Glibc

/// Watches one of the loops that carry workers, from within: its thread's CPU time, and how late its
/// ticks come. Time in which the machine was suspended, which the loop's clock leaves out, is lateness.
package actor LoopWatch: LoopBound {
  package nonisolated let loop: EventLoop

  private let index: Int
  private let writer: LineWriter
  private let origin: ClockOrigin
  private var isEnding = false

  /// Makes a watch that writes to `generator.jsonl`.
  init(index: Int, writer: LineWriter, origin: ClockOrigin, loop: EventLoop) {
    self.index = index
    self.writer = writer
    self.origin = origin
    self.loop = loop
  }

  /// Ticks ten times a second and writes a line every second, until `stop`; the last line is of that
  /// moment.
  func watch() async {
    var latest: Int64 = 0
    var suspended = Self.suspendedNanoseconds()
    write(latest)
    var due = MonotonicInstant.now() + .milliseconds(100)
    var ticks = 0
    while !isEnding {
      // Whoever stops the load interrupts every sleep of the loop; the watch goes on.
      let wasInterrupted = await loop.sleep(until: due) == .interrupted
      let present = MonotonicInstant.now()
      let suspendedNow = Self.suspendedNanoseconds()
      // One that is interrupted too late was late before that.
      latest = max(latest, present.nanoseconds - due.nanoseconds, suspendedNow - suspended)
      suspended = suspendedNow
      if !wasInterrupted {
        due = max(due + .milliseconds(100), present)
        ticks += 1
      }
      if ticks == 10 || isEnding {
        write(latest)
        (latest, ticks) = (0, 0)
      }
    }
  }

  /// Ends `watch`; to be called when no worker of the loop waits for anything.
  func stop() {
    isEnding = true
    loop.interruptSleepers()
  }

  /// How long this machine has been suspended since it started.
  private static func suspendedNanoseconds() -> Int64 {
    var (whole, awake) = (timespec(), timespec())
    clock_gettime(CLOCK_MONOTONIC, &awake)
    clock_gettime(CLOCK_BOOTTIME, &whole)
    return Int64(whole.tv_sec - awake.tv_sec) * 1_000_000_000 + Int64(whole.tv_nsec - awake.tv_nsec)
  }

  private func write(_ latest: Int64) {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    var line = GeneratorLine(
      at: origin.offset(MonotonicInstant.now().nanoseconds),
      loop: index,
      cpuSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9,
      lateMilliseconds: Double(latest) / 1e6,
      stealSeconds: index == 0 ? Self.stealSeconds() : nil
    )
    if index == 0, let throttling = ControlGroup.current.throttling {
      line.quotaPeriods = throttling.periods
      line.throttledPeriods = throttling.throttled
    }
    if let wait = Self.wait() { (line.waitedSeconds, line.turns) = (wait.seconds, wait.turns) }
    guard let bytes = try? RecordingJSON.encodeLine(line) else { return }
    writer.appendLine { $0 += bytes }
  }

  /// How long this thread has been ready to run without a processor, and how often it got one: the
  /// second and the third number of /proc/thread-self/schedstat (Documentation/scheduler/sched-stats.rst);
  /// nil where the kernel does not count.
  private static func wait() -> (seconds: Double, turns: Int)? {
    let fields = firstLine(of: "/proc/thread-self/schedstat").words()
    guard fields.count >= 3, let waited = Double(fields[1]), let turns = Int(fields[2]) else {
      return nil
    }
    return (waited / 1e9, turns)
  }

  /// What the machine's host has given to others since it started, in seconds of its processors: the
  /// eighth field of the first line of /proc/stat (proc(5)); nil where there is none.
  package static func stealSeconds() -> Double? {
    let fields = firstLine(of: "/proc/stat").words()
    guard fields.first == "cpu", fields.count > 8, let ticks = Double(fields[8]) else { return nil }
    return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// The first line of a file of the kernel's; empty where it has none.
  private static func firstLine(of path: String) -> String {
    guard let file = try? Descriptor.open(path, O_RDONLY) else { return "" }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = read(file.rawValue, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).lines().first.map(
      String.init
    ) ?? ""
  }
}
