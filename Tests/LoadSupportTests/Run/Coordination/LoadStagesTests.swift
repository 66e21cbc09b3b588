import EventIO
import XCTest

@testable import LoadSupport

final class LoadStagesTests: LongTestCase {
  private func run(
    _ stages: [Workload.Stage],
    workers: Int,
    warmUp: Duration = .zero,
    control: RunControl = RunControl(),
    against fake: FakeMCP = FakeMCP()
  ) async throws -> LoadRunHarness {
    var options = LoadRunHarness.Options()
    options.workers = workers
    options.steps = [
      LoadStep(
        warmUp: warmUp,
        length: .fixed(stages.reduce(.zero) { $0 + ($1.length ?? .zero) }),
        groups: [
          WorkerGroup(
            workers: WorkerSelection(0..<workers),
            mix: LoadRunHarness.mix,
            stages: stages
          )
        ]
      )
    ]
    let run = try await LoadRunHarness(options, control: control, against: fake.script)
    try run.assertAccounted()
    return run
  }

  private func measures(_ run: LoadRunHarness) -> [RunEvent] {
    run.events.filter { $0.event == .measure }
  }

  // MARK: Open loop

  func testRate_growsAndStaysWithoutAGap() async throws {
    let run = try await run(
      [
        Workload.Stage("ramp", length: .seconds(2), rate: Workload.Ramp(from: 0, to: 200)),
        Workload.Stage("hold", length: .seconds(1), rate: .steady(200)),
      ],
      workers: 20
    )
    let events = measures(run)
    XCTAssertEqual(events.map(\.step), ["ramp", "hold"])
    XCTAssertEqual(events.map(\.kind), [.ramp, .steady])
    XCTAssertEqual(events.map(\.workers), [nil, nil])
    XCTAssertEqual(events[0].until, events[1].at)
    let start = events[0].at
    let joint = events[1].at
    XCTAssertEqual(run.event(.warmup)?.step, "ramp")
    XCTAssertEqual(run.load.count, 400)
    XCTAssertEqual(run.load.map(\.step), (0..<400).map { $0 < 200 ? "ramp" : "hold" })
    XCTAssertEqual(Set(run.load.map(\.phase)), [.measure])
    for (index, sample) in run.load.enumerated() {
      let expected =
        index < 200
        ? start + Int64((Double(index) / 100 * 2).squareRoot() * 1e9)
        : joint + Int64(index - 200) * 5_000_000
      XCTAssertEqual(Double(sample.attempt.planned), Double(expected), accuracy: 2)
    }
    let window = try run.recorded.analysis().aggregate.window
    XCTAssertEqual(window.steps, ["ramp", "hold"])
    XCTAssertEqual(window.seconds(), 3)
    XCTAssertEqual(window.ending, .complete)
  }

  func testWarmUp_isTheLoadOfTheBeginning_underTheFirstName() async throws {
    let run = try await run(
      [
        Workload.Stage("up", length: .milliseconds(200), rate: Workload.Ramp(from: 100, to: 200)),
        Workload.Stage("down", length: .milliseconds(200), rate: Workload.Ramp(from: 200, to: 0)),
      ],
      workers: 4,
      warmUp: .milliseconds(200)
    )
    let kinds = run.load.map { "\($0.phase) \($0.step ?? "-")" }
    XCTAssertEqual(
      kinds,
      (0..<70).map { $0 < 20 ? "warmup up" : $0 < 50 ? "measure up" : "measure down" }
    )
    let start = try XCTUnwrap(run.event(.warmup)).at
    XCTAssertEqual(
      run.load.prefix(21).map { $0.attempt.planned - start },
      (0..<21).map { $0 * 10_000_000 }
    )
  }

