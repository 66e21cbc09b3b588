import EventIO
import XCTest

@testable import LoadSupport

final class OptionGroupTests: XCTestCase {
  private func settings(_ change: (inout RunSettings) -> Void) -> RunSettings {
    var settings = RunSettings()
    change(&settings)
    return settings
  }

  func testOption_isInOneGroup() {
    let flags = RunSettings.options.flatMap(\.flags).map(\.name)
    XCTAssertEqual(Set(flags).count, flags.count)
    XCTAssertEqual(
      OptionGroup.all.map(\.options.count).reduce(0, +),
      Set(RunSettings.options.map(\.variable)).count
    )
  }

  func testPurpose_isToldWhereTheScenariosDoNotUseAGroup() {
    let settings = RunSettings()
    let all = ScenarioName.allCases
    XCTAssertNil(OptionGroup.timeout.purpose(unusedBy: [.latencyTest], settings))
    XCTAssertEqual(OptionGroup.timeout.purpose(unusedBy: [], settings), "what loads a server")
    XCTAssertNil(OptionGroup.timeout.always.purpose(unusedBy: [], settings))
    XCTAssertNil(OptionGroup.results.purpose(unusedBy: [], settings))
    XCTAssertNil(OptionGroup.links.purpose(unusedBy: all, settings))
    XCTAssertEqual(
      OptionGroup.rate.purpose(unusedBy: [.latencyTest, .connectionRate], settings),
      "command_throughput, sustained_load, workloads of one stage"
    )
  }

  func testPurpose_isToldWhereTheNetworkIsAnother() {
    let all = ScenarioName.allCases
    let live = settings { $0.serverURL = HTTPURL(host: "h", port: 1, path: "/") }
    XCTAssertNil(OptionGroup.target.purpose(unusedBy: all, live))
    XCTAssertNotNil(OptionGroup.target.purpose(unusedBy: all, RunSettings()))
    XCTAssertNil(OptionGroup.embeddedServer.purpose(unusedBy: all, RunSettings()))
    XCTAssertEqual(
      OptionGroup.embeddedServer.purpose(unusedBy: all, live),
      "the embedded network's server"
    )
    let stdio = settings { $0.stdio = StdioCommand("server") }
    for group in [OptionGroup.headers, .embeddedServer, .embeddedNetwork, .target, .tls] {
      XCTAssertNotNil(group.purpose(unusedBy: all, stdio), group.options[0].flag ?? "")
    }
    XCTAssertNil(OptionGroup.sshd.purpose(unusedBy: all, stdio))
    XCTAssertNil(OptionGroup.stdioEnvironment.purpose(unusedBy: all, stdio))
    XCTAssertNotNil(OptionGroup.stdioEnvironment.purpose(unusedBy: all, RunSettings()))
    let open = settings { $0.ratePerSecond = 3 }
    XCTAssertNil(OptionGroup.arrivals.purpose(unusedBy: all, open))
    XCTAssertNotNil(OptionGroup.arrivals.purpose(unusedBy: all, RunSettings()))
  }
}
