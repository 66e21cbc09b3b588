import Foundation
import XCTest

@testable import LoadSupport

final class KernelLinksTests: XCTestCase {
  private let links = LinkCondition.all.filter { !$0.isUndisturbed }

  func testScript_hasABandForEachLink_andIsOneAShellTakes() throws {
    let script = KernelLinks(links, number: 7).script(sshd: "/usr/sbin/sshd", configuration: "/c")
    XCTAssertNoThrow(try OpenSSH.run("/bin/sh", ["-n", "-c", script]))
    for line in [
      "tc qdisc add dev inner root handle 1: prio bands 8 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
      "tc qdisc add dev inner parent 1:2 netem delay 100.0ms 10.0ms limit 10000",
      "tc qdisc add dev inner parent 1:3 netem delay 50.0ms 5.0ms loss 5.0% limit 10000",
      "tc filter add dev inner parent 1: protocol ip prio 1 u32 match ip sport 2328 0xffff"
        + " flowid 1:8",
      "exec '/usr/sbin/sshd' '-D' '-e' '-f' '/c'",
    ] {
      XCTAssertTrue(script.contains(line + "\n") || script.hasSuffix(line), "\(line)\n\(script)")
    }
  }

  func testAddresses_areAPairOfOneSubnet_andInterfaceNamesShortEnough() {
    for number in [0, 1, 253, 254, 16_002, UInt32.max - 1, .max] {
      let pair = KernelLinks(links, number: number)
      let outer = pair.outerAddress.split(separator: ".").compactMap { UInt8($0) }
      let inner = pair.innerAddress.split(separator: ".").compactMap { UInt8($0) }
      XCTAssertEqual(outer.count, 4, pair.outerAddress)
      XCTAssertEqual(Array(outer.prefix(2)), [169, 254])
      XCTAssertTrue((1...254).contains(outer[2]))
      XCTAssertEqual(outer[3] % 4, 1)
      XCTAssertEqual(inner, [169, 254, outer[2], outer[3] + 1])
    }
  }
}
