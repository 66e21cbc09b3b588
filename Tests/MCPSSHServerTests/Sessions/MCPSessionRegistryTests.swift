import EventIO
import XCTest

@testable import mcp_ssh_server

final class MCPSessionRegistryTests: XCTestCase {
  private final class Connection {}

  private static let start = MonotonicInstant(nanoseconds: 0)

  func testRegistry_endsTheClientThatIsGoneForLongest_whenThereAreTooMany() async throws {
    try await Self.endGoneClients()
  }

  @ServerLoop
  private static func endGoneClients() throws {
    let registry = MCPSessionRegistry(limit: 4, abandonTimeout: .seconds(120))
    func begin(_ seconds: Int) -> MCPSession? {
      registry.begin(.negotiated("2025-11-25"), at: start + .seconds(seconds))
    }
    let connection = Connection()
    let connected = try XCTUnwrap(begin(0))
    registry.heard(from: connected.id, over: ObjectIdentifier(connection), at: start)
    let busy = try XCTUnwrap(begin(0))
    busy.begin(1, Cancellation())
    let later = try XCTUnwrap(begin(2))
    let earlier = try XCTUnwrap(begin(1))
    XCTAssertNil(begin(120))
    XCTAssertNotNil(begin(121))
    XCTAssertTrue(earlier.isEnded)
    XCTAssertNil(registry[earlier.id])
    XCTAssertNotNil(begin(122))
    XCTAssertTrue(later.isEnded)
    XCTAssertNil(begin(123))
    registry.ended(ObjectIdentifier(connection))
    XCTAssertNotNil(begin(124))
    XCTAssertTrue(connected.isEnded)
    XCTAssertFalse(busy.isEnded)
  }

  func testSession_isNotGone_whileAConnectionWasLastUsedForIt() async throws {
    try await Self.followConnections()
  }

  @ServerLoop
  private static func followConnections() throws {
    let registry = MCPSessionRegistry(limit: 9, abandonTimeout: .seconds(1))
    let sessions = try (0..<2).map { _ in
      try XCTUnwrap(registry.begin(.negotiated("2025-11-25"), at: start))
    }
    let objects = [Connection(), Connection()]
    let connections = objects.map(ObjectIdentifier.init)
    let late = start + .seconds(60)
    func areGone() -> [Bool] { sessions.map { $0.isGone(at: late, after: .seconds(1)) } }
    XCTAssertEqual(areGone(), [true, true])
    for connection in connections + connections {
      registry.heard(from: sessions[0].id, over: connection, at: start)
    }
    XCTAssertEqual(areGone(), [false, true])
    // As through a proxy: a connection counts for its latest session only.
    registry.heard(from: sessions[1].id, over: connections[0], at: start)
    XCTAssertEqual(areGone(), [false, false])
    registry.ended(connections[1])
    XCTAssertEqual(areGone(), [true, false])
    registry.ended(connections[1])
    registry.ended(connections[0])
    XCTAssertEqual(areGone(), [true, true])
    XCTAssertEqual(sessions.map(\.connectionCount), [0, 0])
    registry.heard(from: sessions[0].id, over: connections[0], at: late)
    registry.ended(connections[0])
    XCTAssertEqual(areGone(), [false, true])
    registry.heard(from: "unknown", over: connections[1], at: late)
    XCTAssertFalse(registry.takeBack(at: late), "they hold nothing")
  }

  func testSession_isSharedByAnAddress_untilItEnds() async throws {
    try await Self.share()
  }

  @ServerLoop
  private static func share() throws {
    let registry = MCPSessionRegistry(limit: 2)
    let now = MonotonicInstant.now()
    let first = try XCTUnwrap(registry.shared(by: "a", at: now))
    XCTAssertTrue(registry.shared(by: "a", at: now) === first)
    let other = try XCTUnwrap(registry.shared(by: "b", at: now))
    XCTAssertFalse(other === first)
    XCTAssertNil(registry.shared(by: "c", at: now))
    // What names it is nothing that a client could guess.
    XCTAssertNil(registry["a"])
    registry.remove(first.id)?.end(.sessionIdle)
    let next = try XCTUnwrap(registry.shared(by: "a", at: now))
    XCTAssertFalse(next === first)
    XCTAssertEqual(registry.count, 2)
  }

  func testCall_isNotForgotten_whenAnotherOfItsIDEnds() async throws {
    try await Self.endOneOfTwoCalls()
  }

  @ServerLoop
  private static func endOneOfTwoCalls() throws {
    let registry = MCPSessionRegistry(limit: 2)
    let session = try XCTUnwrap(registry.shared(by: "a", at: .now()))
    let calls = [Cancellation(), Cancellation()]
    for call in calls { session.begin(1, call) }
    session.finish(calls[1])
    XCTAssertTrue(session.isBusy)
    session.finish(calls[0])
    XCTAssertFalse(session.isBusy)
  }
}
