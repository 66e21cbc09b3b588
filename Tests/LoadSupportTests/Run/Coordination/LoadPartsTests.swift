import EventIO
import XCTest

@testable import LoadSupport

/// A load in parts, against a server that sees what all of them send.
final class LoadPartsTests: XCTestCase {
  private func load(_ share: LoadShare, workers: Int, port: UInt16) throws -> LoadRun {
    var table = DataTable("t", Workload.DataFile("t.csv"), columns: ["a"])
    for row in 0..<11 {
      table.append("row\(row)".utf8, isToken: false)
      table.endRow()
    }
    let values: JSONValue = ["{worker}", "{counter}", "{iteration}", "{t.a}", "{random:6}"]
    let workload = Workload(
      "test",
      needsSSHSessions: false,
      workers: workers,
      heldSessions: 0...0,
      operations: ["one": .tool("one", values), "two": .tool("two", values)],
      steps: []
    )
    let groups = [
      WorkerGroup(
        workers: WorkerSelection(0..<workers - 2),
        mix: .weighted(["one": 1, "two": 2]),
        iterationLimit: 6
      ),
      WorkerGroup(
        workers: WorkerSelection(workers - 2..<workers),
        mix: .inTurn(["one", "two"]),
        iterationLimit: 3
      ),
    ]
    return LoadRun(
      workers: workers,
      loops: 1,
      plan: try WorkerPlan(
        workload,
        endpoint: MCPClientEndpoint(HTTPURL(host: "127.0.0.1", port: port, path: "/mcp")),
        profile: .standard,
        targets: [SSHTarget(host: "t", port: 22)],
        data: DataRows(tables: [table]),
        seed: 5,
        share: share
      ),
      steps: [LoadStep(length: .fixed(.seconds(5)), groups: groups)]
    )
  }

  /// What the calls of all parts of a load carry, sorted.
  private func sent(inParts count: Int, workers: Int) async throws -> [String] {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: FakeMCP().script)
    for index in 0..<count {
      let share = LoadShare(index: index, count: count)
      let load = try load(share, workers: workers, port: server.address.port)
      let recorded = try RecordedScenario()
      try await recorded.run(load)
      // Each numbers its own from 0.
      XCTAssertEqual(
        Set(try recorded.samples().map(\.worker)),
        Set(0..<share.own(0..<workers).count)
      )
    }
    let requests = await server.requests
    await server.stop()
    return requests.map(\.json).filter { $0["method"]?.string == "tools/call" }.map { call in
      let encoded = call["params"].map { String(decoding: $0.encoded, as: UTF8.self) } ?? ""
      return encoded
    }.sorted()
  }

  func testParts_sendTogetherWhatOneGeneratorWould() async throws {
    let whole = try await sent(inParts: 1, workers: 7)
    XCTAssertEqual(whole.count, 5 * 6 + 2 * 3)
    for count in [2, 3, 7] {
      let parts = try await sent(inParts: count, workers: 7)
      XCTAssertEqual(parts, whole, "\(count) parts")
    }
  }

  func testHeaders_ofAllParts_addUpToThoseOfTheWhole() throws {
    let steps = [
      LoadStep(
        length: .fixed(.seconds(5)),
        groups: [
          WorkerGroup(
            "open",
            workers: WorkerSelection(0..<5),
            mix: .inTurn(["one"]),
            stages: [
              Workload.Stage(rate: .steady(90))
            ]
          ),
          WorkerGroup(
            "ramp",
            workers: WorkerSelection(5..<7),
            mix: .inTurn(["two"]),
            stages: [
              Workload.Stage(workers: Workload.Ramp(from: 0, to: 2))
            ]
          ),
        ]
      )
    ]
    func header(_ share: LoadShare) throws -> ScenarioHeader {
      var load = try load(share, workers: 7, port: 1)
      load.steps = steps
      return ScenarioHeader(
        load,
        of: .commandThroughput,
        .smoke,
        on: RecordedScenario.header().network
      )
    }
    let whole = try header(.whole)
    let parts = try (0..<3).map { try header(LoadShare(index: $0, count: 3)) }
    XCTAssertEqual(parts.map(\.workers), [3, 2, 2])
    for number in 0..<2 {
      let stages = parts.compactMap { $0.stages?[number] }
      let expected = try XCTUnwrap(whole.stages?[number])
      XCTAssertEqual(stages.compactMap(\.workers).reduce(0, +), expected.workers)
      XCTAssertEqual(stages.compactMap(\.rate?.from).reduce(0, +), expected.rate?.from ?? 0)
      XCTAssertEqual(
        stages.compactMap(\.busyWorkers?.to).reduce(0, +),
        expected.busyWorkers?.to ?? 0
      )
    }
  }

  func testPlanDigest_isThatOfAllParts_andOfNoOtherLoad() throws {
    func digest(
      _ index: Int,
      of count: Int,
      _ change: (inout RunSettings) -> Void = { _ in }
    ) throws -> String? {
      var settings = RunSettings()
      settings.part = RecordingPart(runID: "night", index: index, of: count)
      change(&settings)
      return settings.planDigest(try load(settings.share, workers: 7, port: 1).plan)
    }
    let first = try XCTUnwrap(try digest(0, of: 3))
    XCTAssertEqual(first.utf8.count, 16)
    XCTAssertEqual(try digest(2, of: 3), first)
    XCTAssertNil(try digest(0, of: 1))
    XCTAssertNotEqual(try digest(0, of: 4), first)
    XCTAssertNotEqual(try digest(0, of: 3) { $0.profile = .quick }, first)
    XCTAssertNotEqual(try digest(0, of: 3) { $0.eraChoice = .modern }, first)
  }

  // MARK: The common start

  private func run(startingAt milliseconds: Double) async throws -> LoadRunHarness {
    var options = LoadRunHarness.Options()
    options.commonStart = CommonStart(
      point: .instant(epochMilliseconds: milliseconds),
      part: RecordingPart(runID: "night", index: 0, of: 2, attempt: "a"),
      scenario: "command_throughput"
    )
    return try await LoadRunHarness(options, against: FakeMCP().script)
  }

  func testMeasuredWindow_beginsAtTheCommonInstant() async throws {
    let now = ClockOrigin.now()
    let run = try await run(startingAt: now.epochMilliseconds + 700)
    let origin = run.recorded.header.clock
    let measure = try XCTUnwrap(run.event(.measure)?.at)
    let expected = now.monotonicNanoseconds + 700_000_000 - origin.monotonicNanoseconds
    // Wall time is read to a millisecond, twice.
    XCTAssertEqual(Double(measure), Double(expected), accuracy: 3e6)
    XCTAssertEqual(run.event(.warmup)?.until, measure)
    XCTAssertFalse(run.load.isEmpty)
    XCTAssertNil(run.event(.problem))
  }

  func testLoad_isNotSent_whenThePartIsReadyTooLate() async throws {
    let run = try await run(startingAt: ClockOrigin.now().epochMilliseconds - 100)
    XCTAssertTrue(run.load.isEmpty)
    XCTAssertNil(run.event(.measure))
    let problem = try XCTUnwrap(run.event(.problem)?.message)
    XCTAssertTrue(problem.contains("part 0 was ready"), problem)
    XCTAssertTrue(problem.contains("ms too late"), problem)
    XCTAssertNotNil(run.event(.failed))
    XCTAssertEqual(RunResult(try run.recorded.analysis(), []), .couldNotRun)
  }
}
