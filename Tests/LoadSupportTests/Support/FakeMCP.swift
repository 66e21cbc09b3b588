import EventIO
import Synchronization

/// The script of a small MCP server with SSH tools, which a test makes misbehave where it wants.
struct FakeMCP: Sendable {
  /// A count that the script and the test share.
  final class Counter: Sendable {
    private let count = Atomic(0)

    /// The count before this call raised it.
    func next() -> Int { count.add(1, ordering: .relaxed).oldValue }

    var value: Int { count.load(ordering: .relaxed) }
  }

  typealias Override = @Sendable (_ number: Int, _ id: Int) -> [ScriptedServer.Step]?

  /// The protocol version that it speaks.
  var version = "2025-11-25"

  /// The result of `ssh_connect`.
  var connected = #"{"content":[],"structuredContent":{"session_id":"ssh-1"}}"#

  /// What it does instead for the call of a tool with that number; nil for what is usual.
  var onConnect: Override = { _, _ in nil }
  var onRun: Override = { _, _ in nil }

  /// What it does instead for any request.
  var onRequest: @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step]? = { _ in nil }

  let connects = Counter()
  let runs = Counter()
  private let sessions = Counter()

  func script(_ request: ScriptedServer.Request, _ number: Int) -> [ScriptedServer.Step] {
    if let steps = onRequest(request) { return steps }
    guard request.method == "POST" else {
      return [.send(Answer.http(request.method == "DELETE" ? 204 : 404))]
    }
    let message = request.json
    guard let id = message["id"]?.integer else { return [.send(Answer.http(202))] }
    if message["method"]?.string == "initialize" {
      let session = "Mcp-Session-Id: mcp-\(sessions.next())"
      let result = #"{"protocolVersion":"\#(version)","capabilities":{}}"#
      return [.send(Answer.http(200, Answer.result(id, result), fields: [session]))]
    }
    let usual: String
    var override: [ScriptedServer.Step]?
    switch message["params"]?["name"]?.string {
    case "ssh_connect":
      usual = connected
      override = onConnect(connects.next(), id)
    case "ssh_run_command":
      usual = Answer.text(
        Self.output(of: message["params"]?["arguments"]?["command"]?.string ?? "")
      )
      override = onRun(runs.next(), id)
    default: usual = Answer.text("closed")
    }
    return override ?? [.send(Answer.http(200, Answer.result(id, usual)))]
  }

  /// What a shell says to a command: it makes one blank of several.
  static func output(of command: String) -> String {
    let words = command.split(separator: " ")
    return words.first == "echo" ? words.dropFirst().joined(separator: " ") : "host"
  }
}
