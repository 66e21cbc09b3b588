/// What the long calls scenario is judged by.
struct LongCallsJudge: ScenarioJudge {
  let rules = [
    Rule(.callsCut, 0, cut), Rule(.delayedProgress, 0, delayed),
    Rule(.commandsLeft, 0, commandsLeft),
    Rule(.unaccountedAttempts, 0),
  ]

  // MARK: Report

  func sections(_ analysis: RecordingAnalysis) throws -> [ReportSection] {
    let calls = try LongCall.all(analysis)
    var section = ReportSection(
      "Calls",
      "seconds since the request was sent; progress = notifications",
      columns: [
        "call", "length", "lasted", "first byte", "first progress", "progress", "ended by",
      ]
    )
    for call in calls {
      let firstByte = call.attempt.firstByte.flatMap { first in
        call.attempt.sent.map { Double(first - $0) / 1e9 }
      }
      section.addRow([
        .text(call.step), .count(call.seconds), .graded(call.lasted),
        .optional(firstByte) { .graded($0) },
        .optional(call.firstProgressSeconds) { .graded($0) },
        call.asksForProgress ? .count(call.attempt.progress ?? 0) : .absent(),
        .text(call.endingText),
      ])
    }
    if calls.contains(where: \.isCut) {
      let left = try Self.look(analysis, StepName.afterCalls)
      section.addNote("commands of the calls, when all had ended: \(left.words)")
    }
    section.addNote(
      "commands of cancelled calls: \(try Self.look(analysis, StepName.afterCancelling).words)"
    )
    return [section]
  }

  func figures(_ analysis: RecordingAnalysis) throws -> [String: Double] {
    let calls = try LongCall.all(analysis)
    var figures: [String: Double] = [:]
    figures["longest_answered_s"] = calls.filter { !$0.isCut }.map { Double($0.seconds) }.max()
    figures["shortest_cut_s"] = calls.filter(\.isCut).map { Double($0.seconds) }.min()
    figures["first_progress_s"] = calls.filter(\.tellsOfDelay).compactMap(\.firstProgressSeconds)
      .max()
    return figures
  }

  // MARK: Cut off

  private static func cut(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let calls = try LongCall.all(analysis)
    guard let shortest = calls.first?.seconds else { return .nothingMeasured(threshold) }
    let cut = calls.filter(\.isCut)
    // What is refused at once, whatever its length, was no call.
    if cut.count == calls.count, let first = calls.first,
      calls.allSatisfy({ $0.ending == .refusal && $0.lasted < Double(shortest) / 2 })
    {
      return .unknown(
        threshold,
        "no call began: \(first.attempt.outcome.rawValue): "
          + "\(first.attempt.error ?? "no reason was recorded"); let the server run `sleep` with any number of seconds"
      )
    }
    let missing = LongCall.planned(analysis).count - calls.count { $0.ending != .own }
    if cut.isEmpty, missing > 0 {
      return .unknown(threshold, "\(NumberText.counted(missing, "call")) could not be made")
    }
    let lengths = Set(calls.map(\.seconds)).sorted().map(String.init).joined(separator: ", ")
    return .count(
      threshold,
      Double(cut.count),
      n: calls.count,
      cut.first.map { first in
        "\(cut.count.grouped) of \(calls.count.grouped) calls of \(lengths) s did not end with their commands; the "
          + "shortest, \(first.step): \(first.endingText) after \(NumberText.oneDecimal(first.lasted)) s"
          + (first.attempt.error.map { " (\($0))" } ?? "")
      } ?? "calls of \(lengths) s lasted as long as their commands"
    )
  }

  // MARK: Progress

  /// What lies between may keep a stream back until it is whole.
  private static func delayed(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let calls = try LongCall.all(analysis).filter(\.asksForProgress)
    let telling = calls.filter(\.tellsOfDelay)
    guard !telling.isEmpty else {
      let hasSome = calls.contains { $0.attempt.progress ?? 0 > 0 }
      return .unknown(
        threshold,
        hasSome
          ? "no call got more than two progress notifications"
          : "the server sends no progress notifications"
      )
    }
    let delayed = LongCall.delayed(telling)
    return .count(
      threshold,
      Double(delayed.count),
      n: telling.count,
      delayed.last.map { call in
        "something holds streams back: in a call of \(call.seconds) s the first of "
          + "\((call.attempt.progress ?? 0).grouped) progress notifications came after "
          + "\(NumberText.oneDecimal(call.firstProgressSeconds ?? 0)) s"
      } ?? "the first progress notification came within half of each call's length"
    )
  }

  // MARK: Commands

  /// What the target told of commands whose calls had ended.
  private enum Look {
    case gone
    case left
    case unknown(String)

    var words: String {
      switch self {
      case .gone: "gone from the target"
      case .left: "still running on the target"
      case .unknown(let reason): "not known (\(reason))"
      }
    }
  }

  private static func look(_ analysis: RecordingAnalysis, _ step: String) throws -> Look {
    let samples = try analysis.samples { $0.step == step }
    func outcome(_ operation: String) -> Attempt? {
      samples.first { $0.operation == operation }?.attempt
    }
    guard let processes = outcome(OperationName.processes) else {
      return .unknown("nobody asked the target")
    }
    guard processes.outcome == .success else {
      return .unknown(
        "the target's processes cannot be listed by `ps -C sleep,ps -o args=`: "
          + (processes.error ?? processes.outcome.rawValue)
      )
    }
    switch outcome(OperationName.commandsGone)?.outcome {
    case .success: return .gone
    case .wrongAnswer: return .left
    default: return .unknown("the target was not asked twice")
    }
  }

  private static func commandsLeft(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let cancelled = try analysis.samples {
      $0.step == StepName.cancelling && $0.operation == OperationName.cancelled
    }
    .map(\.attempt)
    guard cancelled.contains(where: { $0.outcome == .success }) else {
      let reason = cancelled.first.map {
        "\($0.outcome.rawValue): \($0.error ?? "no reason was recorded")"
      }
      return .unknown(threshold, "no call could be cancelled" + (reason.map { "; \($0)" } ?? ""))
    }
    let look = try look(analysis, StepName.afterCancelling)
    if case .unknown(let reason) = look { return .unknown(threshold, reason) }
    var isLeft = false
    if case .left = look { isLeft = true }
    return .count(
      threshold,
      isLeft ? 1 : 0,
      n: cancelled.count,
      isLeft
        ? "of \(NumberText.counted(cancelled.count, "call")) that were cancelled, commands were still running on the "
          + "target 2 s later"
        : "the commands of \(NumberText.counted(cancelled.count, "call")) were gone from the target after these were "
          + "cancelled"
    )
  }
}
