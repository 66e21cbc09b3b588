import EventIO

/// The refusals of whole requests in the audit trail: of each minute the first, and a count of the others.
///
/// Anybody who reaches the port can cause them, so that they must not fill a disk.
@ServerLoop
final class RefusedRequests {
  /// How many lines a window has at most, that with the count aside.
  nonisolated static let linesAWindow = 20

  /// How long a window lasts.
  static let window = Duration.seconds(60)

  private static let statuses: Set = [401, 403, 404, 429, 503]

  private let trail: AuditTrail
  private var windowEnd: MonotonicInstant?
  private var lineCount = 0
  private var leftOut: [Int: Int] = [:]

  init(_ trail: AuditTrail) {
    self.trail = trail
  }

  /// Records a refusal for what the client may not do, not one for what it got wrong.
  func record(_ rejection: Rejection, client: String, mcpSessionID: String?) {
    guard Self.statuses.contains(rejection.status) else { return }
    let now = MonotonicInstant.now()
    if windowEnd.map({ now >= $0 }) ?? true {
      finish()
      windowEnd = now + Self.window
      lineCount = 0
    }
    guard lineCount < Self.linesAWindow else { return leaveOut(rejection.status) }
    lineCount += 1
    var line = AuditLine("refusal")
    line.add("client", client)
    line.add("mcp_session", mcpSessionID.map(AuditTrail.shortened))
    line.add("status", rejection.status)
    line.add("message", rejection.error.message)
    trail.write(line)
  }

  /// Writes the count of the refusals that were left out.
  func finish() {
    guard !leftOut.isEmpty else { return }
    var line = AuditLine("refusals_left_out")
    for (status, count) in leftOut.sorted(by: { $0.key < $1.key }) {
      line.add("status_\(status)", count)
    }
    leftOut = [:]
    trail.write(line)
  }

  private func leaveOut(_ status: Int) {
    if leftOut.isEmpty, let windowEnd {
      _ = EventLoop.server.schedule(at: windowEnd) { [weak self] in self?.finish() }
    }
    leftOut[status, default: 0] += 1
  }
}
