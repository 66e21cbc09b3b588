import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// Sessions with processes of a stdio server, good ones and bad ones.
final class StdioSessionTests: LongTestCase {
  private static let program = URL(fileURLWithPath: Bundle.main.bundlePath).path + "/loadtest"
  private static let server = SourceFile.package + "/Tests/MCPClients/stdio_server.py"

  private static let run = CallTemplate(
    tool: "ssh_run_command",
    arguments: [
      ("session_id", .fixed("session-1")), ("command", .fixed("echo é; sleep 0")),
    ],
    operation: "run"
  )
  private static let connect = CallTemplate(
    tool: "ssh_connect",
    arguments: [],
    operation: "connect"
  )

  /// Lets a body speak with the test server, or with a shell that a line makes a server.
  private static func speak(
    _ faults: [String] = [],
    shell: String? = nil,
    timeout: Duration = .seconds(10),
    era: ProtocolEra = .legacy,
    _ body: @Sendable @escaping (MCPClientSession) async throws -> Void
  ) async throws -> (RecordedProcess?, leftBehind: [String]) {
    let environment = ChildEnvironment.of(ProcessInfo.processInfo.environment, naming: [])
    let host = try await SupervisedProcesses.start(
      executable: program,
      environment: environment
    )
    let words =
      shell.map { ["/bin/sh", "-c", $0] } ?? ["/usr/bin/env", "python3", server] + faults
    let endpoint = try MCPClientEndpoint(
      StdioServer(
        executable: words[0],
        arguments: Array(words.dropFirst()),
        name: "stdio: test",
        secrets: [Secret("hunter2222")],
        argumentSecrets: [Secret("swordfish")],
        host: host
      )
    )
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let result: RecordedProcess?
    do {
      result = try await StdioHarness(loop: loop).speak(endpoint, timeout, era, body)
    } catch {
      await host.stop()
      throw error
    }
    let left = await host.leftBehind()
    await host.stop()
    return (result, left)
  }

  func testSession_isOpenedUsedAndEnded_withAProcess() async throws {
    let (process, left) = try await Self.speak { session in
      let opened = await session.initialize(plannedAt: MonotonicInstant.now().nanoseconds)
      XCTAssertEqual(
        opened.map(\.operation),
        ["server_start", "initialize", "notifications/initialized"]
      )
      XCTAssertEqual(opened.map(\.1.outcome), [.success, .success, .success])
      XCTAssertEqual(session.server, "stdio-server 1")
      let connected = await session.perform(Self.connect, plannedAt: 1)
      XCTAssertEqual(connected.outcome, .success, connected.error ?? "")
      let ran = await session.perform(Self.run, plannedAt: 2)
      XCTAssertEqual(ran.outcome, .success, ran.error ?? "")
      XCTAssertNil(ran.httpStatus)
      XCTAssertNil(ran.connecting)
      let (sent, first) = try (XCTUnwrap(ran.sent), XCTUnwrap(ran.firstByte))
      XCTAssertLessThanOrEqual(sent, first)
      XCTAssertLessThanOrEqual(first, ran.done)
      let cost = await session.stdio?.measure()
      XCTAssertGreaterThanOrEqual(cost?.processes ?? 0, 2)
      XCTAssertGreaterThan(cost?.residentBytes ?? 0, 1 << 20)
      XCTAssertEqual(session.connectionsOpened, 1)
      XCTAssertEqual(session.attemptsMade, 5)
    }
    XCTAssertEqual(process?.end, "exit status 0")
    XCTAssertEqual(process?.manner, .closed)
    XCTAssertNotNil(process?.startNanoseconds)
    XCTAssertNotNil(process?.cost)
    XCTAssertNil(process?.leftBehind)
    XCTAssertEqual(left, [])
  }

  func testModernEra_hasNoHandshake_andStartsWithAQuestion() async throws {
    _ = try await Self.speak(["modern"], era: .modern) { session in
      let opened = await session.initialize(plannedAt: MonotonicInstant.now().nanoseconds)
      XCTAssertEqual(opened.map(\.operation), ["server_start", "server/discover"])
      let connected = await session.perform(Self.connect, plannedAt: 1)
      XCTAssertEqual(connected.outcome, .success, connected.error ?? "")
    }
  }

  func testWhatIsNoAnswer_isPassedOverAndCounted() async throws {
    let (process, _) = try await Self.speak(["garbage", "foreign", "asks", "chatty"]) { session in
      _ = await session.initialize(plannedAt: 1)
      for _ in 0..<3 {
        let attempt = await session.perform(Self.connect, plannedAt: 1)
        XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      }
    }
    // Two before each of four answers.
    XCTAssertEqual(process?.strayLines, 8)
    XCTAssertEqual(process?.manner, .closed)
  }

