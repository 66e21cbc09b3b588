import EventIO
import XCTest

@testable import LoadSupport

final class LoadStepsTests: XCTestCase {
  /// A server that gives each session an id of its own, ssh-0, ssh-1, …, and only so many.
  private static func server(granting limit: Int = .max) -> FakeMCP {
    var fake = FakeMCP()
    fake.onConnect = { number, id in
      let result =
        number < limit
        ? #"{"content":[],"structuredContent":{"session_id":"ssh-\#(number)"}}"#
        : Answer.text("pool limit of \(limit) reached", isError: true)
      return [.send(Answer.http(200, Answer.result(id, result)))]
    }
    return fake
  }

  /// Steps of whose operations there is a number, so that no clock decides how many there are.
  private func run(
    _ groups: [[WorkerGroup]],
    workers: Int = 1,
    held: ClosedRange<Int> = 0...1,
    against fake: FakeMCP = server()
  ) async throws -> LoadRunHarness {
    var options = LoadRunHarness.Options()
    options.workers = workers
    options.heldSessions = held
    options.sequences = [
      "cold": [.call("fresh"), .call("disconnect"), .call("fresh")],
      "pooled": [.call("connect"), .call("disconnect"), .call("connect")],
    ]
    options.steps = groups.map { LoadStep(length: .fixed(.seconds(20)), groups: $0) }
    let run = try await LoadRunHarness(options, against: fake.script)
    XCTAssertEqual(run.event(.end)?.attempts, run.samples.count)
    return run
  }

  private func named(_ run: LoadRunHarness, worker: Int = 0) -> [String] {
    run.samples.filter { $0.worker == worker }.map { "\($0.step ?? "-") \($0.operation)" }
  }

  private func arguments(_ run: LoadRunHarness, of tool: String) -> [JSONValue] {
    run.requests.map { $0.json["params"] ?? .null }.filter { $0["name"]?.string == tool }
      .map { $0["arguments"] ?? .null }
  }

  // MARK: Sessions

  func testCycles_connectAndDisconnectInOrder_withAFreshLoginOnlyWhereItIsAskedFor() async throws {
    func group(_ name: String) -> [WorkerGroup] {
      [
        WorkerGroup(
          name,
          workers: WorkerSelection(0..<1),
          mix: .inTurn([name]),
          iterationLimit: 1
        )
      ]
    }
    let run = try await run([group("cold"), group("pooled")])
    XCTAssertEqual(
      named(run),
      [
        "- initialize", "- notifications/initialized", "cold connect", "cold disconnect",
        "cold connect", "pooled ssh_disconnect", "pooled connect", "pooled disconnect",
        "pooled connect", "- ssh_disconnect", "- session_delete",
      ]
    )
    XCTAssertEqual(
      arguments(run, of: "ssh_connect").map { $0["reuse"] },
      [.bool(false), .bool(false), nil, nil]
    )
    let own = run.events.filter { [.warmup, .measure, .stepEnd].contains($0.event) }
    XCTAssertEqual(own.map(\.event), [.warmup, .measure, .stepEnd, .warmup, .measure, .stepEnd])
    XCTAssertEqual(own.map(\.step), ["cold", "cold", nil, "pooled", "pooled", nil])
    // A step whose operations are all done does not wait for its planned end.
    let window = try run.recorded.analysis().aggregate.window
    XCTAssertEqual(window.slices.map(\.step), ["cold", "pooled"])
    XCTAssertEqual(window.slices.map(\.end), own.filter { $0.event == .stepEnd }.map(\.at))
    XCTAssertLessThan(window.seconds(), 20)
    XCTAssertEqual(window.ending, .complete)
  }

  func testConnect_givesBackTheOldestSessionFirst_atTheCap() async throws {
    let group = WorkerGroup(
      workers: WorkerSelection(0..<1),
      mix: .inTurn(["connect"]),
      iterationLimit: 4
    )
    let run = try await run([[group]], held: 1...2)
    XCTAssertEqual(
      run.samples.filter { $0.phase == .measure }.map(\.operation),
      [
        "connect", "ssh_disconnect", "connect", "ssh_disconnect", "connect", "ssh_disconnect",
        "connect",
      ]
    )
    XCTAssertEqual(
      arguments(run, of: "ssh_disconnect").map { $0["session_id"]?.string },
      ["ssh-0", "ssh-1", "ssh-2", "ssh-4", "ssh-3"]
    )
    assertNoOverlap(run)
  }

