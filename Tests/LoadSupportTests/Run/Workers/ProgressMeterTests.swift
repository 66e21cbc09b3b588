import EventIO
import Synchronization
import XCTest

@testable import LoadSupport

final class ProgressMeterTests: XCTestCase {
  private let start = MonotonicInstant(nanoseconds: 100_000_000_000)

  private func sample(
    _ outcome: Outcome = .success,
    planned: Double,
    done: Double,
    sent: Double? = nil
  ) -> Sample {
    func instant(_ seconds: Double) -> Int64 { start.nanoseconds + Int64(seconds * 1e9) }
    var attempt = Attempt(outcome: outcome, planned: instant(planned), done: instant(done))
    attempt.sent = sent.map(instant)
    return Sample(worker: 0, operation: "a", phase: .measure, attempt: attempt)
  }

  private func group(
    _ name: String,
    stages: [Workload.Stage] = [],
    iterations: Int? = nil
  ) -> WorkerGroup {
    WorkerGroup(
      name,
      workers: WorkerSelection(0..<2),
      mix: .inTurn(["a"]),
      stages: stages,
      iterationLimit: iterations
    )
  }

  private func meter(_ steps: [LoadStep]) -> ProgressMeter {
    let meter = ProgressMeter()
    meter.plan(StepForecast.all(steps, of: LoadRunHarness.workload, .whole), workers: 2)
    return meter
  }

  private func begin(_ meter: ProgressMeter, _ step: Int, after: Double, lasting: Double) {
    let start = start + .seconds(after)
    meter.begin(
      step: step,
      in: LoadWindow(start: start.nanoseconds, warmUp: .zero, duration: .seconds(lasting))
    )
  }

  private func look(_ meter: ProgressMeter, at seconds: Double) -> ProgressMeter.Snapshot {
    meter.take(at: start + .seconds(seconds))
  }

  func testTake_beginsAnewWhatIsRecent() {
    let meter = meter([LoadStep(length: .fixed(.seconds(9)), groups: [group("x")])])
    begin(meter, 0, after: 0, lasting: 9)
    meter.record(sample(planned: 1, done: 1.1, sent: 1.02), isLoad: true)
    meter.record(sample(.timeout, planned: 1, done: 1.2, sent: 1.01), isLoad: true)
    let first = look(meter, at: 2)
    XCTAssertEqual(first.recent.outcomes, [.success: 1, .timeout: 1])
    XCTAssertEqual(first.recent.latency.count, 1)
    XCTAssertEqual(first.recentLateness, 20_000_000)
    meter.record(sample(planned: 2.5, done: 2.6), isLoad: true)
    let second = look(meter, at: 3)
    XCTAssertEqual(second.recent.outcomes, [.success: 1])
    XCTAssertEqual(second.recentLateness, 0)
    XCTAssertEqual(second.present.outcomes, [.success: 2, .timeout: 1])
    XCTAssertEqual(second.outcomes, [.success: 2, .timeout: 1])
    // The same scenario once more.
    meter.begin(.starting)
    let again = look(meter, at: 4)
    XCTAssertEqual(again.outcomes, [:])
    XCTAssertNil(again.loadStart)
  }

  func testRecord_keepsTheLastFailure_alsoOfASession_butNotWhatWeCutOffOurselves() throws {
    let meter = meter([])
    meter.record(sample(.toolError, planned: 1, done: 2), isLoad: false)
    meter.record(sample(.interrupted, planned: 1, done: 3), isLoad: true)
    let snapshot = look(meter, at: 4)
    XCTAssertEqual(snapshot.lastFailure?.attempt.outcome, .toolError)
    XCTAssertEqual(snapshot.outcomes, [.interrupted: 1])
  }

  func testStages_haveFiguresOfTheirOwn() throws {
    let stages = [
      Workload.Stage("up", length: .seconds(10), rate: .init(from: 0, to: 10)),
      Workload.Stage("on", length: .seconds(20), rate: .steady(10)),
    ]
    let step = LoadStep(
      warmUp: .seconds(5),
      length: .fixed(.seconds(30)),
      groups: [group("x", stages: stages)]
    )
    let meter = meter([step])
    begin(meter, 0, after: 0, lasting: 35)
    XCTAssertEqual(look(meter, at: 1).stretch?.isWarmUp, true)
    meter.record(sample(planned: 4, done: 4.1), isLoad: true)
    let up = look(meter, at: 10)
    XCTAssertEqual(up.stretch?.names, ["up"])
    XCTAssertEqual([up.stretch?.number, up.stages], [1, 2])
    XCTAssertEqual(try XCTUnwrap(up.planned(\.rate, at: start + .seconds(10))), 5, accuracy: 0.01)
    XCTAssertEqual(up.present.outcomes, [:])
    meter.record(sample(planned: 14, done: 14.5), isLoad: true)
    XCTAssertEqual(look(meter, at: 14.9).present.outcomes, [.success: 1])
    // What was planned before belongs to the stage before.
    meter.record(sample(planned: 14.9, done: 15.1), isLoad: true)
    let on = look(meter, at: 16)
    XCTAssertEqual(on.stretch?.names, ["on"])
    XCTAssertEqual(on.present.outcomes, [:])
    XCTAssertEqual(on.outcomes, [.success: 3])
    let time = try XCTUnwrap(on.time(at: start + .seconds(16)))
    XCTAssertEqual(time.passed, 16, accuracy: 0.01)
    XCTAssertEqual(time.left, 19, accuracy: 0.01)
    XCTAssertFalse(time.isEstimate)
  }

