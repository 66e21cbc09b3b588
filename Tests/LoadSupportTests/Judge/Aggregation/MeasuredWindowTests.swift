import XCTest

@testable import LoadSupport

final class MeasuredWindowTests: XCTestCase {
  private let measure = RunEvent(.measure, at: 1_000, until: 5_000)

  private func assert(
    _ events: [RunEvent],
    lastDone: Int64? = nil,
    _ start: Int64,
    _ end: Int64,
    _ ending: MeasuredWindow.Ending,
    line: UInt = #line
  ) {
    let window = MeasuredWindow(events: events, lastDone: lastDone)
    XCTAssertEqual(window.start, start, line: line)
    XCTAssertEqual(window.end, end, line: line)
    XCTAssertEqual(window.ending, ending, line: line)
  }

  func testWindow_isThePlannedOne_whenTheRunWentThrough() {
    let drain = RunEvent(.drain, at: 5_100)
    assert([measure, drain], 1_000, 5_000, .complete)
    // An end that was asked for only while sessions were being closed changes nothing.
    assert([measure, drain, RunEvent(.stopped, at: 5_200)], 1_000, 5_000, .complete)
    assert([measure, drain, RunEvent(.stopped, at: 5_000)], 1_000, 5_000, .complete)
  }

  func testWindow_endsWhereItWasStopped() {
    let drain = RunEvent(.drain, at: 3_100)
    assert([measure, drain, RunEvent(.stopped, at: 3_000)], 1_000, 3_000, .stopped)
    assert([measure, drain, RunEvent(.stopped, at: 500)], 1_000, 1_000, .stopped)
    assert([measure, RunEvent(.stopped, at: 4_999)], lastDone: 2_000, 1_000, 4_999, .stopped)
  }

  func testWindow_endsWithTheLastSample_whenTheRecordingBreaksOff() {
    assert([measure], lastDone: 3_000, 1_000, 3_000, .brokenOff)
    assert([measure], lastDone: 9_000, 1_000, 5_000, .brokenOff)
    assert([measure], lastDone: 500, 1_000, 1_000, .brokenOff)
    assert([measure], 1_000, 1_000, .brokenOff)
  }

  func testWindow_isEmpty_whenTheLoadNeverBegan() {
    assert([], 0, 0, .neverBegan)
    assert([RunEvent(.setup, at: 1), RunEvent(.drain, at: 2)], lastDone: 2, 0, 0, .neverBegan)
    assert([RunEvent(.measure, at: 1_000)], 0, 0, .neverBegan)
  }

  /// A damaged recording must not crash whoever reads it.
  func testWindow_isEmpty_whenItEndsBeforeItBegins() {
    let reversed = RunEvent(.measure, at: 5_000, until: 1_000)
    assert([reversed, RunEvent(.drain, at: 6_000)], 5_000, 5_000, .complete)
    assert([reversed], lastDone: 3_000, 5_000, 5_000, .brokenOff)
  }

  // MARK: Steps

  private func window(
    _ steps: (name: String?, start: Int64, until: Int64, over: Int64?)...,
    then events: [RunEvent] = [RunEvent(.drain, at: 99_000)],
    lastDone: Int64? = nil
  ) -> MeasuredWindow {
    let steps = steps.flatMap { name, start, until, over in
      [RunEvent(.measure, at: start, until: until, step: name)]
        + (over.map { [RunEvent(.stepEnd, at: $0)] } ?? [])
    }
    return MeasuredWindow(events: steps + events, lastDone: lastDone)
  }

  private func slice(
    _ step: String?,
    _ start: Int64,
    _ end: Int64,
    settled: Int64,
    chain: Int = 0
  ) -> MeasuredWindow.Slice {
    MeasuredWindow.Slice(step: step, start: start, end: end, settled: settled, chain: chain)
  }

  func testSlices_endAsPlanned_orWhenAllAnswersAreIn() {
    let window = window(
      ("late", 1_000, 2_000, 2_500),
      ("early", 3_000, 9_000, 4_000),
      ("late", 5_000, 6_000, 6_000)
    )
    XCTAssertEqual(
      window.slices,
      [
        slice("late", 1_000, 2_000, settled: 2_500),
        slice("early", 3_000, 4_000, settled: 4_000, chain: 2),
        slice("late", 5_000, 6_000, settled: 6_000, chain: 4),
      ]
    )
    XCTAssertEqual(window.slices[0].secondsToSettle, 1.5e-6)
    XCTAssertEqual([window.start, window.end], [1_000, 6_000])
    XCTAssertEqual(window.ending, .complete)
    XCTAssertEqual(window.seconds(), 3e-6)
    XCTAssertEqual(window.seconds(of: ["late"]), 2e-6)
    XCTAssertEqual(window.seconds(of: ["early", "none"]), 1e-6)
    XCTAssertEqual(window.seconds(of: []), 0)
    // An instant lies in a slice of its own step only, and its end is no longer in it.
    for (instant, step, isInside) in [
      (1_000, "late", true), (1_999, "late", true), (2_000, "late", false), (3_500, "late", false),
      (3_500, "early", true), (5_000, "late", true), (1_500, nil, false),
    ] as [(Int64, String?, Bool)] {
      XCTAssertEqual(
        window.slice(at: instant, from: step) != nil,
        isInside,
        "\(instant) \(step ?? "-")"
      )
    }
  }

