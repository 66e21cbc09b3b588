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
    process: RecordedProcess? = nil,
    target: RecordedTarget? = nil
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
      process: process,
      target: target
    )
    // Encoding plain numbers and strings does not fail.
    guard let bytes = try? RecordingJSON.encodeLine(event) else { return }
    writer.appendLine { $0 += bytes }
    writer.flush()
  }

  /// Says which calls were sent once more because the server wanted other header fields, at the instant when that
  /// began; nothing where none were.
  func tellLateFields(_ crew: [Worker]) async {
    var first = Int64.max
    var (asked, helped) = (0, 0)
    var names: Set<String> = []
    for worker in crew {
      let late = await worker.lateFields
      guard let instant = late.asked else { continue }
      first = min(first, instant)
      asked += 1
      helped += late.arguments.isEmpty ? 0 : 1
      names.formUnion(late.names)
    }
    guard asked > 0 else { return }
    let shown = names.sorted().joined(separator: ", ").cut(toBytes: 200)
    add(
      .remark,
      at: first,
      message:
        "the server refused calls of \(asked) of \(crew.count) workers because header fields did not "
        + "agree with them (-32020), so that these listed the tools again: "
        + (helped == 0
          ? "no other header fields are asked for"
          : "\(helped) found that the tools ask for \(shown) by now, sent the call once more within the same "
            + "attempt, and have sent the fields from then on")
    )
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
