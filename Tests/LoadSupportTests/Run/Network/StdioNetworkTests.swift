import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// What is found out about a stdio server before any load.
final class StdioNetworkTests: XCTestCase {
  private func setup(_ fault: String = "") throws -> RunSetup {
    let server = SourceFile.package + "/Tests/MCPClients/stdio_server.py"
    return RunSetup(
      settings: try RunSettings(environment: [
        "LOADTEST_SERVER_STDIO": "python3 '\(server)' \(fault)",
        "LOADTEST_TARGET_HOST": "127.0.0.1", "LOADTEST_TARGET_USER": "me",
      ]),
      environment: ProcessInfo.processInfo.environment,
      programs: URL(fileURLWithPath: Bundle.main.bundlePath).path
    )
  }

  func testInspection_asksAProcess_andNoPages() async throws {
    for era in ["", "modern"] {
      let asked = try await ServerInspection.ask(setup(era), control: RunControl())
      let found = try XCTUnwrap(asked)
      XCTAssertEqual(found.findings.server, "stdio-server 1")
      XCTAssertEqual(found.url, "stdio: python3")
      XCTAssertEqual(found.tools.count, 3)
      XCTAssertNil(found.health)
      XCTAssertNil(found.metricsPage)
      XCTAssertTrue(found.text.contains("a stdio server has no page of metrics"), found.text)
      XCTAssertFalse(found.text.contains("GET "), found.text)
    }
    let nobody = RunSetup(settings: RunSettings(), environment: [:], programs: "/")
    let none = try await ServerInspection.ask(nobody, control: RunControl())
    XCTAssertNil(none)
  }

  /// Trying ssh says nothing about a process that ends.
  func testLogin_thatEndsTheProcess_leadsToItsCommandLine() async throws {
    let setup = try setup("die=1")
    do {
      let network = try await Network.open(setup, wishes: Network.Wishes(commands: ["hostname"]))
      await network.close()
      XCTFail("nothing was wrong")
    } catch {
      for words in ["it said last: this is the last word", "start its command line by hand"] {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
      XCTAssertFalse("\(error)".contains("ssh -p"), "\(error)")
    }
  }
}
