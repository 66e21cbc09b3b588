import EventIO

/// The coordinator's own lines: what happened when.
struct EventLog: Sendable {
  let writer: LineWriter
  let origin: ClockOrigin

  func add(
    _ kind: RunEvent.Kind,
    at instant: Int64? = nil,
    until: Int64? = nil,
    step: String? = nil,
    stage: Stage.Kind? = nil,
    workers: Int? = nil,
    thinkTime: Int64? = nil,
    message: String? = nil,
    attempts: Int? = nil
  ) {
    let event = RunEvent(
      kind,
      at: origin.offset(instant ?? MonotonicInstant.now().nanoseconds),
      until: until.map(origin.offset),
      step: step,
      kind: stage,
      workers: workers,
      thinkTime: thinkTime,
      message: message,
      attempts: attempts
    )
    // Encoding plain numbers and strings does not fail.
    guard let bytes = try? RecordingJSON.encodeLine(event) else { return }
    writer.appendLine { $0 += bytes }
    writer.flush()
  }
}