  /// What keeps a worker's sessions within their bounds is in no other request's latency.
  private func assertNoOverlap(_ run: LoadRunHarness, line: UInt = #line) {
    let samples = run.samples.filter { $0.phase == .measure }
    for (earlier, later) in zip(samples, samples.dropFirst()) {
      XCTAssertGreaterThanOrEqual(
        later.attempt.planned,
        earlier.attempt.done,
        "\(later.operation) after \(earlier.operation)",
        line: line
      )
    }
  }

  func testDisconnect_opensASessionFirst_atTheFloor() async throws {
    let group = WorkerGroup(
      workers: WorkerSelection(0..<1),
      mix: .inTurn(["disconnect"]),
      iterationLimit: 2
    )
    let run = try await run([[group]], held: 1...2)
    XCTAssertEqual(
      run.samples.filter { $0.phase == .measure }.map(\.operation),
      ["ssh_connect", "disconnect", "ssh_connect", "disconnect"]
    )
    XCTAssertEqual(
      arguments(run, of: "ssh_disconnect").map { $0["session_id"]?.string },
      ["ssh-0", "ssh-1", "ssh-2"]
    )
    assertNoOverlap(run)
  }

  func testDisconnect_doesNothing_whenThereIsNothingToGiveBack() async throws {
    let group = WorkerGroup(
      workers: WorkerSelection(0..<1),
      mix: .inTurn(["disconnect"]),
      iterationLimit: 5
    )
    let run = try await run([[group]])
    XCTAssertEqual(run.samples.filter { $0.phase == .measure }, [])
  }

  func testSelection_takesThoseWhoHoldASession_orTheOthers_orTheFirstOfThem() async throws {
    func group(
      _ name: String,
      _ holding: WorkerSelection.Holding,
      _ operation: String,
      limit: Int? = nil
    ) -> WorkerGroup {
      WorkerGroup(
        name,
        workers: WorkerSelection(0..<4, holding: holding, limit: limit),
        mix: .inTurn([operation]),
        iterationLimit: 1
      )
    }
    let run = try await run(
      [
        [group("applying", .nothing, "connect")],
        [
          group("working", .session, "hostname"),
          group("asking", .nothing, "connect", limit: 1),
        ], [group("freeing", .session, "disconnect", limit: 1)],
        [group("all", .anything, "list")],
      ],
      workers: 4,
      against: Self.server(granting: 2)
    )
    func workers(_ step: String, _ outcome: Outcome? = nil) -> [Int] {
      run.samples.filter { $0.step == step && $0.attempt.outcome == outcome ?? .success }
        .map(\.worker).sorted()
    }
    let holders = workers("applying")
    let others = workers("applying", .rejected)
    XCTAssertEqual(holders.count, 2)
    XCTAssertEqual(others.count, 2)
    XCTAssertEqual(workers("working"), holders)
    XCTAssertEqual(workers("asking", .rejected), [others[0]])
    XCTAssertEqual(workers("freeing"), [holders[0]])
    XCTAssertEqual(workers("all"), [0, 1, 2, 3])
    // Both groups of the second step have a slice of their own, at the same time.
    let slices = try run.recorded.analysis().aggregate.window.slices
    XCTAssertEqual(slices.map(\.step), ["applying", "asking", "working", "freeing", "all"])
    XCTAssertEqual(slices[1].start, slices[2].start)
  }

