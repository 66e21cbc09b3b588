import EventIO
import XCTest

@testable import LoadSupport

final class CarriedValueTests: XCTestCase {
  private let operations: [String: Workload.Operation] = [
    "login": .tool("login", ["first"], capture: ["token": "/token"]),
    "renew": .tool("login", ["later"], capture: ["token": "/token"]),
    "open": Workload.Operation(.connect, capture: ["handle": "/structuredContent/session_id"]),
    "use": Workload.Operation(
      .tool("use", ["{token}", "{handle}"]),
      headers: ["Authorization": "Bearer {token}"]
    ),
    "logout": .tool("logout", ["{token}"]),
  ]

  /// A value goes from one answer to the next call, that of the setup also to the teardown, and none is
  /// recorded that a header field has had, though the server repeats it.
  func testValues_areCarriedOn_andShownNowhere() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      let message = request.json
      guard let id = message["id"]?.integer, let arguments = message["params"]?["arguments"] else {
        return nil
      }
      switch message["params"]?["name"]?.string {
      case "login":
        let token = "{\"token\":\"\(arguments.array?[0].string ?? "")-token\"}"
        return [.send(Answer.http(200, Answer.result(id, token)))]
      case "use":
        let words = "no user has \(request.fields["authorization"] ?? "")"
        return [.send(Answer.http(200, Answer.result(id, Answer.text(words, isError: true))))]
      default: return nil
      }
    }
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.heldSessions = 0...1
    options.operations = operations
    options.setup = ["login"]
    options.sequences = ["all": [.call("renew"), .call("open"), .call("use")]]
    options.teardown = ["logout"]
    options.steps = [
      LoadStep(
        warmUp: .zero,
        length: .fixed(.milliseconds(50)),
        groups: [
          WorkerGroup(
            workers: WorkerSelection(0..<1),
            mix: .inTurn(["all"]),
            stages: [ArrivalProcess.closed(thinkTime: .zero).stage],
            iterationLimit: 1
          )
        ]
      )
    ]
    let run = try await LoadRunHarness(options, against: fake.script)
    func arguments(_ tool: String) -> [JSONValue?] {
      run.requests.map(\.json).filter { $0["params"]?["name"]?.string == tool }
        .map { $0["params"]?["arguments"] }
    }
    XCTAssertEqual(arguments("login"), [["first"], ["later"]])
    XCTAssertEqual(arguments("use"), [["later-token", "ssh-1"]])
    XCTAssertEqual(arguments("logout"), [["first-token"]])
    let used = try XCTUnwrap(run.samples.first { $0.operation == "use" })
    XCTAssertEqual(used.attempt.outcome, .toolError)
    XCTAssertEqual(used.attempt.error, "no user has Bearer (secret)")
  }

  func testTeardown_isNotCalled_whenTheSetupHasNotGivenItsValue() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      let message = request.json
      guard let id = message["id"]?.integer, message["params"]?["name"] == "login" else {
        return nil
      }
      return [.send(Answer.http(200, Answer.result(id, Answer.text("busy", isError: true))))]
    }
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.heldSessions = 0...1
    options.operations = operations
    options.operations["bye"] = .tool("bye")
    options.setup = ["login"]
    options.teardown = ["logout", "bye"]
    let run = try await LoadRunHarness(options, against: fake.script)
    let tools = run.requests.compactMap { $0.json["params"]?["name"]?.string }
    XCTAssertFalse(tools.contains("logout"))
    XCTAssertEqual(tools.suffix(1), ["bye"])
  }
}
