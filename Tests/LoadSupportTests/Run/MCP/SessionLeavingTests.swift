import EventIO
import XCTest

@testable import LoadSupport

/// A session is left in the ways in which clients vanish, and the next one has nothing to do with it.
final class SessionLeavingTests: XCTestCase {
  private static let list = CallTemplate("tools/list")

  func testSession_isLeft_andTheNextIsAnotherOverAnotherConnection() async throws {
    for manner in Workload.Leaving.allCases {
      try await LoopHarness.run(against: FakeMCP().script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        _ = await session.initialize(plannedAt: 1)
        let call = manner == .delete ? nil : Self.list
        let left = await session.leave(manner, asking: call, plannedAt: 2)
        XCTAssertEqual(left?.outcome, .success, "\(manner): \(left?.error ?? "")")
        XCTAssertEqual(left?.httpStatus == nil, manner == .reset, "\(manner)")
        XCTAssertNil(session.id)
        XCTAssertFalse(session.stands)
        _ = await session.initialize(plannedAt: 3)
        XCTAssertEqual(session.id, "mcp-1")
        XCTAssertEqual(session.connectionsOpened, 2)
        XCTAssertEqual(session.attemptsMade, 5)
        let methods = await server.requests.map(\.method)
        XCTAssertEqual(methods.contains("DELETE"), manner == .delete, "\(manner)")
      }
    }
  }

  /// Whoever is going has no claim to an answer; whoever only does not say so has.
  func testConnection_mayBeClosedByTheServer_whereItsClientIsGoing() async throws {
    for manner in [Workload.Leaving.abandon, .halfClose] {
      var fake = FakeMCP()
      fake.onRequest = { $0.json["method"] == "tools/list" ? [.close] : nil }
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        _ = await session.initialize(plannedAt: 1)
        let left = await session.leave(manner, asking: Self.list, plannedAt: 2)
        XCTAssertEqual(left?.outcome, manner == .abandon ? .transportError : .success)
      }
    }
  }

  func testNothingIsSent_whereTheServerGaveNoID() async throws {
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let left = await session.leave(.delete, asking: nil, plannedAt: 2)
      XCTAssertNil(left)
      let requests = await server.requests
      XCTAssertEqual(requests.count, 0)
    }
  }
}
