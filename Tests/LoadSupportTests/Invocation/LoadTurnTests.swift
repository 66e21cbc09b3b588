import EventIO
import XCTest

@testable import LoadSupport

final class LoadTurnTests: XCTestCase {
  func testTurn_isNotWaitedFor_whereTheServerCannotBeReached() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let lock = try await MachineLock.acquire(at: path)
    let port = try Socket.freeLoopbackPort()
    func fail(_ text: String) { XCTFail(text) }
    for host in ["127.0.0.1", "nowhere.invalid"] {
      let url = "http://\(host):\(port)/mcp?token=hunter2"
      let settings = try RunSettings(environment: ["LOADTEST_MCP_URL": url])
      do {
        try await LoadTurn.take(lockedBy: path, reaching: settings, say: fail) { _ in
          fail("the turn was taken")
        }
        XCTFail("nothing was wrong")
      } catch {
        XCTAssertTrue(error is NetworkError, "\(error)")
        XCTAssertTrue("\(error)".hasPrefix("the server http://\(host):\(port)/mcp"), "\(error)")
        XCTAssertTrue("\(error)".contains("cannot be reached: "), "\(error)")
        XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
      }
    }
    lock.release()
  }

  func testTurn_isWaitedFor_withItsHolder_whereTheServerListens() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let lock = try await MachineLock.acquire(at: path)
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: FakeMCP().script)
    let url = "http://127.0.0.1:\(server.address.port)/mcp"
    let settings = try RunSettings(environment: ["LOADTEST_MCP_URL": url])
    let said = AsyncStream.makeStream(of: String.self)
    let waiting = Task {
      func say(_ text: String) { said.continuation.yield(text) }
      try await LoadTurn.take(lockedBy: path, reaching: settings, say: say) { control in
        control.plan(.seconds(50))
        let note = try String(contentsOfFile: path, encoding: .utf8)
        XCTAssertGreaterThan(LockNote(parsing: note)?.ending ?? .now(), .now() + .seconds(1))
      }
    }
    let line = await said.stream.first { _ in true }
    XCTAssertEqual(
      line?.hasPrefix("another load is running on this machine: process \(getpid()) of "),
      true,
      line ?? ""
    )
    XCTAssertEqual(line?.hasSuffix("; waiting for it to end"), true, line ?? "")
    lock.release()
    try await waiting.value
    let requests = await server.requests
    XCTAssertEqual(requests.count, 0)
    await server.stop()
  }
}
