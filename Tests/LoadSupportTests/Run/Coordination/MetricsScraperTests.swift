import EventIO
import XCTest

@testable import LoadSupport

final class MetricsScraperTests: XCTestCase {
  /// The coordinator scrapes between two steps, whatever the regular scrapes are doing then.
  func testScrapes_areMadeOneAfterTheOther_whenTheyAreAskedForAtOnce() async throws {
    let path = try TemporaryDirectory().path + "/server_metrics.jsonl"
    let count = FakeMCP.Counter()
    let script: ScriptedServer.Script = { _, _ in
      let page = Answer.http(200, "scrapes_total \(count.next())\n", type: "text/plain")
      return [.pause(.milliseconds(10)), .send(page)]
    }
    let connections = try await LoopHarness.run(against: script) { loop, server in
      let writer = try LineWriter(path: path)
      let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: "/mcp")
      let scraper = MetricsScraper(
        page: try MCPClientEndpoint(url).metricsPage,
        writer: writer,
        origin: .now(),
        servingCPUSeconds: { 1 },
        loop: loop
      )
      await withTaskGroup { group in
        for _ in 0..<4 { group.addTask { await scraper.scrape(.tick) } }
      }
      await scraper.close()
      try await writer.close()
      return await server.connectionsAccepted
    }
    let lines = RecordingJSON.decodeLines(ServerMetricsLine.self, at: path).read
    XCTAssertEqual(lines.map { $0.totals["scrapes_total"] }, [0, 1, 2, 3])
    XCTAssertEqual(lines.map(\.at), lines.map(\.at).sorted())
    XCTAssertEqual(connections, 4)
  }
}
