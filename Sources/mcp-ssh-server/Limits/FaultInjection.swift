import EventIO

/// Faults that the server can be told to have, so that a test suite can prove that it notices them.
@ServerLoop
final class FaultInjection {
  /// Which faults; each is off by default.
  struct Settings: Equatable, Sendable {
    /// Bytes that each POST leaves behind in memory.
    var leakBytes = 0

    /// Milliseconds that each tool call waits.
    var delayMilliseconds = 0

    /// The share of tool calls that fail.
    var errorRate = 0.0

    /// The share of POSTs whose connection ends without an answer.
    var dropRate = 0.0

    /// What is on, for the log; nil if nothing is.
    var announcement: String? {
      let parts = [
        leakBytes > 0 ? "leak \(leakBytes) bytes a request" : nil,
        delayMilliseconds > 0 ? "delay \(delayMilliseconds) ms" : nil,
        errorRate > 0 ? "errors \(errorRate)" : nil,
        dropRate > 0 ? "drops \(dropRate)" : nil,
      ].compactMap { $0 }
      return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
  }

  private let settings: Settings
  private var leaked: [[UInt8]] = []

  init(_ settings: Settings) {
    self.settings = settings
  }

  /// Leaks what a request is to leak, and decides whether its connection ends now.
  func dropsRequest() -> Bool {
    if settings.leakBytes > 0 {
      // Written to, or the pages would not count as resident.
      leaked.append([UInt8](repeating: 0xA5, count: settings.leakBytes))
    }
    return settings.dropRate > 0 && Double.random(in: 0..<1) < settings.dropRate
  }

  /// Waits as a tool call is to wait, and decides whether it fails.
  func delayAndDecide() async throws(ToolError) {
    if settings.delayMilliseconds > 0 {
      let deadline = MonotonicInstant.now() + .milliseconds(settings.delayMilliseconds)
      _ = await EventLoop.server.sleep(until: deadline)
    }
    if settings.errorRate > 0, Double.random(in: 0..<1) < settings.errorRate {
      throw ToolError(code: "injected", message: "failed by --inject-errors")
    }
  }
}
