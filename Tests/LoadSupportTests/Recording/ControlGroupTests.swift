import Foundation
import XCTest

@testable import LoadSupport

final class ControlGroupTests: XCTestCase {
  private func group(_ membership: String, _ files: [String: String]) throws -> ControlGroup {
    let root = try TemporaryDirectory().path
    for (name, text) in files {
      let path = "\(root)/\(name)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent,
        withIntermediateDirectories: true
      )
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    return ControlGroup(membership: membership, root: root)
  }

  func testVersion2_isBoundByTheSmallestLimitAbove() throws {
    let group = try group(
      "0::/pod/app\n",
      [
        "pod/cpu.max": "150000 100000\n", "pod/memory.max": "1048576\n",
        "pod/cpu.stat": "usage_usec 5\nnr_periods 40\nnr_throttled 3\n",
        "pod/app/cpu.max": "max 100000\n", "pod/app/memory.max": "max\n",
      ]
    )
    XCTAssertEqual(group.processors, 1.5)
    XCTAssertEqual(group.memoryBytes, 1_048_576)
    XCTAssertEqual(group.throttling, ControlGroup.Throttling(periods: 40, throttled: 3))
  }

  func testVersion1_isRead_alsoWhereAContainerDoesNotSeeItsOwnGroup() throws {
    for path in ["", "docker/x/"] {
      let group = try group(
        "12:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n1:name=systemd:/\n",
        [
          "cpu/\(path)cpu.cfs_quota_us": "50000\n", "cpu/\(path)cpu.cfs_period_us": "100000\n",
          "cpu/\(path)cpu.stat": "nr_periods 7\nnr_throttled 7\nthrottled_time 9\n",
          "memory/\(path)memory.limit_in_bytes": "2097152\n",
        ]
      )
      XCTAssertEqual(group.processors, 0.5)
      XCTAssertEqual(group.memoryBytes, 2_097_152)
      XCTAssertEqual(group.throttling, ControlGroup.Throttling(periods: 7, throttled: 7))
    }
  }

  func testLimits_areNone_whereFilesAreMissingOrSenseless() throws {
    for files in [[:], ["cpu.max": "max 100000"], ["cpu.max": "-1 0", "cpu.stat": "x"]] {
      let group = try group("0::/\nx\n:::\n", files)
      XCTAssertNil(group.processors)
      XCTAssertNil(group.throttling)
      XCTAssertNil(group.memoryBytes)
    }
  }
}
