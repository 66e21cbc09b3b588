import EventIO
import XCTest

@testable import LoadSupport

final class LoadRunTests: XCTestCase {
  func testClosedLoop_recordsEveryAttemptOfEveryWorker() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 3
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try run.assertAccounted()
    try run.assertPhases()
    XCTAssertEqual(try run.recorded.layout.sampleFiles().count, 3)
    XCTAssertEqual(Set(run.samples.map(\.worker)), [0, 1, 2])
    XCTAssertTrue(run.samples.allSatisfy { $0.attempt.outcome == .success })
    // Scrapes of the metrics are no attempts.
    XCTAssertEqual(run.requests.count { $0.method != "GET" }, run.samples.count)
    for worker in 0..<3 {
      let own = run.samples.filter { $0.worker == worker }
      XCTAssertEqual(
        own.filter { $0.phase == .setup }.map(\.operation),
        ["initialize", "notifications/initialized", "ssh_connect"]
      )
      XCTAssertEqual(
        own.filter { $0.phase == .drain }.map(\.operation),
        ["ssh_disconnect", "session_delete"]
      )
      let load = run.load.filter { $0.worker == worker }
      XCTAssertGreaterThan(load.count, 4)
      // In turn, each worker from its own place on.
      for (index, sample) in load.enumerated() {
        XCTAssertEqual(sample.operation, (index + worker).isMultiple(of: 2) ? "a" : "b")
      }
      for (earlier, later) in zip(load, load.dropFirst()) {
        XCTAssertGreaterThanOrEqual(later.attempt.planned, earlier.attempt.done)
      }
    }
    XCTAssertEqual(try run.recorded.analysis().problems, [])
  }

  func testClosedLoop_thinksBetweenRequests_andDoesNotCountThatAsLatency() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.arrivals = .closed(thinkTime: .milliseconds(20))
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    XCTAssertGreaterThan(run.load.count, 1)
    for (earlier, later) in zip(run.load, run.load.dropFirst()) {
      XCTAssertGreaterThanOrEqual(later.attempt.planned - earlier.attempt.done, 20_000_000)
    }
    try run.assertAccounted()
  }

  func testWorkers_areSpreadOverLoops() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 5
    options.loops = 2
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try run.assertAccounted()
    try run.assertPhases()
    XCTAssertEqual(Set(run.load.map(\.worker)), [0, 1, 2, 3, 4])
    XCTAssertEqual(try run.recorded.layout.sampleFiles().count, 5)
  }

  func testWorkersOfALoop_shareAFile_whenThereAreMany() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 300
    options.loops = 2
    options.warmUp = .zero
    options.duration = .milliseconds(100)
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try run.assertAccounted()
    XCTAssertEqual(Set(run.samples.map(\.worker)), Set(0..<300))
    let files = try run.recorded.layout.sampleFiles()
    XCTAssertEqual(files.count, 2)
    for (index, file) in files.enumerated() {
      var reader = SampleReader()
      try reader.read(file) { XCTAssertEqual($0.worker % 2, index) }
    }
  }

  func testMetrics_areScrapedAroundTheLoad() async throws {
    let scrapes = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.method == "GET" else { return nil }
      let text = "mcp_pool_hits_total{host=\"a\"} \(scrapes.next())\n"
      return [.send(Answer.http(200, text, type: "text/plain"))]
    }
    let run = try await LoadRunHarness(against: fake.script)
    let lines = RecordingJSON.decodeLines(
      ServerMetricsLine.self,
      at: run.recorded.layout.serverMetrics
    ).read
    let occasions: [ServerMetricsLine.Occasion] = [.before, .loadStart, .loadEnd, .after]
    // A machine that is slow today sees a tick in between.
    XCTAssertEqual(lines.map(\.occasion).filter { $0 != .tick }, occasions)
    let values = try lines.map { try XCTUnwrap($0.totals["mcp_pool_hits_total"]) }
    XCTAssertEqual(values, values.indices.map { Double($0) })
    XCTAssertTrue(run.requests.filter { $0.method == "GET" }.allSatisfy { $0.path == "/metrics" })
    let summary = try Judge(run.recorded.recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(
      summary.serverMetrics.difference,
      ["mcp_pool_hits_total": try XCTUnwrap(values.last)]
    )
    XCTAssertEqual(
      summary.serverMetrics.differenceUnderLoad,
      ["mcp_pool_hits_total": try XCTUnwrap(values.last) - 2]
    )
  }

  /// A page that does not come in time, or is too large, costs the run one wait.
  func testMetrics_areGivenUp_whenThePageIsTooMuchFromTheFirst() async throws {
    let large = Answer.http(200, String(repeating: "a 1\n", count: 2_000_000))
    for steps in [[ScriptedServer.Step.send(large)], []] {
      var fake = FakeMCP()
      fake.onRequest = { $0.method == "GET" ? steps : nil }
      let run = try await LoadRunHarness(against: fake.script)
      try run.assertAccounted()
      XCTAssertEqual(run.requests.count { $0.method == "GET" }, 1)
      XCTAssertGreaterThan(run.load.count, 0)
      XCTAssertFalse(try run.recorded.analysis().metrics.isReported)
    }
  }

  func testMetrics_areAskedForOnce_whenTheServerHasNone() async throws {
    let run = try await LoadRunHarness(against: FakeMCP().script)
    XCTAssertEqual(run.requests.count { $0.method == "GET" }, 1)
    XCTAssertFalse(try run.recorded.analysis().metrics.isReported)
  }

  func testRun_namesTheFile_whenItCannotRecord() async throws {
    let url = HTTPURL(host: "127.0.0.1", port: 1)
    let load = LoadRun(
      workers: 1,
      loops: 1,
      plan: try WorkerPlan(
        LoadRunHarness.workload,
        endpoint: try MCPClientEndpoint(url),
        profile: .standard,
        targets: [SSHTarget(host: "t", port: 22)]
      ),
      steps: []
    )
    do {
      try await load.run(
        into: ScenarioLayout(directory: "/dev/null/scenario"),
        origin: .now(),
        control: RunControl()
      )
      XCTFail("nothing was thrown")
    } catch {
      XCTAssertTrue("\(error)".contains("/dev/null/scenario/events.jsonl"), "\(error)")
    }
  }
}