  func testSilence_isMeasured_asLongAsItIs() async throws {
    let run = try await run(
      [
        Workload.Stage("some", length: .milliseconds(100), rate: .steady(100)),
        Workload.Stage("none", length: .milliseconds(150), rate: .steady(0)),
      ],
      workers: 2
    )
    XCTAssertEqual(run.load.map(\.step), Array(repeating: "some", count: 10))
    let window = try run.recorded.analysis().aggregate.window
    XCTAssertEqual(window.steps, ["some", "none"])
    XCTAssertEqual(window.seconds(of: ["none"]), 0.15)
  }

  func testStages_mayChangeFromOpenToClosedAndBack() async throws {
    let length = Duration.milliseconds(150)
    let run = try await run(
      [
        Workload.Stage("open", length: length, rate: .steady(200)),
        Workload.Stage("closed", length: length, thinkTime: .constant(.milliseconds(5))),
        Workload.Stage("random", length: length, rate: .steady(200), arrivals: .poisson),
      ],
      workers: 2
    )
    let events = measures(run)
    XCTAssertEqual(events.map(\.step), ["open", "closed", "random"])
    XCTAssertEqual(events.map(\.workers), [nil, 2, nil])
    XCTAssertEqual(events.map(\.thinkTime), [nil, 5_000_000, nil])
    XCTAssertEqual(run.load.count { $0.step == "open" }, 30)
    for event in events {
      let own = run.load.filter { $0.step == event.step }.map(\.attempt.planned)
      XCTAssertFalse(own.isEmpty, event.step ?? "-")
      let until = try XCTUnwrap(event.until)
      XCTAssertTrue(own.allSatisfy { $0 >= event.at && $0 < until }, event.step ?? "-")
    }
  }

  /// Groups that would draw alike would come together, all the time.
  func testGroups_drawArrivalsOfTheirOwn() async throws {
    var options = LoadRunHarness.Options()
    options.steps = [
      LoadStep(
        length: .fixed(.milliseconds(200)),
        groups: (0..<2).map { index in
          WorkerGroup(
            "\(index)",
            workers: WorkerSelection(index..<index + 1),
            mix: LoadRunHarness.mix,
            stages: [Workload.Stage(rate: .steady(200), arrivals: .poisson)]
          )
        }
      )
    ]
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    let planned = run.load.map(\.attempt.planned)
    XCTAssertEqual(Set(run.load.map(\.step)), ["0", "1"])
    XCTAssertEqual(Set(planned).count, planned.count)
  }

  // MARK: Closed loop

  /// How long workers pause in all is checked against what was announced.
  func testBusyWorkers_areNotAnnounced_whenPausesAreDrawnOrStandWithinIterations() async throws {
    let length = Duration.milliseconds(60)
    let pauses: [Workload.Pause] = [
      .constant(.zero), .constant(.milliseconds(5)), .exponential(.milliseconds(5)),
    ]
    var options = LoadRunHarness.Options()
    options.sequences = [
      "both": [.call("a"), .call("b")], "slow": [.call("a"), .pause(pauses[1]), .call("b")],
    ]
    options.steps = ["a", "both", "slow"].map { entry in
      LoadStep(
        length: .fixed(length * 3),
        groups: [
          WorkerGroup(
            workers: WorkerSelection(0..<2),
            mix: .inTurn([entry]),
            stages: pauses.enumerated().map {
              Workload.Stage("\(entry) \($0)", length: length, thinkTime: $1)
            }
          )
        ]
      )
    }
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    XCTAssertEqual(
      measures(run).map(\.workers),
      [2, 2, nil, 2, nil, nil, nil, nil, nil]
    )
  }

