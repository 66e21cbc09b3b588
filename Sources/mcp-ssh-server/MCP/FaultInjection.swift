import EventIO
import Glibc

/// Faults that the server can be told to have, so that a test suite can prove that it notices them.
@ServerLoop
final class FaultInjection {
  /// Which faults; each is off by default.
  struct Settings: Equatable, Sendable {
    /// Bytes that each POST leaves behind in memory.
    var leakBytes = 0

    /// Milliseconds that each tool call waits.
    var delayMilliseconds = 0.0

    /// The share of tool calls that fail.
    var errorRate = 0.0

    /// The share of POSTs whose connection ends without an answer.
    var dropRate = 0.0

    /// The share of POSTs that are answered with status 500.
    var failureRate = 0.0

    /// Of so many `ssh_connect` calls one leaves a descriptor open; 0 for none.
    var descriptorLeakInterval = 0

    /// What is on, for the log; nil if nothing is.
    var announcement: String? {
      let parts = [
        leakBytes > 0 ? "leak \(leakBytes) bytes per request" : nil,
        delayMilliseconds > 0 ? "delay \(delayMilliseconds.plainText) ms" : nil,
        errorRate > 0 ? "errors \(errorRate)" : nil,
        dropRate > 0 ? "drops \(dropRate)" : nil,
        failureRate > 0 ? "status 500 \(failureRate)" : nil,
        descriptorLeakInterval > 0
          ? "leak a descriptor in \(descriptorLeakInterval) connects" : nil,
      ].compactMap { $0 }
      return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
  }

  private let settings: Settings
  private var leaked: [[UInt8]] = []
  private var connectCount = 0

  init(_ settings: Settings) {
    self.settings = settings
  }

  /// What becomes of a POST.
  enum Fate: Sendable {
    case answered
    case dropped
    case failed
  }

  /// Leaks what a request is to leak, and decides what becomes of it.
  func decideRequest() -> Fate {
    if settings.leakBytes > 0 {
      // Written to, or the pages would not count as resident.
      leaked.append([UInt8](repeating: 0xA5, count: settings.leakBytes))
    }
    if happens(settings.dropRate) { return .dropped }
    return happens(settings.failureRate) ? .failed : .answered
  }

  /// Waits as a tool call is to wait, and decides whether it fails.
  func delayAndDecide(_ tool: String) async throws(ToolError) {
    if settings.descriptorLeakInterval > 0, tool == "ssh_connect" {
      connectCount += 1
      if connectCount % settings.descriptorLeakInterval == 0 { _ = fcntl(2, F_DUPFD_CLOEXEC, 3) }
    }
    if settings.delayMilliseconds > 0 {
      let deadline =
        MonotonicInstant.now() + .microseconds(Int64(settings.delayMilliseconds * 1_000))
      _ = await EventLoop.server.sleep(until: deadline)
    }
    if happens(settings.errorRate) {
      throw ToolError(code: "injected", message: "failed by --inject-errors")
    }
  }

  private func happens(_ rate: Double) -> Bool {
    rate > 0 && Double.random(in: 0..<1) < rate
  }
}
