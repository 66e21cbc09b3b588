import XCTest

@testable import LoadSupport

final class RestartCommandTests: XCTestCase {
  private func run(_ command: String, _ environment: [String: String] = [:]) async throws -> String
  {
    let path = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    return try await RestartCommand(Secret(command), environment: path).run()
  }

  func testCommand_isToldByItsStatusAndLastLine() async throws {
    let words = try await run("echo stopping; printf 'started\\n\\n' >&2")
    XCTAssertEqual(
      words,
      "the restart command ended with exit status 0 and said last: started"
    )
    let silent = try await run("true")
    XCTAssertTrue(silent.hasSuffix("said last: nothing"), silent)
  }

  func testCommand_isAnError_whenItFails() async throws {
    do {
      let words = try await run("echo 'no such unit'; exit 5")
      XCTFail(words)
    } catch let error as NetworkError {
      XCTAssertEqual(
        error.description,
        "the restart command ended with exit status 5 and said last: no such unit"
      )
    }
  }

  /// What it starts may run on, and have its output.
  func testCommand_isOver_whenItsServerRunsOn() async throws {
    let words = try await run("sleep 60 & echo $! && kill $!")
    XCTAssertTrue(words.contains("exit status 0"), words)
  }

  func testCommand_getsNoSecrets() async throws {
    let words = try await run(
      "echo ${LOADTEST_PASSWORD:-none} ${OTHER:-none}",
      ["LOADTEST_PASSWORD": "hunter22", "OTHER": "given"]
    )
    XCTAssertTrue(words.hasSuffix("said last: none given"), words)
  }
}
