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
    group: Int? = nil,
    stage: Stage.Kind? = nil,
    workers: Int? = nil,
    thinkTime: Int64? = nil,
    message: String? = nil,
    limit: String? = nil,
    attempts: Int? = nil,
    iterations: Int? = nil,
    cut: Int? = nil,
    process: RecordedProcess? = nil
  ) {
    let event = RunEvent(
      kind,
      at: origin.offset(instant ?? MonotonicInstant.now().nanoseconds),
      until: until.map(origin.offset),
      step: step,
      group: group,
      kind: stage,
      workers: workers,
      thinkTime: thinkTime,
      limit: limit,
      message: message,
      attempts: attempts,
      iterations: iterations,
      cut: cut,
      process: process
    )
    // Encoding plain numbers and strings does not fail.
    guard let bytes = try? RecordingJSON.encodeLine(event) else { return }
    writer.appendLine { $0 += bytes }
    writer.flush()
  }

  /// Ends the recording with what the workers counted by themselves.
  ///
  /// Where each iteration is one call, the attempts are all there is to tell.
  func end(_ crew: [Worker], hasSequences: Bool) async {
    var (attempts, done, cut) = (0, 0, 0)
    for worker in crew {
      attempts += await worker.attemptsMade
      done += await worker.iterationsDone
      cut += await worker.iterationsCut
    }
    add(
      .end,
      attempts: attempts,
      iterations: hasSequences ? done + cut : nil,
      cut: hasSequences ? cut : nil
    )
  }
}
