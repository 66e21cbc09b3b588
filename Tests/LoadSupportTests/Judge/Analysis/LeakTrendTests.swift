import Foundation
import XCTest

@testable import LoadSupport

final class LeakTrendTests: XCTestCase {
  /// A server of 50 MB whose resident memory is read once a second, in pages.
  private struct Server {
    var requestsPerSecond = 1_000.0
    var loadSeconds = 600.0
    var leakedBytesPerRequest = 0.0
    var noiseBytes = 0.0
    var autocorrelation = 0.0
    var sawBytes = 0.0
    var sawSeconds = 5.0...90.0
    var rampBytes = 0.0
    var rampSeconds = 60.0

    func samples(seed: UInt64) -> [(instantSeconds: Double, bytes: Double)] {
      var random = SeededRandom(seed: seed)
      let period =
        sawSeconds.lowerBound + random.uniform() * (sawSeconds.upperBound - sawSeconds.lowerBound)
      var phase = random.uniform()
      var noise = noiseBytes * standardNormal(&random)
      let innovation = noiseBytes * (1 - autocorrelation * autocorrelation).squareRoot()
      return (0..<Int(loadSeconds)).map { second in
        let instant = Double(second) + random.uniform()
        noise = autocorrelation * noise + innovation * standardNormal(&random)
        phase += (1 + 0.2 * standardNormal(&random)) / period
        phase -= phase.rounded(.down)
        let saw = sawBytes * (2 * phase - 1)
        let ramp = rampBytes * (1 - exp(-instant / rampSeconds))
        let leak = leakedBytesPerRequest * requestsPerSecond * instant
        let bytes = 50e6 + noise + saw + ramp + leak
        return (instant, (bytes / 4_096).rounded() * 4_096)
      }
    }

    func trend(seed: UInt64) -> LeakTrend {
      LeakTrend(
        of: samples(seed: seed),
        loadSeconds: loadSeconds,
        requests: Int(requestsPerSecond * loadSeconds)
      )
    }

    /// How often each finding was reached in 400 runs.
    func findings() -> [LeakTrend.Finding: Int] {
      (1...400).reduce(into: [:]) { $0[trend(seed: $1).finding, default: 0] += 1 }
    }
  }

  func testFinding_isAlmostNeverLeak_whenTheServerIsHealthy() {
    let servers: [(name: String, server: Server)] = [
      ("pages", Server(noiseBytes: 3_000)),
      ("saw", Server(sawBytes: 2e5)),
      ("slow saw", Server(sawBytes: 2e5, sawSeconds: 100...900)),
      ("saw of collected memory", Server(sawBytes: 2e7, sawSeconds: 3...30)),
      ("ramp", Server(rampBytes: 20e6)),
      ("noise", Server(noiseBytes: 3e5, autocorrelation: 0.8)),
      ("great noise", Server(noiseBytes: 15e6, autocorrelation: 0.8)),
      (
        "everything",
        Server(noiseBytes: 3e5, autocorrelation: 0.8, sawBytes: 2e5, rampBytes: 20e6)
      ),
      (
        "everything, few requests",
        Server(
          requestsPerSecond: 50,
          noiseBytes: 3e5,
          autocorrelation: 0.8,
          sawBytes: 2e5,
          rampBytes: 20e6
        )
      ),
    ]
    for (name, server) in servers {
      let findings = server.findings()
      XCTAssertLessThanOrEqual(findings[.leak] ?? 0, 4, "\(name), seeds 1 to 400: \(findings)")
    }
  }

  func testFinding_isLeak_whenOneSmallObjectARequestLeaksAtFewRequests() {
    for autocorrelation in [0, 0.8] {
      let server = Server(
        requestsPerSecond: 50,
        leakedBytesPerRequest: 64 + 16,
        noiseBytes: 1e4,
        autocorrelation: autocorrelation
      )
      let findings = server.findings()
      XCTAssertEqual(findings, [.leak: 400], "autocorrelation \(autocorrelation), seeds 1 to 400")
    }
  }

  func testFinding_isLeak_whenCollectedMemorySawsFarAboveTheLeak() {
    // By the medians of the blocks, two of three such leaks would go unseen.
    let server = Server(
      requestsPerSecond: 2_000,
      leakedBytesPerRequest: 30,
      sawBytes: 2e7,
      sawSeconds: 3...12
    )
    let findings = server.findings()
    XCTAssertGreaterThan(findings[.leak] ?? 0, 370, "seeds 1 to 400: \(findings)")
  }

  func testLimit_isThatOfTheReference_whenBlocksScatterByOneMegabyte() throws {
    // The median of 15 normal values scatters by 0.32 of one value.
    func server(leaking bytes: Double) -> Server {
      Server(requestsPerSecond: 2_000, leakedBytesPerRequest: bytes, noiseBytes: 3.13e6)
    }
    let limits = (1...400).compactMap { server(leaking: 0).trend(seed: $0).limit }
    XCTAssertEqual(try XCTUnwrap(limits.median), 12, accuracy: 0.5)
    XCTAssertEqual(server(leaking: 0).findings(), [.ok: 400])
    let between = server(leaking: 10).findings()
    XCTAssertGreaterThan(between[.warn] ?? 0, 200, "\(between)")
    let above = server(leaking: 24).findings()
    XCTAssertGreaterThan(above[.leak] ?? 0, 370, "\(above)")
  }