  /// Logins that may take 30 s each, and slices of 3 s: what is left is not the time that they might have taken.
  func testTimeLeft_isThatOfTheSlices_onceTheLoginsAreDone() throws {
    let login = LoadStep(length: .fixed(.seconds(30)), groups: [group("login", iterations: 1)])
    let slice = LoadStep(length: .fixed(.seconds(3)), groups: [group("slice")])
    let meter = meter([login, login, slice, slice])
    begin(meter, 0, after: 0, lasting: 30)
    let first = try XCTUnwrap(look(meter, at: 1).time(at: start + .seconds(1)))
    XCTAssertEqual(first.left, 6, accuracy: 0.01)
    XCTAssertTrue(first.isEstimate)
    begin(meter, 2, after: 4, lasting: 3)
    let later = try XCTUnwrap(look(meter, at: 5).time(at: start + .seconds(5)))
    XCTAssertEqual(later.left, 5, accuracy: 0.01)
    XCTAssertFalse(later.isEstimate)
  }

  func testTimeLeft_goesByThePaceOfRequests_whereTheirNumberIsPlanned() throws {
    let many = LoadStep(length: .fixed(.seconds(90)), groups: [group("many", iterations: 50)])
    let meter = meter([many, many])
    begin(meter, 0, after: 0, lasting: 90)
    for index in 1...25 {
      meter.record(sample(planned: 0, done: Double(index) / 10), isLoad: true)
    }
    // 25 of 100 in 2.5 s: 7.5 s more.
    let first = try XCTUnwrap(look(meter, at: 2.5).time(at: start + .seconds(2.5)))
    XCTAssertEqual(first.left, 7.5, accuracy: 0.01)
    for _ in 26...100 { meter.record(sample(planned: 0, done: 9), isLoad: true) }
    begin(meter, 1, after: 10, lasting: 90)
    let second = try XCTUnwrap(look(meter, at: 10).time(at: start + .seconds(10)))
    XCTAssertEqual(second.left, 0, accuracy: 0.01)
    let whole = meter.take(at: start + .seconds(10))
    XCTAssertEqual(try XCTUnwrap(whole.secondsPerRequest), 0.1, accuracy: 0.001)
  }

  func testForecast_countsOnPausesAndOutages_andOnWhatHasALength() {
    func one(_ stage: Workload.Stage, iterations: Int?) -> StepForecast {
      let step = LoadStep(
        length: .fixed(stage.length ?? .seconds(40)),
        groups: [group("x", stages: [stage], iterations: iterations)]
      )
      return StepForecast.all([step], of: LoadRunHarness.workload, .whole)[0]
    }
    // A rest, a long call, streams at a pace, a load.
    let rest = one(Workload.Stage(thinkTime: .constant(.seconds(80))), iterations: 1)
    XCTAssertEqual(rest.expected, 40)
    XCTAssertEqual(one(Workload.Stage(length: .seconds(30)), iterations: 1).expected, 30)
    let paced = one(Workload.Stage(length: .seconds(60), pace: .seconds(2)), iterations: 5)
    XCTAssertEqual(paced.expected, 10)
    XCTAssertEqual(paced.requests, 10)
    XCTAssertTrue(one(Workload.Stage(length: .seconds(9)), iterations: nil).isTimed)
    XCTAssertFalse(rest.isTimed)
    var outage = LoadStep(length: .fixed(.seconds(32)), groups: [group("x")])
    outage.fault = StepFault(
      after: .seconds(1),
      lasting: .zero,
      patience: .seconds(30),
      settling: .seconds(1),
      begin: {},
      end: { nil }
    )
    XCTAssertEqual(
      StepForecast.all([outage], of: LoadRunHarness.workload, .whole)[0].expected,
      2
    )
  }

  func testRun_tellsItsSteps_andWhoIsReady() async throws {
    var options = LoadRunHarness.Options()
    options.steps = ["x", "y"].map { name in
      LoadStep(length: .fixed(.seconds(20)), groups: [group(name, iterations: 3)])
    }
    let meter = ProgressMeter()
    let control = RunControl()
    let awaited = Mutex(0)
    var fake = FakeMCP()
    fake.onRun = { _, _ in
      awaited.withLock { $0 = max($0, control.awaited.count) }
      return nil
    }
    options.progress = meter
    _ = try await LoadRunHarness(options, control: control, against: fake.script)
    let snapshot = meter.take()
    XCTAssertEqual([snapshot.step, snapshot.crew, snapshot.workers], [1, 2, 2])
    XCTAssertEqual(snapshot.phase, .drain)
    XCTAssertEqual(snapshot.stretch?.names, ["y"])
    XCTAssertEqual(snapshot.outcomes, [.success: 12])
    XCTAssertEqual(snapshot.present.outcomes, [.success: 6])
    XCTAssertTrue((1...2).contains(awaited.withLock { $0 }))
    XCTAssertEqual(control.awaited.count, 0)
  }
}