  func testWorkers_comeAndGoWithTheNumberPlanned() async throws {
    let pause = Workload.Pause.constant(.milliseconds(2))
    let length = Duration.milliseconds(400)
    let run = try await run(
      [
        Workload.Stage(
          "growing",
          length: length,
          workers: Workload.Ramp(from: 1, to: 5),
          thinkTime: pause
        ), Workload.Stage("all", length: length, workers: .steady(5), thinkTime: pause),
        Workload.Stage("few", length: length, workers: .steady(2), thinkTime: pause),
      ],
      workers: 6,
      warmUp: .milliseconds(100)
    )
    let events = measures(run)
    XCTAssertEqual(events.map(\.kind), [.ramp, .steady, .steady])
    XCTAssertEqual(events.map(\.workers), [nil, 5, 2])
    XCTAssertEqual(events.map(\.thinkTime), [nil, 2_000_000, 2_000_000])
    func workers(_ step: String, _ phase: Phase = .measure) -> [Int] {
      Set(run.load.filter { $0.step == step && $0.phase == phase }.map(\.worker)).sorted()
    }
    XCTAssertEqual(workers("growing", .warmup), [0])
    XCTAssertEqual(workers("all"), [0, 1, 2, 3, 4])
    XCTAssertEqual(workers("few"), [0, 1])
    for sample in run.load where sample.step == "growing" && sample.worker > 0 {
      let turn = events[0].at + Int64(sample.worker * 2 - 1) * 50_000_000
      XCTAssertGreaterThanOrEqual(sample.attempt.planned, turn, "worker \(sample.worker)")
    }
  }

  func testThinkTime_isDrawnAnew() async throws {
    let run = try await run(
      [
        Workload.Stage(
          length: .milliseconds(200),
          thinkTime: .uniform(.milliseconds(2), .milliseconds(8))
        )
      ],
      workers: 1
    )
    XCTAssertGreaterThan(run.load.count, 2)
    for (earlier, later) in zip(run.load, run.load.dropFirst()) {
      XCTAssertGreaterThanOrEqual(later.attempt.planned - earlier.attempt.done, 2_000_000)
    }
    XCTAssertEqual(Set(run.load.map(\.step)), [nil])
  }

  /// The pace counts from an iteration's beginning, the think time from its end: the later one decides.
  func testPace_isTheLeastTimeFromOneBeginningToTheNext() async throws {
    let run = try await run(
      [
        Workload.Stage(
          length: .milliseconds(300),
          thinkTime: .constant(.milliseconds(1)),
          pace: .milliseconds(20)
        )
      ],
      workers: 2
    )
    XCTAssertEqual(measures(run).map(\.workers), [nil], "workers that wait are not busy")
    for worker in 0..<2 {
      let own = run.load.filter { $0.worker == worker }.map(\.attempt.planned)
      XCTAssertGreaterThan(own.count, 1)
      XCTAssertLessThanOrEqual(own.count, 15)
      for (earlier, later) in zip(own, own.dropFirst()) {
        XCTAssertGreaterThanOrEqual(later - earlier, 20_000_000)
      }
    }
  }

  /// Nobody waits for a pause that no request will follow.
  func testStep_endsAsPlanned_whenAPauseIsLonger() async throws {
    let run = try await run(
      [Workload.Stage(length: .milliseconds(100), thinkTime: .constant(.seconds(600)))],
      workers: 1
    )
    XCTAssertEqual(run.load.count, 0)
    XCTAssertEqual(try run.recorded.analysis().aggregate.window.ending, .complete)
  }

  // MARK: Ending

  func testStop_leavesOutTheStagesThatDidNotBegin() async throws {
    for rate in [nil, Workload.Ramp.steady(200)] {
      let control = RunControl()
      var fake = FakeMCP()
      fake.onRun = { number, _ in
        if number == 10 { control.end(.stop, reason: "enough") }
        return nil
      }
      let run = try await run(
        [
          Workload.Stage("one", length: .seconds(300), rate: rate),
          Workload.Stage("two", length: .seconds(300), rate: rate),
        ],
        workers: 2,
        control: control,
        against: fake
      )
      XCTAssertEqual(measures(run).map(\.step), ["one", "two"])
      XCTAssertEqual(Set(run.load.map(\.step)), ["one"])
      let window = try run.recorded.analysis().aggregate.window
      XCTAssertEqual(window.ending, .stopped)
      XCTAssertEqual(window.slices.map(\.step), ["one"])
      XCTAssertEqual(window.end, run.event(.stopped)?.at)
      XCTAssertEqual(run.calls(of: "ssh_disconnect"), 2)
    }
  }
}
