import Glibc
import XCTest

@testable import EventIO

/// How a connection ends for the peer.
final class ByteStreamTests: XCTestCase {
  /// Runs on a loop of its own.
  private actor Pair: LoopBound {
    nonisolated let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    /// What the peer reads after the client has done something, and the error where it reads none.
    func peerReads(
      after leave: @Sendable (Channel) -> Void,
      then: @Sendable (Channel, Channel) async throws -> Void = { _, _ in }
    ) async throws -> Result<[UInt8], Errno> {
      let address = try XCTUnwrap(SocketAddress.resolve(host: "127.0.0.1", port: 0).first)
      let listening = try Socket.listen(on: address)
      let bound = try SocketAddress.local(of: listening)
      let listener = try Channel(listening, on: loop)
      defer { listener.close() }
      let client = try Channel(Socket.startConnecting(to: bound), on: loop)
      defer { client.close() }
      _ = try await client.waitUntilOpen()
      _ = await listener.waitReadable()
      guard let accepted = try Socket.accept(from: listener) else {
        throw Errno(EAGAIN, "accept")
      }
      let peer = try Channel(accepted, on: loop)
      defer { peer.close() }
      leave(client)
      let read: Result<[UInt8], Errno>
      do throws(Errno) {
        read = .success(try await peer.readSome(until: .now() + .seconds(10)))
      } catch {
        read = .failure(error)
      }
      try await then(client, peer)
      return read
    }
  }

  private func pair() throws -> (Pair, EventLoop) {
    let loop = try EventLoop(name: "test")
    return (Pair(loop: loop), loop)
  }

  func testReset_isSeenByThePeerAsAnError() async throws {
    let (pair, loop) = try pair()
    defer { loop.stop() }
    let read = try await pair.peerReads(after: { $0.reset() })
    guard case .failure(let error) = read else { return XCTFail("\(read)") }
    XCTAssertEqual(error.code, ECONNRESET)
  }

  func testEndOfOutput_isSeenByThePeerAsTheEnd_whichMayGoOnSending() async throws {
    let (pair, loop) = try pair()
    defer { loop.stop() }
    let read = try await pair.peerReads(
      after: { $0.endOutput() },
      then: { client, peer in
        try await peer.writeAll([7])
        let answer = try await client.readSome(until: .now() + .seconds(10))
        XCTAssertEqual(answer, [7])
      }
    )
    XCTAssertEqual(try read.get(), [])
  }
}
