import Foundation
import XCTest

@testable import LoadSupport

final class EmbeddedNetworkTests: XCTestCase {
  func testLogin_readsNoFileOfItsUser() async throws {
    let environment = ProcessInfo.processInfo.environment
    let network = try await EmbeddedNetwork.start(
      programs: Bundle.main.bundlePath,
      limits: .loadTest,
      environment: environment
    )
    let directory = network.directory
    let output = Result {
      try OpenSSH.run(
        try OpenSSH.find(environment: environment).ssh,
        [
          "-F", "none", "-i", directory + "/client_key", "-o", "LogLevel=ERROR",
          "-o", "UserKnownHostsFile=" + directory + "/known_hosts",
          "-p", String(network.target.port), "--", "127.0.0.1",
          "echo ~ >&2",
        ]
      )
    }
    await network.stop()
    XCTAssertEqual(try output.get(), directory + "\n")
  }
}
