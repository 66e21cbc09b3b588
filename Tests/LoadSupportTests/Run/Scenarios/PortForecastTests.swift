import XCTest

@testable import LoadSupport

final class PortForecastTests: XCTestCase {
  func testRemark_comesWhereAMinuteOfRequestsTakesMorePortsThanThereAre() throws {
    let machine = PortForecast(ports: 28_232, reuse: 2)
    let remark = try XCTUnwrap(machine.remark(500, isLoopback: false))
    for words in [
      "500 per second", "30000 ports", "has 28232", "ip_local_port_range", "tcp_tw_reuse",
    ] {
      XCTAssertTrue(remark.contains(words), "\(words): \(remark)")
    }
    XCTAssertNil(machine.remark(470, isLoopback: false))
    XCTAssertNil(machine.remark(500, isLoopback: true))
    XCTAssertNil(machine.remark(0, isLoopback: false))
    XCTAssertNotNil(PortForecast(ports: 28_232, reuse: 0).remark(500, isLoopback: true))
    XCTAssertNil(PortForecast(ports: 28_232, reuse: 1).remark(500, isLoopback: false))
    XCTAssertNotNil(machine.remark(.infinity, isLoopback: false))
  }

  func testMachine_tellsItsPorts() throws {
    let current = try XCTUnwrap(PortForecast.current)
    XCTAssertTrue((1...65_536).contains(current.ports), "\(current)")
  }
}
