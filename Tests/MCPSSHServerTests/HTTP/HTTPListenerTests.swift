import EventIO
import Glibc
import XCTest

@testable import mcp_ssh_server

final class HTTPListenerTests: XCTestCase {
  /// Answers all with status 204.
  @ServerLoop
  private final class Handler: HTTPHandler {
    func answer(toHead head: HTTPRequest, from clientAddress: String) -> HTTPResponse? { nil }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {
      try await exchange.respond(HTTPResponse(status: 204))
    }

    func answer(to error: HTTPRequestError) -> HTTPResponse { HTTPResponse(status: error.status) }

    func ended(_ connection: ObjectIdentifier) {}
  }

  private func listen(on hosts: [String], port: UInt16 = 0) async throws -> [SocketAddress] {
    let handler = await Task { @ServerLoop in Handler() }.value
    return try await Task { @ServerLoop in
      let listener = try HTTPListener(
        on: try hosts.flatMap { try SocketAddress.resolve(host: $0, port: port) },
        connectionLimit: 10,
        handler: handler
      )
      ServerLoop.start { await listener.run() }
      return listener.addresses
    }.value
  }

  /// 192.0.2.1 is for documentation (RFC 5737): no machine has it.
  func testListener_takesAllAddresses_thatTheMachineHas() async throws {
    let addresses = try await listen(on: ["127.0.0.1", "192.0.2.1", "127.0.0.2"])
    XCTAssertEqual(addresses.map(\.host), ["127.0.0.1", "127.0.0.2"])
    XCTAssertEqual(Set(addresses.map(\.port)).count, 1)
    for address in addresses {
      let client = try TestHTTPClient(host: address.host, port: address.port)
      XCTAssertEqual(try client.request("GET", "/").status, 204)
    }
  }

  func testListener_saysWhatIsWrong_whenItHasNoAddressOrOneIsTaken() async throws {
    func failure(_ hosts: [String], _ port: UInt16) async -> Int32? {
      do {
        _ = try await listen(on: hosts, port: port)
        return nil
      } catch {
        return (error as? Errno)?.code
      }
    }
    let none = await failure(["192.0.2.1"], 0)
    XCTAssertEqual(none, EADDRNOTAVAIL)
    let taken = try await listen(on: ["127.0.0.2"])
    let second = await failure(["127.0.0.1", "127.0.0.2"], taken[0].port)
    XCTAssertEqual(second, EADDRINUSE)
  }
}
