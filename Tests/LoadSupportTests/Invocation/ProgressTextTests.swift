import EventIO
import XCTest

@testable import LoadSupport

final class ProgressTextTests: XCTestCase {
  private let now = MonotonicInstant(nanoseconds: 100_000_000_000)

  /// A load of two steps of 20 s, the second of which goes on for 10 s.
  private func snapshot() -> ProgressMeter.Snapshot {
    var snapshot = ProgressMeter.Snapshot.midst(of: [20, 20], step: 1, secondsIn: 10, now: now)
    snapshot.recent.since = now + .seconds(-2)
    snapshot.outcomes = [.success: 5_000, .timeout: 2, .toolError: 1]
    snapshot.recent.outcomes = [.success: 300]
    snapshot.present.outcomes = [.success: 1_000, .timeout: 2]
    for milliseconds in 1...100 {
      snapshot.present.latency.record(Int64(milliseconds) * 1_000_000)
    }
    snapshot.pool = (active: 10, idle: 2)
    var attempt = Attempt(outcome: .timeout, planned: 0, done: now.nanoseconds - 3_000_000_000)
    attempt.error = "no answer\u{1B}[2J within 30 s"
    snapshot.lastFailure = ("hostname", attempt)
    return snapshot
  }

  private func text(
    _ snapshot: ProgressMeter.Snapshot,
    place: String = "scenario 3 of 5",
    ending: String? = nil
  ) -> ProgressText {
    ProgressText(
      snapshot: snapshot,
      scenario: "latency_test",
      place: place,
      links: LinkCondition.all,
      ending: ending,
      now: now
    )
  }

  func testLine_saysWhereTheRunIs_howFastItIs_andWhatFailedLast() {
    XCTAssertEqual(
      text(snapshot()).line,
      "latency_test, scenario 3 of 5, step 2 of 2: very slow (500 ms), 30s of 40s, 10s left, 150/s now, "
        + "100/s avg, 3 of 4 workers, p50 50.0 ms, p90 90.0 ms, p99 99.0 ms, 5,000 ok, "
        + "3 failed (tool_error 1, timeout 2), pool 10 active, 2 idle, "
        + #"last error, 3s ago: hostname: timeout: no answer\u{1B}[2J within 30 s"#
    )
  }

  func testLine_saysWhichRateWasPlanned_andWhoIsMissing() {
    var snapshot = snapshot()
    (snapshot.crew, snapshot.workers) = (4, 3)
    let rate = Workload.Ramp(from: 100, to: 300)
    snapshot.steps[1] = StepForecast.step(seconds: 20, number: 2) { $0.rate = rate }
    let line = text(snapshot).line
    XCTAssertTrue(line.contains("150/s now, 200/s planned, 100/s avg"), line)
    XCTAssertTrue(line.contains("3 of 4 workers, 1 without a session"), line)
  }

  func testLine_saysWhatARunDoes_besideItsLoad() {
    var snapshot = ProgressMeter.Snapshot()
    for (phase, words) in [
      (.starting, "starting"), (.setup, "setup: 0 of 4 workers ready"),
      (.waiting("waiting for part 0"), "waiting for part 0"), (.drain, "closing sessions"),
      (.judging, "judging"),
    ] as [(ProgressMeter.Phase, String)] {
      (snapshot.phase, snapshot.crew) = (phase, 4)
      XCTAssertEqual(text(snapshot, place: "").line, "latency_test, \(words)")
    }
  }

  func testLine_saysThatTheRunIsStopping_andNotWhatIsLeft() {
    let line = text(snapshot(), ending: "stopping, waiting for 7 answers").line
    XCTAssertTrue(
      line.hasPrefix("latency_test, scenario 3 of 5, stopping, waiting for 7 answers, 5,000 ok"),
      line
    )
    XCTAssertFalse(line.contains("left"), line)
  }

  func testView_fitsAnyTerminal_andTakesAllOfItsWidth() {
    for (columns, rows) in [(1, 1), (2, 2), (20, 24), (40, 24), (40, 4), (80, 24), (200, 60)] {
      let view = text(snapshot()).view(columns: columns, rows: rows)
      XCTAssertLessThan(view.count, max(2, rows), "\(columns) × \(rows)")
      for line in view {
        XCTAssertLessThanOrEqual(line.unicodeScalars.count, max(1, columns - 1), line)
      }
    }
    for columns in [40, 80, 200] {
      let view = text(snapshot()).view(columns: columns, rows: 60)
      let bar = view.first { $0.hasPrefix("[") } ?? ""
      XCTAssertEqual(bar.utf8.count, columns - 1, bar)
      XCTAssertTrue(bar.hasSuffix("]  30s of 40s  10s left"), bar)
      let cells = bar.utf8.prefix { $0 != UInt8(ascii: "]") }.dropFirst()
      XCTAssertEqual(cells.count { $0 == UInt8(ascii: "#") }, cells.count * 3 / 4)
    }
  }

  func testView_countsWideLettersTwice() {
    var snapshot = snapshot()
    snapshot.lastFailure?.attempt.error = String(repeating: "界", count: 200)
    let last = text(snapshot).view(columns: 80, rows: 24).last ?? ""
    XCTAssertLessThanOrEqual(last.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 2) }, 79)
  }
}

extension ProgressMeter.Snapshot {
  /// A load of steps of so many seconds, of which one goes on.
  static func midst(
    of steps: [Double],
    step: Int,
    secondsIn: Double,
    now: MonotonicInstant
  ) -> ProgressMeter.Snapshot {
    var snapshot = ProgressMeter.Snapshot()
    (snapshot.phase, snapshot.step, snapshot.crew, snapshot.workers) = (.load, step, 4, 4)
    snapshot.steps = steps.enumerated().map { StepForecast.step(seconds: $1, number: $0 + 1) }
    let start = now + .seconds(-secondsIn)
    snapshot.window = LoadWindow(
      start: start.nanoseconds,
      warmUp: .zero,
      duration: .seconds(steps[step])
    )
    snapshot.loadStart = start + .seconds(-steps[..<step].reduce(0, +))
    (snapshot.present.since, snapshot.recent.since) = (start, now + .seconds(-1))
    return snapshot
  }
}

extension StepForecast {
  /// A step of three workers over a link.
  static func step(
    seconds: Double,
    number: Int,
    _ change: (inout Stretch) -> Void = { _ in }
  ) -> StepForecast {
    var stretch = Stretch(names: ["port=2325"], number: number, workers: .steady(3))
    stretch.time = 0..<Int64(seconds * 1e9)
    change(&stretch)
    return StepForecast(
      stretches: [stretch],
      isTimed: true,
      longest: seconds,
      expected: seconds,
      requests: nil
    )
  }
}