  func testSeconds_countOnce_whatStepsHaveAtTheSameTime() {
    let events = [
      RunEvent(.measure, at: 0, until: 4_000, step: "a"),
      RunEvent(.measure, at: 0, until: 4_000, step: "b"), RunEvent(.stepEnd, at: 4_500),
      RunEvent(.measure, at: 5_000, until: 6_000, step: "b"), RunEvent(.stepEnd, at: 6_000),
      RunEvent(.drain, at: 7_000),
    ]
    let window = MeasuredWindow(events: events, lastDone: nil)
    XCTAssertEqual(window.slices.map(\.settled), [4_500, 4_500, 6_000])
    XCTAssertEqual(window.seconds(), 5e-6)
    XCTAssertEqual(window.seconds(of: ["a"]), 4e-6)
    XCTAssertEqual(window.seconds(of: ["a", "b"]), 5e-6)
  }

  func testEnding_isStopped_whenAStepWasCutOrLeftOut() {
    let drain = RunEvent(.drain, at: 9_000)
    let stopped = RunEvent(.stopped, at: 3_500)
    let cut = window(
      ("a", 1_000, 2_000, 2_000),
      ("b", 3_000, 5_000, 3_600),
      then: [drain, stopped]
    )
    XCTAssertEqual(cut.ending, .stopped)
    XCTAssertEqual(cut.slices.map(\.end), [2_000, 3_500])
    XCTAssertEqual(cut.slices.map(\.settled), [2_000, 3_600])
    // Stopped between two steps: what was measured is whole, but something is missing.
    let left = window(
      ("a", 1_000, 2_000, 2_100),
      then: [RunEvent(.drain, at: 2_200, message: "1 of 2 steps were left out"), stopped]
    )
    XCTAssertEqual(left.ending, .stopped)
    XCTAssertEqual(left.slices.map(\.end), [2_000])
  }

  func testEnding_isBrokenOff_andOnlyTheLastStepIsCut_whenTheRunWasKilled() {
    let killed = window(
      ("a", 1_000, 2_000, 2_100),
      ("b", 3_000, 5_000, nil),
      then: [],
      lastDone: 3_700
    )
    XCTAssertEqual(killed.ending, .brokenOff)
    XCTAssertEqual(killed.slices.map(\.end), [2_000, 3_700])
    XCTAssertEqual(killed.slices.map(\.settled), [2_100, 3_700])
  }

  /// Steps whose workers all had nothing to do are over before their planned start.
  func testSlice_isEmpty_whenItIsOverBeforeItBegins() {
    let window = window(("a", 1_000, 2_000, 900))
    XCTAssertEqual(window.slices, [slice("a", 1_000, 1_000, settled: 1_000)])
    XCTAssertEqual(window.ending, .complete)
  }

  // MARK: Stages

  /// Two stages that are announced when their step begins, and a group beside them.
  private func stages(then events: [RunEvent], lastDone: Int64? = nil) -> MeasuredWindow {
    MeasuredWindow(
      events: [
        RunEvent(.measure, at: 1_000, until: 9_000, step: "beside"),
        RunEvent(.measure, at: 1_000, until: 5_000, step: "one", kind: .ramp),
        RunEvent(.measure, at: 5_000, until: 9_000, step: "two"),
      ] + events,
      lastDone: lastDone
    )
  }

  func testStages_areSlicesThatFollowEachOther() {
    let whole = stages(then: [RunEvent(.stepEnd, at: 9_100), RunEvent(.drain, at: 9_200)])
    XCTAssertEqual(whole.ending, .complete)
    XCTAssertEqual(whole.steps, ["beside", "one", "two"])
    XCTAssertEqual(whole.slices.map(\.start), [1_000, 1_000, 5_000])
    XCTAssertEqual(whole.slices.map(\.end), [9_000, 5_000, 9_000])
    XCTAssertEqual(whole.seconds(), 8e-6)
    XCTAssertTrue(whole.isSteady(["two"]))
    XCTAssertFalse(whole.isSteady())
  }