  func testHealth_isAskedForByGET_andIsGoodWhereItIs2xx() async throws {
    let asked = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.path == "/health" else { return nil }
      return [.send(Answer.http([200, 503, 204][asked.next() % 3], "whatever"))]
    }
    let group = WorkerGroup(
      StepName.health,
      workers: WorkerSelection(0..<1),
      mix: .inTurn(["health"]),
      stages: [Workload.Stage(thinkTime: .constant(.milliseconds(1)))],
      iterationLimit: 3
    )
    let run = try await run([[group]], against: fake)
    let health = run.samples.filter { $0.operation == "health" }
    XCTAssertEqual(health.map(\.attempt.outcome), [.success, .httpError, .success])
    XCTAssertEqual(health.map(\.attempt.error), [nil, "HTTP 503", nil])
    XCTAssertEqual(Set(run.requests.filter { $0.path == "/health" }.map(\.method)), ["GET"])
  }

  // MARK: Time

  /// The length of the step that waits, in nanoseconds, and the last refusal's end before it.
  private func wait(
    retryAfter: [String?],
    atMost longest: Duration
  ) async throws -> (start: Int64, end: Int64, refused: [Int64]) {
    let refused = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.json["method"]?.string == "tools/list" else { return nil }
      let field = retryAfter[refused.next() % retryAfter.count].map { ["Retry-After: \($0)"] }
      return [.send(Answer.http(429, "slow down", fields: field ?? []))]
    }
    var options = LoadRunHarness.Options()
    options.workers = retryAfter.count + 1
    options.heldSessions = 0...0
    let prober = WorkerGroup(
      "wait",
      workers: WorkerSelection(retryAfter.count..<retryAfter.count + 1),
      mix: .inTurn(["health"]),
      stages: [Workload.Stage(thinkTime: .constant(.milliseconds(20)))]
    )
    let flood = WorkerGroup(
      "flood",
      workers: WorkerSelection(0..<retryAfter.count),
      mix: .inTurn(["list"]),
      iterationLimit: 1
    )
    options.steps = [
      LoadStep(length: .fixed(.seconds(20)), groups: [flood]),
      LoadStep(length: .untilRetryAfter(atMost: longest), groups: [prober]),
    ]
    let run = try await LoadRunHarness(options, against: fake.script)
    let measure = try XCTUnwrap(run.events.first { $0.event == .measure && $0.step == "wait" })
    let refusals = run.samples.filter { $0.attempt.outcome == .rateLimited }
    XCTAssertEqual(refusals.count, retryAfter.count)
    return (measure.at, try XCTUnwrap(measure.until), refusals.map(\.attempt.done))
  }

  func testWait_lastsUntilTheLatestRetryAfter() async throws {
    let (_, end, refused) = try await wait(retryAfter: ["1", "0"], atMost: .seconds(20))
    XCTAssertTrue(refused.contains(end - 1_000_000_000), "\(end) after \(refused)")
  }

  func testWait_lastsItsLongest_whenARefusalNamesNoTime() async throws {
    let (start, end, _) = try await wait(retryAfter: ["0", nil], atMost: .milliseconds(50))
    XCTAssertEqual(end - start, 50_000_000)
  }

  func testWait_isOverAtOnce_whenTheTimeHasCome() async throws {
    let (start, end, _) = try await wait(retryAfter: ["0"], atMost: .seconds(20))
    XCTAssertEqual(end, start)
  }

  /// Servers may write what they like there.
  func testWait_isNoLongerThanItsBound_whateverTheServerSays() async throws {
    for text in ["3600", "9223372036854775807", "99999999999999999999", "soon", nil] {
      let (start, end, _) = try await wait(retryAfter: [text], atMost: .milliseconds(30))
      XCTAssertEqual(end - start, 30_000_000, "\(text ?? "nothing")")
    }
    for text in ["-1", "-9223372036854775808"] {
      let (start, end, _) = try await wait(retryAfter: [text], atMost: .milliseconds(30))
      XCTAssertLessThanOrEqual(end - start, 30_000_000, text)
    }
  }

  func testSteps_areLeftOutAndCounted_whenTheRunIsStopped() async throws {
    let control = RunControl()
    var fake = FakeMCP()
    fake.onRun = { number, _ in
      if number == 3 { control.end(.stop, reason: "enough") }
      return nil
    }
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.steps = ["one", "two", "three"].map { name in
      LoadStep(
        length: .fixed(.seconds(20)),
        groups: [
          WorkerGroup(
            name,
            workers: WorkerSelection(0..<1),
            mix: LoadRunHarness.mix,
            iterationLimit: name == "one" ? 2 : nil
          )
        ]
      )
    }
    let run = try await LoadRunHarness(options, control: control, against: fake.script)
    XCTAssertEqual(run.event(.drain)?.message, "1 of 3 steps were left out")
    XCTAssertEqual(run.load.map(\.step), ["one", "one", "two", "two"])
    let window = try run.recorded.analysis().aggregate.window
    XCTAssertEqual(window.ending, .stopped)
    XCTAssertEqual(window.slices.map(\.step), ["one", "two"])
    XCTAssertEqual(window.end, run.event(.stopped)?.at)
    XCTAssertEqual(run.calls(of: "ssh_disconnect"), 1)
  }
}
