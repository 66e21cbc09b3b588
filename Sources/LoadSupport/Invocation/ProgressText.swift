import EventIO
import Foundation

/// A run's progress in words: one line for logs, a few lines for a terminal.
struct ProgressText: Sendable {
  let snapshot: ProgressMeter.Snapshot

  /// What runs, and its place among others: `pair 2 of 8, base`; empty where there are none.
  let scenario: String
  var place = ""

  /// Links that steps may be named after.
  var links: [LinkCondition] = []

  /// What an end that somebody has asked for waits for, in words; nil as long as nobody has.
  var ending: String?
  var now = MonotonicInstant.now()

  /// `command_throughput, load, 12s of 1m, 48s left, 2,113/s now, 2,098/s avg, …, 0 failed`.
  var line: String {
    (head + time + rates + latency + counts + failure).joined(separator: ", ")
  }

  /// The state of things and a bar, in as many columns and less rows than there are.
  func view(columns: Int, rows: Int) -> [String] {
    // What fills the last column may go on in the next row.
    let width = max(1, columns - 1)
    let groups = [head, rates, latency, counts].map { flow($0, width) }
    let lines = groups[0] + bar(width) + groups[1...].joined() + flow(failure, width)
    return Array(lines.prefix(max(1, rows - 1)))
  }

  // MARK: Words

  private var head: [String] { [scenario, place, activity].filter { !$0.isEmpty } }

  private var activity: String {
    switch snapshot.phase {
    case .drain: return "closing sessions"
    case .judging: return "judging"
    case _ where ending != nil: return ending ?? ""
    case .starting: return "starting"
    case .setup: return "setup: \(snapshot.workers) of \(snapshot.crew) workers ready"
    case .waiting(let others): return others.shown
    case .load:
      guard let stretch = snapshot.stretch else { return "load" }
      let kind = stretch.isWarmUp ? "warm-up" : snapshot.stages == 1 ? "load" : nil
      let names = stretch.names.prefix(2).map(shown).joined(separator: " + ")
      let others = stretch.names.count > 2 ? " and \(stretch.names.count - 2) more" : ""
      let step = "step \(stretch.number) of \(snapshot.stages)" + (names.isEmpty ? "" : ": ")
      return [snapshot.stages == 1 ? nil : step + names + others, kind].compactMap(\.self)
        .joined(separator: ", ")
    }
  }

  /// A step by its name, or by that of its link.
  private func shown(_ step: String) -> String {
    guard let link = links.first(where: { StepName.link($0.port) == step }) else {
      return step.shown
    }
    return "\(link.name.shown) (\(NumberText.plain(link.delayMilliseconds)) ms)"
  }

  /// `12s of 1m`, `48s left`.
  private var time: [String] {
    guard ending == nil, let time = snapshot.time(at: now) else { return [] }
    let about = time.isEstimate ? "about " : ""
    let passed = Duration.seconds(time.passed.rounded(.down))
    let whole = Duration.seconds((time.passed + time.left).rounded())
    return [
      "\(passed.written) of \(about)\(whole.written)",
      "\(about)\(max(.zero, whole - passed).written) left",
    ]
  }

  private var rates: [String] {
    guard snapshot.phase == .load, ending == nil, snapshot.window != nil else { return [] }
    func rate(_ counts: ProgressMeter.Snapshot.Counts) -> String {
      let seconds = (now - counts.since).seconds
      return Self.rate(seconds > 0 ? Double(counts.outcomes[.success] ?? 0) / seconds : 0)
    }
    let planned = snapshot.planned(\.rate, at: now).map { "\(Self.rate($0)) planned" }
    // What was done in the step before tells nothing of this one.
    let isNew = snapshot.present.since > snapshot.recent.since
    let busy = min(snapshot.crew, Int(snapshot.planned(\.workers, at: now)?.rounded() ?? 0))
    let missing = snapshot.crew - snapshot.workers
    return [
      "\(rate(isNew ? snapshot.present : snapshot.recent)) now", planned,
      "\(rate(snapshot.present)) avg",
      "\(busy) of \(NumberText.counted(snapshot.crew, "worker"))",
      missing > 0 ? "\(missing) without a session" : nil,
    ].compactMap(\.self)
  }

  /// Of the present step.
  private var latency: [String] {
    guard snapshot.phase == .load, ending == nil else { return [] }
    return [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].compactMap { name, quantile in
      snapshot.present.latency.value(atQuantile: quantile).map {
        "\(name) \(String(format: $0 < 10_000_000 ? "%.2f" : "%.1f", Double($0) / 1e6)) ms"
      }
    }
  }

  private var counts: [String] {
    let ok = snapshot.outcomes[.success] ?? 0
    let failed = snapshot.outcomes.values.reduce(0, +) - ok
    let outcomes = Outcome.allCases.compactMap { outcome in
      outcome == .success ? nil : snapshot.outcomes[outcome].map { "\(outcome.rawValue) \($0)" }
    }
    let kinds = outcomes.isEmpty ? "" : " (\(outcomes.joined(separator: ", ")))"
    // A server may report any number, also none.
    let pool = snapshot.pool.map {
      String(format: "pool %.0f active, %.0f idle", $0.active, $0.idle)
    }
    guard snapshot.loadStart != nil else { return [] }
    return ["\(NumberText.grouped(ok)) ok", "\(NumberText.grouped(failed)) failed\(kinds)", pool]
      .compactMap(\.self)
  }

  private var failure: [String] {
    guard let (operation, attempt) = snapshot.lastFailure else { return [] }
    let age = Duration.seconds(max(0, now.nanoseconds - attempt.done) / 1_000_000_000)
    let error = attempt.error.map { ": \($0.shown)" } ?? ""
    return [
      "last error, \(age.written) ago: \(operation.shown): \(attempt.outcome.rawValue)"
        + error.cut(toBytes: 300)
    ]
  }

  private static func rate(_ perSecond: Double) -> String {
    (perSecond < 100
      ? String(format: "%.1f", perSecond) : NumberText.grouped(Int(perSecond.rounded())))
      + "/s"
  }

  // MARK: Layout

  private func bar(_ width: Int) -> [String] {
    guard let present = snapshot.time(at: now), !time.isEmpty else { return [] }
    let words = time.joined(separator: "  ")
    let room = width - words.utf8.count - 4
    guard room >= 5 else { return flow(time, width) }
    let share = present.passed / max(0.001, present.passed + present.left)
    let filled = Int((min(1, share) * Double(room)).rounded(.down))
    let cells = String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled)
    return ["[\(cells)]  \(words)"]
  }

  /// Puts pieces into lines of at most `width` cells; what follows the first line is set off, what is longer is cut.
  private func flow(_ pieces: [String], _ width: Int) -> [String] {
    var lines: [String] = []
    for piece in pieces {
      if let last = lines.last, last.cells + 2 + piece.cells <= width {
        lines[lines.count - 1] += "  \(piece)"
      } else {
        lines.append((lines.isEmpty ? "" : "  ") + piece)
      }
    }
    return lines.map { $0.cut(toCells: width) }
  }
}

extension String {
  /// Cells of a terminal that it takes at most: letters beyond ASCII may be wide.
  fileprivate var cells: Int { unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 2) } }

  /// Its beginning in at most so many cells, with dots where it goes on.
  fileprivate func cut(toCells limit: Int) -> String {
    guard cells > limit else { return self }
    let dots = limit > 10 ? "..." : ""
    var cells = dots.cells
    let end = unicodeScalars.firstIndex { scalar in
      cells += scalar.isASCII ? 1 : 2
      return cells > limit
    }
    return self[..<(end ?? endIndex)] + dots
  }
}
