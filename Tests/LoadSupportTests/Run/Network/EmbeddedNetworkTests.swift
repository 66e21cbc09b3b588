import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class EmbeddedNetworkTests: XCTestCase {
  private func setup(server: ServerCommand? = nil) -> RunSetup {
    let environment = ProcessInfo.processInfo.environment
    var settings = RunSettings()
    settings.server = server
    settings.sshd = environment["LOADTEST_SSHD"]
    return RunSetup(
      settings: settings,
      environment: environment,
      programs: Bundle.main.bundlePath
    )
  }

  func testLogin_readsNoFileOfItsUser() async throws {
    let environment = ProcessInfo.processInfo.environment
    let network = try await EmbeddedNetwork.start(setup(), limits: .loadTest)
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

  func testServer_isTheOneThatItsUserNames() async throws {
    let program = Bundle.main.bundlePath + "/mcp-ssh-server"
    let commands = [
      program,
      "env X=1 '\(program)' --port {port} --ssh {ssh} --identity {identity} "
        + "--known-hosts {known_hosts}",
    ]
    for command in commands {
      let network = try await Network.open(
        setup(server: ServerCommand(command)),
        wishes: Network.Wishes()
      )
      await network.close()
      let name = try XCTUnwrap(network.description.details["server"], command)
      XCTAssertTrue(name.hasPrefix("mcp-ssh-server "), name)
      XCTAssertEqual(network.description.kind, .embedded)
    }
  }

  func testServer_isStartedWhereItsUserIs_whenItsCommandHasRelativePaths() async throws {
    do {
      let network = try await Network.open(
        setup(server: ServerCommand("pwd; test {port} = 0")),
        wishes: Network.Wishes()
      )
      await network.close()
      XCTFail("what is no server was loaded")
    } catch {
      let here = FileManager.default.currentDirectoryPath
      XCTAssertTrue("\(error)".hasSuffix(": \(here)"), "\(error)")
    }
  }

  /// Had it been looked for, the sshd that is named would have been missing.
  func testNetwork_hasNoSSHD_whenNothingIsAboutSSH() async throws {
    let program = "'\(Bundle.main.bundlePath)/mcp-ssh-server' --port {port}"
    var setup = setup(server: ServerCommand(program))
    setup.settings.sshd = "/nowhere/sshd"
    let network = try await Network.open(setup, wishes: Network.Wishes(needsTarget: false))
    await network.close()
    XCTAssertEqual(network.description.target, NetworkDescription.noTarget)
    XCTAssertEqual(network.description.details.keys.sorted(), ["protocol", "server"])
    for command in [program + " --identity {identity}", "'\(setup.programs)/mcp-ssh-server'"] {
      setup.settings.server = ServerCommand(command)
      do {
        let network = try await Network.open(setup, wishes: Network.Wishes(needsTarget: false))
        await network.close()
        XCTFail("\(command) was told of no sshd")
      } catch {
        XCTAssertTrue("\(error)".contains("sshd"), "\(error)")
      }
    }
  }

  func testServer_isNamedWithItsFault_whenItCannotBeLoaded() async throws {
    for (command, pattern) in [
      ("/nowhere/server", "ended at once \\(.*127\\): .*not found"),
      ("echo no license", "ended at once \\(.*\\): no license"),
      (
        "'\(Bundle.main.bundlePath)/mcp-ssh-server' --port {port} --identity {known_hosts} "
          + "--known-hosts {known_hosts}", "the server answers, but cannot log in to .*"
      ),
    ] {
      do {
        let network = try await Network.open(
          setup(server: ServerCommand(command)),
          wishes: Network.Wishes()
        )
        await network.close()
        XCTFail("\(command) was loaded")
      } catch {
        XCTAssertNotNil("\(error)".range(of: pattern, options: .regularExpression), "\(error)")
      }
    }
  }

  /// Takes both programs down and brings them back, and stops the server, while nobody asks anything.
  func testPrograms_comeBackWhereTheyWere() async throws {
    let network = try await EmbeddedNetwork.start(setup(), limits: .loadTest)
    do {
      var settings = RunSettings()
      settings.serverURL = network.serverURL
      try await network.server.kill()
      XCTAssertThrowsError(try Network.reach(settings))
      try await network.server.restart()
      try Network.reach(settings)

      let sshd = try XCTUnwrap(network.sshd)
      var target = settings
      target.serverURL = HTTPURL(host: "127.0.0.1", port: network.target.port, path: "/")
      try await sshd.kill()
      XCTAssertThrowsError(try Network.reach(target))
      try await sshd.restart()
      try Network.reach(target)

      let supervisor = try XCTUnwrap(network.supervisorID)
      try await network.server.freeze()
      // A process that is stopped takes a processor once more to stand still.
      for _ in 0..<1_000 where !states(below: supervisor).contains("T") {
        try await Task.sleep(for: .milliseconds(10))
      }
      XCTAssertTrue(states(below: supervisor).contains("T"))
      // Its listener is the kernel's.
      try Network.reach(settings)
      try await network.server.thaw()
      for _ in 0..<1_000 where states(below: supervisor).contains("T") {
        try await Task.sleep(for: .milliseconds(10))
      }
      XCTAssertFalse(states(below: supervisor).contains("T"))
    } catch {
      await network.stop()
      throw error
    }
    await network.stop()
  }

  /// The states of processes, as proc(5) names them.
  private func states(below id: pid_t) -> [String] {
    ProcessTree().descendants(of: id).compactMap { id in
      let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
      return text?.split(separator: ")").last?.split(separator: " ").first.map(String.init)
    }
  }

  func testProgram_isAnError_whenItDoesNotStartAgain() async throws {
    let directory = try TemporaryDirectory()
    let server = "'\(Bundle.main.bundlePath)/mcp-ssh-server'"
    let once =
      "cd \(directory.path); mkdir once || { echo no luck; exit 1; }; exec \(server) \"$@\""
    let network = try await EmbeddedNetwork.start(
      setup(server: ServerCommand(once)),
      limits: .loadTest
    )
    do {
      try await network.server.kill()
      try await network.server.restart()
      XCTFail("it was started")
    } catch {
      XCTAssertTrue("\(error)".hasSuffix("ended at once (exit status 1): no luck"), "\(error)")
    }
    await network.stop()
  }
}
