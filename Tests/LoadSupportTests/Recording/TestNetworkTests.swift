import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class TestNetworkTests: XCTestCase {
  func testConstants_areThoseOfTheFile() throws {
    let network = TestNetwork.standard
    XCTAssertEqual(network.hosts.agent.address, "10.178.0.5")
    XCTAssertEqual(network.links.first?.isUndisturbed, true)
    XCTAssertEqual(network.links.filter(\.isUndisturbed).count, 1)
    XCTAssertEqual(Set(network.links.map(\.port)).count, network.links.count)
    XCTAssertEqual(ServerLimits.standard, ServerLimits(pool: 10, requestsPerWindow: 100))
    XCTAssertEqual(ServerLimits.loadTest, ServerLimits(pool: 32, requestsPerWindow: 0))
  }

  /// What scripts take over must come out of a shell as it went in.
  func testAssignments_areUnderstoodByAShell() throws {
    let script =
      TestNetwork.standard.shellAssignments
      + "set -- $links; [ \"$mcp_address $# $8\" = '10.178.0.10 8 2328:50.0:5.0:0.0' ]"
    XCTAssertNoThrow(try OpenSSH.run("/bin/sh", ["-euc", script]))
  }
}
