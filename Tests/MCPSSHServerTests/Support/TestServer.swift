import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// The server as a process of its own.
struct TestServer {
  let process: TestProcess
  let port: UInt16

  /// Where the built executables are.
  static var executable: String {
    // Tests run from a bundle or an executable in the directory of the products.
    Bundle.main.bundlePath + "/mcp-ssh-server"
  }

  init(
    _ arguments: [String] = [],
    host: String = "127.0.0.1",
    environment: [String: String]? = nil,
    startedBy wrapper: [String] = []
  ) async throws {
    let port = ["--port", "0", "--log-level", "error"]
    let command = wrapper + [Self.executable] + port + ["--host", host] + arguments
    process = try await TestProcess(
      command[0],
      Array(command.dropFirst()),
      environment: environment
    )
    let line = try XCTUnwrap(process.readLine(), "the server did not start")
    self.port = try XCTUnwrap(line.split(separator: ":").last.flatMap { UInt16($0) }, line)
    XCTAssertEqual(line, "mcp-ssh-server listening on http://\(host):\(self.port)")
  }
}

/// One MCP session with a server.
struct TestSession {
  let client: TestHTTPClient
  let id: String

  init(_ server: TestServer, version: String = "2025-11-25") throws {
    client = try TestHTTPClient(port: server.port)
    let response = try client.request(
      body: Self.message("initialize", "{\"protocolVersion\":\"\(version)\"}")
    )
    XCTAssertEqual(response.json?["result"]?["protocolVersion"]?.string, version)
    id = try XCTUnwrap(response.headers["mcp-session-id"])
  }

  /// Goes on with a session over a new connection.
  init(_ server: TestServer, resuming id: String) throws {
    client = try TestHTTPClient(port: server.port)
    self.id = id
  }

  static func message(_ method: String, _ parameters: String = "{}", id: Int = 1) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(parameters)}"#
  }

  func post(
    _ body: String,
    headers: [String: String] = [:]
  ) throws -> TestHTTPClient.Response {
    try client.request(headers: headers.merging(["Mcp-Session-Id": id]) { $1 }, body: body)
  }

  /// Calls a tool and gives its result.
  func call(
    _ tool: String,
    _ arguments: JSONValue = .object([]),
    id: Int = 1
  ) throws -> JSONValue {
    try start(tool, arguments, id: id)
    return try finish()
  }

  /// Begins to call a tool.
  func start(_ tool: String, _ arguments: JSONValue, id: Int = 1) throws {
    let parameters: JSONValue = ["name": .string(tool), "arguments": arguments]
    let text = String(decoding: parameters.encoded, as: UTF8.self)
    let headers = ["Mcp-Session-Id": self.id]
    try client.start(headers: headers, body: Self.message("tools/call", text, id: id))
  }

  /// The result of the call that was begun.
  func finish() throws -> JSONValue {
    let response = try client.receive()
    XCTAssertEqual(response.status, 200)
    return try XCTUnwrap(response.json?["result"], response.text)
  }
}

extension JSONValue {
  /// The code of a tool's failure; nil if it was none.
  var failureCode: String? {
    self["isError"]?.bool == true ? self["structuredContent"]?["code"]?.string : nil
  }
}