  func testLimit_staysWithinItsBounds_whenNoiseIsNoneOrGreat() throws {
    let still = Server(leakedBytesPerRequest: 0).trend(seed: 1)
    XCTAssertEqual(try XCTUnwrap(still.limit), 524_288 / 360_000, accuracy: 1e-9)
    XCTAssertEqual(still.bytesPerRequest, 0)
    XCTAssertEqual(still.finding, .ok)
    let noisy = Server(noiseBytes: 1e8).trend(seed: 1)
    XCTAssertEqual(noisy.limit, 64)
    XCTAssertEqual(noisy.finding, .inconclusive, noisy.explanation)
    let leaking = Server(leakedBytesPerRequest: 3_000, noiseBytes: 1e8).trend(seed: 1)
    XCTAssertEqual(leaking.finding, .leak, leaking.explanation)
  }

  func testFinding_isPlateau_whenMemoryLevelsOffLate() {
    let trend = Server(rampBytes: 200e6, rampSeconds: 110).trend(seed: 1)
    XCTAssertEqual(trend.finding, .plateau, trend.explanation)
    XCTAssertTrue(trend.explanation.contains("in the final third"), trend.explanation)
  }

  func testFinding_isOK_whenMemoryShrinks() {
    let trend = Server(leakedBytesPerRequest: -100).trend(seed: 1)
    XCTAssertEqual(trend.finding, .ok, trend.explanation)
  }

  func testFinding_isInconclusive_whenBlocksAreTooFew() throws {
    let short = Server(loadSeconds: 199, leakedBytesPerRequest: 1_000).trend(seed: 1)
    XCTAssertEqual(short.finding, .inconclusive)
    XCTAssertEqual(short.blocks, 7)
    XCTAssertNil(short.bytesPerRequest)
    XCTAssertNil(short.interval)
    XCTAssertNil(short.limit)
    XCTAssertEqual(
      short.explanation,
      "a trend of memory needs at least 200 s of load with a sample per second "
        + "(8 blocks of 15 s after the first 40 % of it; there are 7)"
    )
    XCTAssertEqual(Server(loadSeconds: 200, leakedBytesPerRequest: 1_000).trend(seed: 1).blocks, 8)
    let nothing = LeakTrend(of: [], loadSeconds: 0, requests: 0)
    XCTAssertEqual(nothing.finding, .inconclusive)
    XCTAssertEqual(nothing.blocks, 0)
  }

  func testFinding_isInconclusive_whenThereWereNoRequests() {
    let trend = LeakTrend(
      of: Server().samples(seed: 1),
      loadSeconds: 600,
      requests: 0
    )
    XCTAssertEqual(trend.finding, .inconclusive)
    XCTAssertEqual(trend.blocks, 24)
    XCTAssertEqual(
      trend.explanation,
      "no requests were counted, so memory cannot be set against them"
    )
  }

  func testGrowth_isFound_whenSamplesHaveGapsAndReachBeyondTheLoad() throws {
    let leaking = Server(leakedBytesPerRequest: 20)
    let inside = leaking.samples(seed: 1).filter { !(300..<345).contains($0.instantSeconds) }
    let outside = [(-5.0, 9e9), (600, 9e9), (700, 9e9)].map { (instantSeconds: $0, bytes: $1) }
    let trend = LeakTrend(of: outside + inside, loadSeconds: 600, requests: 600_000)
    XCTAssertEqual(trend.blocks, 21)
    XCTAssertEqual(trend.samples, 315)
    XCTAssertEqual(trend.requests, 360_000)
    XCTAssertEqual(try XCTUnwrap(trend.bytesPerRequest), 20, accuracy: 0.05)
    XCTAssertEqual(trend.finding, .leak)
    XCTAssertTrue(
      trend.explanation.hasPrefix("memory leaks: it grew by 20"),
      trend.explanation
    )
  }

  /// The line that a picture shows is the one that was judged.
  func testLine_isThatOfTheBlocks_afterTheWarmUp() throws {
    let trend = Server(leakedBytesPerRequest: 20).trend(seed: 1)
    let line = try XCTUnwrap(trend.line)
    XCTAssertEqual(line.slope / 1_000, try XCTUnwrap(trend.bytesPerRequest), accuracy: 1e-9)
    XCTAssertEqual(line.intercept, 50e6, accuracy: 1e5)
    XCTAssertEqual(trend.warmUpSeconds, 240)
    XCTAssertNil(Server(loadSeconds: 60).trend(seed: 1).line)
  }
}
