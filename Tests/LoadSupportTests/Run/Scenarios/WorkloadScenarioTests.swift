import EventIO
import XCTest

@testable import LoadSupport

final class WorkloadScenarioTests: XCTestCase {
  /// Each arrival has a line, so that the missing rows are blamed and not the generator.
  func testArrivals_areDropped_whenTheRowsOfDataAreUsedUp() async throws {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: FakeMCP().script)
    let directory = try TemporaryDirectory()
    _ = try directory.write("id\n1\n2\n3\n4\n5\n".utf8, to: "users.csv")
    let workload = Workload(
      "shop",
      workers: 2,
      data: ["users": .init("users.csv", atEnd: .stop)],
      operations: ["look": Workload.Operation(.method("tools/list", ["cursor": "{users.id}"]))],
      steps: [
        .init(
          length: .milliseconds(200),
          groups: [.init(mix: .inTurn(["look"]), stages: [.init(rate: .steady(100))])]
        )
      ]
    )
    let environment = ["LOADTEST_MCP_URL": "http://127.0.0.1:\(server.address.port)/mcp"]
    let recording = RecordingLayout(directory: directory.path + "/loadtest_1")
    let file = WorkloadFile(workload, directory: directory.path)
    try await WorkloadScenario(file).run(
      ScenarioContext(
        RunSetup(
          settings: try RunSettings(environment: environment),
          environment: environment,
          programs: "/nowhere"
        ),
        recording: recording,
        header: .begun(in: recording),
        control: RunControl()
      )
    )
    await server.stop()
    let analysis = try RecordingAnalysis("shop", of: recording)
    let outcomes = analysis.aggregate.requests()
    XCTAssertEqual(outcomes[.success], 5)
    XCTAssertEqual(outcomes[.dropped], 15)
    XCTAssertEqual(Validity.arrivals(analysis).map(\.outcome), [.pass])
  }
}
