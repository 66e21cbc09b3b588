import EventIO
import Foundation

/// What a reader must know before any figure.
extension RecordingAnalysis {
  /// That it is a part of a load, by itself; nil where it is all of it.
  static func partiality(_ run: RunHeader) -> String? {
    run.part.flatMap { part in
      part.of == 1
        ? nil
        : "this is part \(part.index) of the run \(part.runID) alone, which has the parts 0 to \(part.of - 1): "
          + "`loadtest merge` judges all of them as one load"
    }
  }

  static func findProblems(
    _ aggregate: Aggregate,
    _ scenario: ScenarioHeader,
    events: [RunEvent]
  ) -> [String] {
    var problems = events.filter { $0.event == .problem }.compactMap(\.message)
    let seconds = String(format: "%.1f", aggregate.window.seconds())
    switch aggregate.window.ending {
    case .complete: break
    case .stopped:
      let end = events.last { $0.event == .stopped }
      let reason = end?.message ?? "somebody asked for it"
      let words = end?.limit.map { "ended early by the limit on \($0)" } ?? "interrupted"
      problems.append("\(words) after \(seconds) s of the measured window: \(reason)")
    case .brokenOff:
      let reason = events.last { $0.event == .failed }?.message.map { ": \($0)" } ?? ""
      problems.append("the recording breaks off after \(seconds) s of the measured window\(reason)")
    case .neverBegan:
      let lines = aggregate.totals[.measure]?.values.reduce(0, +) ?? 0
      problems.append(
        lines == 0
          ? "the load never began"
          : NumberText.thereBeing(lines, "attempt", " of the load")
            + " there, but not when it began: events.jsonl is missing or damaged"
      )
    }
    problems += findFailures(aggregate, scenario)
    let made = events.last { $0.event == .end }?.attempts
    if let sentence = lostLines(aggregate, of: made) { problems.append(sentence) }
    let slices = aggregate.window.slices
    if slices.count == 1 || scenario.isOfOwn {
      problems += slices.compactMap { findUnequalWorkers(aggregate, in: $0) }
    }
    if aggregate.unreadableLines > 0 {
      problems.append(
        NumberText.counted(aggregate.unreadableLines, "line")
          + " of the recording could not be read"
      )
    }
    return problems + events.filter { $0.event == .remark }.compactMap(\.message)
  }

  /// That files lack attempts, of which the generator counted so many; nil where they have all.
  static func lostLines(_ aggregate: Aggregate, of made: Int?) -> String? {
    let lost = (made ?? 0) - aggregate.lines - aggregate.unreadableLines
    guard let made, lost > 0 else { return nil }
    return
      "\(lost.grouped) of \(made.grouped) attempts are in no file: files of samples are missing or cut "
      + "off"
  }

  /// The files that have lines that could not be read, each with their number.
  static func damage(_ files: [(path: String, unreadable: Int)]) -> [String] {
    files.filter { $0.unreadable > 0 }.map { file in
      let name = file.path.split(at: UInt8(ascii: "/")).last ?? ""
      return "\(NumberText.counted(file.unreadable, "line")) of \(name) could not be read"
    }
  }

  /// Whether workers that wait for each answer got a fair share of them: where one has nearly all, the
  /// percentiles are its own.
  private static func findUnequalWorkers(
    _ aggregate: Aggregate,
    in slice: MeasuredWindow.Slice
  ) -> String? {
    guard let workers = slice.workers else { return nil }
    let counts = aggregate.successesByWorker[slice.step] ?? []
    // Of those that are not of a step nothing is known.
    let served = slice.step == nil ? counts : counts.filter { $0 > 0 }
    let starved = slice.step == nil ? 0 : max(0, workers - served.count)
    let sorted = [Int](repeating: 0, count: starved) + served.sorted()
    let whole = sorted.reduce(0, +)
    guard whole >= 100, sorted.count > 1, let most = sorted.last, let least = sorted.first
    else { return nil }
    // Of two it is the less lucky one's.
    let median = sorted[(sorted.count - 1) / 2]
    let odd = most >= 10 * max(1, median) ? most : 10 * max(1, least) <= median ? least : nil
    guard let odd else { return nil }
    let worker = counts.firstIndex(of: odd).map { "worker \($0)" } ?? "one worker"
    return "workers were not served evenly\(slice.step.map { " in the step \($0)" } ?? ""): of "
      + "\(NumberText.grouped(whole)) successes \(worker) had \(NumberText.grouped(odd)), and the median of "
      + "\(sorted.count) workers is \(NumberText.grouped(median))"
  }

  /// What succeeded nowhere: nothing at all, an operation, or a step.
  private static func findFailures(
    _ aggregate: Aggregate,
    _ scenario: ScenarioHeader
  ) -> [String] {
    let succeeded = aggregate.requests()[.success] ?? 0
    let all = aggregate.requests().values.reduce(0, +)
    guard all > 0 else {
      guard aggregate.window.ending == .complete else { return [] }
      return [
        "no request of the load was measured: "
          + (aggregate.mostFrequentFailure() == nil
            ? "those before the measured window outlasted it" : mostFrequentFailure(aggregate))
      ]
    }
    guard succeeded > 0 else {
      return ["none of the \(all.grouped) requests succeeded; \(mostFrequentFailure(aggregate))"]
    }
    let operations = aggregate.operations.filter {
      isWorse(aggregate, Aggregate.Filter(operation: $0))
    }
    guard operations.isEmpty else {
      return operations.map {
        "\($0) never succeeded while others did; "
          + mostFrequentFailure(aggregate, Aggregate.Filter(operation: $0))
      }
    }
    let steps = aggregate.window.steps.sorted().filter { step in
      let outcomes = aggregate.requests(Aggregate.Filter(step: step))
      // Where a step goes beyond the server's limits, refusing everything is right.
      let answered = [Outcome.success, .rejected, .rateLimited].contains { outcomes[$0] != nil }
      return !answered && isWorse(aggregate, Aggregate.Filter(step: step))
    }
    return steps.map {
      "nothing succeeded in the step \(scenario.title(of: $0)) while others did; "
        + mostFrequentFailure(aggregate, Aggregate.Filter(step: $0))
    }
  }

  /// Whether nothing of a part succeeded, and that is not how the others fail too: so many failures in a
  /// row would be seen there in less than 1 % of cases.
  private static func isWorse(_ aggregate: Aggregate, _ filter: Aggregate.Filter) -> Bool {
    let (own, all) = (aggregate.requests(filter), aggregate.requests())
    let n = own.values.reduce(0, +)
    guard n > 0, own[.success] == nil else { return false }
    let others = all.values.reduce(0, +) - n
    // What goes beyond the server's limits is refused on purpose.
    let answers = [Outcome.success, .rejected, .rateLimited]
    let answered = answers.map { (all[$0] ?? 0) - (own[$0] ?? 0) }.reduce(0, +)
    let failed = others - answered
    guard others > 0 else { return true }
    return pow(Double(failed) / Double(others), Double(n)) < 0.01
  }

  private static func mostFrequentFailure(
    _ aggregate: Aggregate,
    _ filter: Aggregate.Filter = .all
  ) -> String {
    aggregate.mostOften(filter) ?? "no reason was recorded"
  }
}