  func testAnswer_thatComesTooLate_isNobodys() async throws {
    _ = try await Self.speak(["late=2"], timeout: .seconds(1)) { session in
      _ = await session.initialize(plannedAt: 1)
      let connected = await session.perform(Self.connect, plannedAt: 1)
      XCTAssertEqual(connected.outcome, .success, connected.error ?? "")
      let late = await session.perform(Self.run, plannedAt: 1)
      XCTAssertEqual(late.outcome, .timeout)
      XCTAssertFalse(session.hasEnded)
      let next = await session.perform(Self.run, plannedAt: 1)
      XCTAssertEqual(next.outcome, .success, next.error ?? "")
      XCTAssertEqual(session.strayLines, 0)
    }
  }

  func testProcess_thatEnds_isAnOutcomeWithItsLastWord_andAnotherIsStarted() async throws {
    _ = try await Self.speak(["die=2", "child"]) { session in
      _ = await session.initialize(plannedAt: 1)
      _ = await session.perform(Self.connect, plannedAt: 1)
      let last = await session.perform(Self.run, plannedAt: 1)
      XCTAssertEqual(last.outcome, .transportError)
      XCTAssertEqual(
        last.error,
        "the server process ended with exit status 3; it said last: this is the last word"
      )
      XCTAssertTrue(session.hasEnded)
      let opened = await session.initialize(plannedAt: 1)
      XCTAssertEqual(opened.map(\.1.outcome), [.success, .success, .success])
      let ended = session.takeEndedProcesses()
      XCTAssertEqual(ended.map(\.manner), [.early])
      XCTAssertEqual(ended.first?.leftNames, ["sleep"])
      XCTAssertEqual(session.connectionsOpened, 2)
    }
  }

  func testWhatEscapesItsSession_isLeftBehind() async throws {
    let (process, left) = try await Self.speak(["orphan"]) { session in
      _ = await session.initialize(plannedAt: 1)
    }
    XCTAssertNil(process?.leftBehind)
    XCTAssertEqual(left, ["sleep"])
  }

  func testProcess_thatDoesNotEnd_isKilled() async throws {
    let (process, left) = try await Self.speak(["stubborn"]) { session in
      _ = await session.initialize(plannedAt: 1)
      let ended = await session.end(plannedAt: 1)
      XCTAssertEqual(ended?.outcome, .timeout)
    }
    XCTAssertEqual(process?.manner, .killed)
    XCTAssertEqual(process?.end, "signal 9")
    XCTAssertEqual(left, [])
  }

  func testShells_thatAreNoServers_failTheFirstRequest() async throws {
    let cases: [(line: String, outcome: Outcome, words: String)] = [
      ("exit 2", Outcome.transportError, "ended with exit status 2; it said nothing on stderr"),
      ("echo my hunter2222 >&2; exit 1", .transportError, "it said last: my "),
      ("echo my swordfish >&2; exit 1", .transportError, "it said last: my (secret)"),
      ("kill -9 $$", .transportError, "ended with signal 9"),
      ("exec >&-; sleep 60", .transportError, "has closed its standard output and goes on running"),
      ("echo Ready; cat >/dev/null", .timeout, "1 line on its standard output came instead"),
      (
        "head -c 20000000 /dev/zero | tr '\\0' x; sleep 60", .protocolError,
        "more than 16777216 bytes"
      ),
      ("yes '{}'", .timeout, "lines on its standard output came instead"),
    ]
    // All at once: they wait more than they work.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (line, outcome, words) in cases {
        group.addTask {
          let timeout = Duration.seconds(outcome == .timeout ? 2 : 20)
          _ = try await Self.speak(shell: line, timeout: timeout) { session in
            let opened = await session.initialize(plannedAt: MonotonicInstant.now().nanoseconds)
            XCTAssertEqual(opened.map(\.operation), ["initialize"], line)
            let error = opened.first?.1.error ?? ""
            XCTAssertEqual(opened.first?.1.outcome, outcome, "\(line): \(error)")
            XCTAssertTrue(error.contains(words), "\(line): \(error)")
            XCTAssertFalse(error.contains("hunter2222"), error)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  func testProgram_thatCannotBeStarted_isAFailedRequest() async throws {
    let directory = try TemporaryDirectory().path
    try "no program".write(toFile: directory + "/text", atomically: true, encoding: .utf8)
    _ = try await Self.speak(shell: "exec \(directory)/text") { session in
      let opened = await session.initialize(plannedAt: 1)
      XCTAssertEqual(opened.map(\.1.outcome), [.transportError])
    }
  }
}

/// A session on a loop.
private actor StdioHarness: LoopBound {
  nonisolated let loop: EventLoop

  init(loop: EventLoop) { self.loop = loop }

  func speak(
    _ endpoint: MCPClientEndpoint,
    _ timeout: Duration,
    _ era: ProtocolEra,
    _ body: @Sendable (MCPClientSession) async throws -> Void
  ) async throws -> RecordedProcess? {
    var settings = RunSettings()
    settings.timeout = timeout
    var profile = ToolProfile.standard
    profile.form = RequestForm(era: era)
    let session = MCPClientSession(
      endpoint,
      profile: profile,
      timeouts: settings.timeouts,
      on: loop
    )
    do {
      try await body(session)
    } catch {
      await session.close()
      throw error
    }
    _ = await session.end(plannedAt: MonotonicInstant.now().nanoseconds)
    await session.close()
    return session.takeEndedProcesses().last
  }
}
