import EventIO
import Foundation
import Glibc
import XCTest

@testable import LoadSupport

final class TargetCountTests: XCTestCase {
  func testNumber_isTheOnlyLineThatIsOne() {
    let cases: [(String, Int?)] = [
      ("3", 3), ("12\n", 12), ("  7 \r\n", 7), ("exit code: 0\n\n5\n", 5), ("", nil), ("none", nil),
      ("3 logins", nil), ("1\n2", nil), ("-1", nil), ("99999999999999999999", nil), ("٣", nil),
    ]
    for (text, number) in cases { XCTAssertEqual(NetworkCheck.number(in: text), number, text) }
  }

  /// A command that prints one more than before the load, and goes on to.
  func testCheck_isRunBeforeAndAfterTheLoad() async throws {
    let count = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRequest = { request in
      let call = request.json["params"]
      guard let id = request.json["id"]?.integer,
        call?["arguments"]?["command"]?.string == "count them"
      else { return nil }
      return [
        .send(Answer.http(200, Answer.result(id, Answer.text("\(min(4 + count.next(), 5))\n"))))
      ]
    }
    let (before, after) = try await counts(fake)
    XCTAssertEqual(before, TargetCount(logins: 4, strays: nil))
    XCTAssertEqual(after, TargetCount(logins: 5, strays: nil))
    XCTAssertGreaterThan(count.value, 2, "it may have gone a moment later")
  }

  func testCheck_isRefused_whenItPrintsNoNumber() async throws {
    do {
      _ = try await counts(FakeMCP())
      XCTFail("\"host\" is no number")
    } catch let error as NetworkError {
      XCTAssertTrue(error.description.contains("must print one whole number"), "\(error)")
      XCTAssertTrue(error.description.contains("\"host\""), "\(error)")
    }
  }

  private func counts(_ fake: FakeMCP) async throws -> (TargetCount, TargetCount) {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    var settings = RunSettings()
    settings.targetCheck = "count them"
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: "/mcp")
    let network = Network(
      endpoint: try MCPClientEndpoint(url),
      profile: .standard,
      target: SSHTarget(host: "t", port: 22),
      description: NetworkDescription(kind: .live, server: "\(url)", target: "t:22"),
      spokenCommands: [],
      statusCommands: [],
      rateLimit: nil,
      remarks: [],
      embedded: nil
    )
    do {
      var watch = try XCTUnwrap(network.targetWatch(settings, nil))
      watch.patience = .seconds(1)
      let before = try await watch.count()
      let after = try await watch.countAfter(before, kept: 0)
      await server.stop()
      return (before, after)
    } catch {
      await server.stop()
      throw error
    }
  }
}
