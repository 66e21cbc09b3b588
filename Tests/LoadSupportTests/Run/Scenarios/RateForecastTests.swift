import EventIO
import XCTest

@testable import LoadSupport

final class RateForecastTests: XCTestCase {
  private func remark(
    _ arrivals: ArrivalProcess,
    limit: Int = 100,
    window: Double = 60,
    workers: Int = 5,
    seconds: Double = 10,
    requestSeconds: Double? = 0.05,
    operations: Int? = nil
  ) throws -> String? {
    var found = NetworkCheck.Findings(
      profile: .standard,
      address: try XCTUnwrap(SocketAddress.resolve(host: "127.0.0.1", port: 1).first)
    )
    found.rateLimit = limit
    found.rateWindowSeconds = window
    found.requestSeconds = requestSeconds
    guard let limit = Network.RateLimit(found) else { return nil }
    let group = WorkerGroup(
      workers: WorkerSelection(0..<workers),
      mix: .inTurn(["a"]),
      stages: [arrivals.stage],
      iterationLimit: operations
    )
    let step = LoadStep(warmUp: .seconds(2), length: .fixed(.seconds(seconds)), groups: [group])
    return RateForecast.remark([step], limit)
  }

  /// Five workers with a session each: 12 s of load lie in one window of 60 s.
  func testRemark_comesWhereALoadAsksMoreThanASessionMay() throws {
    let usual = try XCTUnwrap(try remark(.closed(thinkTime: .zero)))
    XCTAssertTrue(usual.contains("100 requests in 60.0 s (mcp_http_rate_limit_requests)"), usual)
    XCTAssertTrue(usual.contains("up to some 240:"), usual)
    XCTAssertTrue(
      try XCTUnwrap(try remark(.poisson(ratePerSecond: 50))).contains("up to some 120:")
    )
    XCTAssertTrue(
      try XCTUnwrap(try remark(.constant(ratePerSecond: 50), seconds: 600)).contains("some 600:")
    )
    XCTAssertNotNil(try remark(.closed(thinkTime: .zero), limit: 1, requestSeconds: 0))
    XCTAssertNil(try remark(.constant(ratePerSecond: 40)))
    XCTAssertNil(try remark(.constant(ratePerSecond: 50), workers: 10))
    XCTAssertNil(try remark(.closed(thinkTime: .milliseconds(100))))
    XCTAssertNil(try remark(.closed(thinkTime: .zero), requestSeconds: 0.5))
    XCTAssertNil(try remark(.closed(thinkTime: .zero), requestSeconds: nil))
    XCTAssertNil(try remark(.closed(thinkTime: .zero), window: 1))
    XCTAssertNil(try remark(.closed(thinkTime: .zero), operations: 100))
    XCTAssertNil(try remark(.closed(thinkTime: .zero), limit: 0))
  }
}
