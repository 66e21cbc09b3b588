import EventIO
import Synchronization
import XCTest

@testable import LoadSupport

final class LoadFaultsTests: XCTestCase {
  /// A server that hangs up while it is away, and what was done to it.
  private final class Away: Sendable {
    private let state = Atomic(false)
    private let returns = Atomic(0)

    var isAway: Bool { state.load(ordering: .relaxed) }
    var timesBack: Int { returns.load(ordering: .relaxed) }

    func leave() { state.store(true, ordering: .relaxed) }

    func comeBack() {
      state.store(false, ordering: .relaxed)
      returns.add(1, ordering: .relaxed)
    }

    var server: FakeMCP {
      var fake = FakeMCP()
      fake.onRequest = { _ in self.isAway ? [.close] : nil }
      return fake
    }
  }

  private func options(_ fault: StepFault) -> LoadRunHarness.Options {
    var options = LoadRunHarness.Options()
    let group = WorkerGroup(
      "away",
      workers: WorkerSelection(0..<2),
      mix: LoadRunHarness.mix,
      stages: [Workload.Stage(thinkTime: .constant(.milliseconds(2)))]
    )
    var step = LoadStep(length: .fixed(.seconds(60)), groups: [group])
    (step.kind, step.fault) = (.outage, fault)
    options.steps = [step]
    return options
  }

  private func fault(
    _ away: Away,
    lasting: Duration = .milliseconds(50),
    end: @escaping @Sendable () async throws -> String?
  ) -> StepFault {
    StepFault(
      after: .milliseconds(20),
      lasting: lasting,
      patience: .seconds(50),
      settling: .milliseconds(20),
      begin: { away.leave() },
      end: end
    )
  }

  func testStep_isOverWhenAllAreServedAgain_andTellsOfItsFault() async throws {
    let away = Away()
    let fault = fault(away) {
      away.comeBack()
      return "it is back"
    }
    let run = try await LoadRunHarness(options(fault), against: away.server.script)
    let told = run.events.filter { [.fault, .restored].contains($0.event) }
    XCTAssertEqual(told.map(\.event), [.fault, .restored])
    XCTAssertEqual(told.map(\.step), ["away", "away"])
    XCTAssertEqual(told.last?.message, "it is back")
    XCTAssertEqual(run.event(.measure)?.kind, .outage)
    let restored = try XCTUnwrap(told.last?.at)
    for worker in 0..<2 {
      XCTAssertTrue(
        run.load.contains {
          $0.worker == worker && $0.attempt.outcome == .success && $0.attempt.done >= restored
        }
      )
    }
    XCTAssertTrue(run.load.contains { $0.attempt.outcome == .transportError })
    let over = try XCTUnwrap(run.event(.stepEnd)?.at)
    XCTAssertLessThan(over, try XCTUnwrap(run.event(.measure)?.until))
    XCTAssertEqual(run.event(.end)?.attempts, run.samples.count)
    XCTAssertNil(run.event(.drain)?.message)
  }

  func testStep_isOverWithAProblem_whenNothingComesBack() async throws {
    let away = Away()
    let fault = fault(away) { throw NetworkError("it is broken") }
    let run = try await LoadRunHarness(options(fault), against: away.server.script)
    let problem = try XCTUnwrap(run.event(.problem))
    XCTAssertEqual(problem.step, "away")
    XCTAssertEqual(problem.message, "away: it is broken")
    XCTAssertNil(problem.workers)
    XCTAssertNil(run.event(.restored))
    XCTAssertEqual(run.event(.end)?.attempts, run.samples.count)
  }

  func testFault_isPutRight_whenTheRunIsStoppedMeanwhile() async throws {
    let away = Away()
    let control = RunControl()
    let fault = fault(away, lasting: .seconds(50)) {
      away.comeBack()
      return nil
    }
    let stop = Task {
      while !away.isAway { try await Task.sleep(for: .milliseconds(1)) }
      control.end(.stop, reason: "enough")
    }
    let run = try await LoadRunHarness(
      options(fault),
      control: control,
      against: away.server.script
    )
    try await stop.value
    XCTAssertEqual(away.timesBack, 1)
    XCTAssertNotNil(run.event(.restored))
  }

  // MARK: Pauses

  private func pauses(jitters: Bool, seed: UInt64 = 1, worker: Int = 0) async throws -> [Duration] {
    let loop = try EventLoop(name: "load")
    defer { loop.stop() }
    let directory = try TemporaryDirectory()
    var plan = try LoadRunHarness.Options().load(port: 9).plan
    plan.jitters = jitters
    let crew = Worker(
      index: worker,
      of: 2,
      plan: plan,
      recorder: SampleRecorder(
        writer: try LineWriter(path: directory.path + "/w0.jsonl"),
        origin: .now()
      ),
      control: RunControl(),
      loop: loop
    )
    return await crew.pausesOfTenFailures()
  }

  func testPause_growsToASecond_whenItIsWithoutJitter() async throws {
    let pauses = try await pauses(jitters: false)
    XCTAssertEqual(
      pauses,
      [0, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000].map { .milliseconds($0) }
    )
  }

  func testPause_isRandomUpToThat_andAnotherForEachWorker() async throws {
    let longest = try await pauses(jitters: false)
    let one = try await pauses(jitters: true)
    let other = try await pauses(jitters: true, worker: 1)
    for (pause, most) in zip(one, longest) { XCTAssertLessThanOrEqual(pause, most) }
    XCTAssertNotEqual(Array(one.dropFirst()), Array(longest.dropFirst()))
    XCTAssertNotEqual(one, other)
  }
}

extension Worker {
  /// How long it pauses after none to nine failures in a row.
  fileprivate func pausesOfTenFailures() -> [Duration] {
    (0..<10).map { _ in
      defer { session.health.note(success: false) }
      return backOff()
    }
  }
}