  func testStage_isNotMeasured_whenItsTimeNeverCame() {
    let ends = [RunEvent(.stepEnd, at: 3_100), RunEvent(.drain, at: 3_200)]
    let stopped = stages(then: ends + [RunEvent(.stopped, at: 3_000)])
    XCTAssertEqual(stopped.ending, .stopped)
    XCTAssertEqual(stopped.steps, ["beside", "one"])
    XCTAssertEqual(stopped.slices.map(\.end), [3_000, 3_000])
    // All that its workers had to do was done.
    let early = stages(then: ends)
    XCTAssertEqual(early.ending, .complete)
    XCTAssertEqual(early.steps, ["beside", "one"])
    XCTAssertEqual(early.end, 3_100)
    for lastDone in [3_000, nil] as [Int64?] {
      let killed = stages(then: [], lastDone: lastDone)
      XCTAssertEqual(killed.ending, .brokenOff)
      XCTAssertEqual(killed.steps, ["beside", "one"])
      XCTAssertEqual(killed.end, lastDone ?? 1_000)
    }
    // During the warm-up.
    let atOnce = stages(then: ends + [RunEvent(.stopped, at: 500)])
    XCTAssertEqual(atOnce.ending, .stopped)
    XCTAssertEqual(atOnce.steps, ["beside", "one"])
    XCTAssertEqual(atOnce.seconds(), 0)
  }

  func testStage_isMeasured_whenAnEarlierStepIsOver() {
    let window = MeasuredWindow(
      events: [
        RunEvent(.measure, at: 1_000, until: 2_000, step: "one"), RunEvent(.stepEnd, at: 2_000),
        RunEvent(.measure, at: 3_000, until: 4_000, step: "two"), RunEvent(.stepEnd, at: 2_900),
        RunEvent(.drain, at: 4_000),
      ],
      lastDone: nil
    )
    XCTAssertEqual(window.steps, ["one", "two"])
  }

  /// The events of stages as they are written when their step begins.
  private func begun(
    _ stages: [(name: String, group: Int?, from: Int64, until: Int64)],
    end: Int64
  ) -> [RunEvent] {
    stages.map {
      RunEvent(.measure, at: $0.from, until: $0.until, step: $0.name, group: $0.group)
    } + [RunEvent(.stepEnd, at: end)]
  }

  func testStages_areOneChain_whereOneFollowsTheOther() {
    let drain = [RunEvent(.drain, at: 400)]
    let one = begun([("up", nil, 0, 100), ("peak", nil, 100, 200)], end: 250)
    let window = MeasuredWindow(events: one + drain, lastDone: nil)
    // What was asked in the ramp is answered in the next stage.
    XCTAssertEqual(window.slice(at: 120, from: "up")?.step, "peak")
    XCTAssertEqual(window.slice(at: 120, from: "peak")?.step, "peak")
    XCTAssertEqual(window.slice(at: 99, from: "up")?.step, "up")
    XCTAssertNil(window.slice(at: 210, from: "up"))
    XCTAssertEqual(window.slices(from: "up").map(\.step), ["up", "peak"])
    XCTAssertEqual(window.slices(from: "other").map(\.step), [])

    // Of another step nothing goes on, even where it begins at once.
    let two = begun([("a", nil, 0, 100)], end: 100) + begun([("b", nil, 100, 200)], end: 200)
    XCTAssertNil(MeasuredWindow(events: two + drain, lastDone: nil).slice(at: 120, from: "a"))
  }

  func testStages_keepToTheirGroup_whereSeveralBeginTogether() {
    for (groups, expected) in [([0, 1], "b1"), ([nil, nil], nil)] as [([Int?], String?)] {
      let events = begun(
        [
          ("a1", groups[0], 0, 100), ("a2", groups[1], 0, 100), ("b1", groups[0], 100, 200),
          ("b2", groups[1], 100, 200),
        ],
        end: 200
      )
      let window = MeasuredWindow(events: events + [RunEvent(.drain, at: 200)], lastDone: nil)
      XCTAssertEqual(window.slice(at: 150, from: "a1")?.step, expected)
    }
  }

  func testStages_areNotMeasured_whenTheRunStopsBefore() {
    let events = begun([("up", nil, 0, 100), ("peak", nil, 100, 200)], end: 60)
    let stopped = MeasuredWindow(events: [RunEvent(.stopped, at: 50)] + events, lastDone: nil)
    XCTAssertEqual(stopped.slices.map(\.step), ["up"])
    XCTAssertEqual(stopped.end, 50)
    XCTAssertEqual(stopped.ending, .stopped)
  }
}
