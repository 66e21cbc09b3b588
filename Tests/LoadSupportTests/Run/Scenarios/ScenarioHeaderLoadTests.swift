import EventIO
import XCTest

@testable import LoadSupport

final class ScenarioHeaderLoadTests: XCTestCase {
  private func header(_ stages: [Workload.Stage]) throws -> ScenarioHeader {
    let url = HTTPURL(host: "127.0.0.1", port: 1, path: "/mcp")
    let group = WorkerGroup(
      workers: WorkerSelection(0..<4),
      mix: LoadRunHarness.mix,
      stages: stages
    )
    let run = LoadRun(
      workers: 4,
      loops: 1,
      plan: try WorkerPlan(
        LoadRunHarness.workload,
        endpoint: try MCPClientEndpoint(url),
        profile: .standard,
        targets: []
      ),
      steps: [LoadStep(length: .fixed(.seconds(4)), groups: [group])]
    )
    let network = NetworkDescription(kind: .live, server: "http://h/mcp", target: "t:22")
    let header = ScenarioHeader(run, of: .commandThroughput, .smoke, on: network)
    let coded = try RecordingJSON.encodeFile(header)
    return try JSONDecoder().decode(ScenarioHeader.self, from: coded)
  }

  func testStages_tellWhatWasPlanned() throws {
    let header = try header([
      Workload.Stage("up", length: .seconds(1), rate: Workload.Ramp(from: 0, to: 50)),
      Workload.Stage("hold", length: .seconds(1), rate: .steady(50)),
      Workload.Stage("few", length: .seconds(1), workers: Workload.Ramp(from: 1, to: 3)),
      Workload.Stage("all", length: .seconds(1)),
    ])
    let stages = try XCTUnwrap(header.stages)
    XCTAssertEqual(stages.map(\.name), ["up", "hold", "few", "all"])
    XCTAssertEqual(stages.map(\.kind), [.ramp, .steady, .ramp, .steady])
    XCTAssertEqual(stages.map(\.workers), [4, 4, 4, 4])
    XCTAssertEqual(
      stages.map(\.rate),
      [Stage.Course(from: 0, to: 50), Stage.Course(from: 50, to: 50), nil, nil]
    )
    XCTAssertEqual(stages.map(\.busyWorkers), [nil, nil, Stage.Course(from: 1, to: 3), nil])
    // There is no one rate.
    XCTAssertNil(header.arrivalRate)
    XCTAssertEqual(header.arrivals, "constant")
  }

  func testStages_tellThePauses_ofAClosedLoop() throws {
    let stages = try header([
      Workload.Stage(
        "a",
        length: .seconds(1),
        thinkTime: .uniform(.zero, .seconds(1)),
        pace: .seconds(2)
      ),
      Workload.Stage("b", length: .seconds(1)),
    ]).stages
    XCTAssertEqual(stages?.map(\.thinkSeconds), [0.5, nil])
    XCTAssertEqual(stages?.map(\.paceSeconds), [2, nil])
    XCTAssertEqual(stages?.map(\.plan), ["4 workers, think time 0.5 s, pace 2 s", "4 workers"])
  }

  func testSessions_areThoseOfOwners_whenWorkersShareThem() throws {
    var options = LoadRunHarness.Options()
    (options.workers, options.heldSessions) = (3, 2...2)
    for (isShared, sessions) in [(true, 2), (false, 6)] {
      options.sharesSession = isShared
      let run = try options.load(port: 9)
      let network = NetworkDescription(kind: .live, server: "http://h/mcp", target: "t:22")
      let header = ScenarioHeader(run, of: .commandThroughput, .smoke, on: network)
      XCTAssertEqual(header.sessions, sessions)
      XCTAssertEqual(header.stages?.map(\.sharesSession), [isShared ? true : nil])
      XCTAssertEqual(
        header.stages?.map(\.plan),
        [isShared ? "3 workers in one MCP session" : "3 workers"]
      )
    }
  }

  func testDigest_isOfTheWorkload() throws {
    XCTAssertEqual(
      try header([]).workloadDigest,
      LoadRunHarness.workload.digest(.none)
    )
  }

  func testArrivalRate_isThatOfAllStages_whereItIsOne() throws {
    let steady = Workload.Stage(rate: .steady(50), arrivals: .poisson)
    XCTAssertEqual(try header([steady]).arrivalRate, 50)
    XCTAssertEqual(try header([steady]).arrivals, "poisson")
    XCTAssertEqual(try header([steady, steady]).arrivalRate, 50)
    XCTAssertNil(try header([steady, Workload.Stage(rate: .steady(50))]).arrivalRate)
    XCTAssertNil(try header([steady, Workload.Stage()]).arrivalRate)
    XCTAssertNil(try header([]).arrivalRate)
    XCTAssertEqual(try header([]).arrivals, "closed")
  }

  func testStage_isRead_whereARecordingTellsLess() throws {
    let line = #"{"name":"a","kind":"steady","workers":2}"#
    let stage = try JSONDecoder().decode(Stage.self, from: Data(line.utf8))
    XCTAssertEqual(stage, Stage(name: "a", kind: .steady, workers: 2))
  }
}
