import EventIO
import Synchronization

@testable import LoadSupport

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

  /// The era that it speaks.
  var era = ProtocolEra.legacy

  /// What the ids of its sessions begin with, and whether it knows those of others too.
  var name = "mcp"
  var knowsForeignSessions = true

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
    if !knowsForeignSessions, let id = request.fields["mcp-session-id"],
      !id.hasPrefix("\(name)-")
    {
      return [.send(Answer.http(404, #"{"error":"unknown session"}"#))]
    }
    guard request.method == "POST" else {
      return [.send(Answer.http(request.method == "DELETE" ? 204 : 404))]
    }
    let message = request.json
    guard let id = message["id"]?.integer else { return [.send(Answer.http(202))] }
    if era == .modern, let steps = refusal(of: request, id) { return steps }
    if message["method"] == "server/discover", era == .modern {
      return [.send(Answer.http(200, Answer.result(id, Self.discovered)))]
    }
    if message["method"]?.string == "initialize" {
      let session = "Mcp-Session-Id: \(name)-\(sessions.next())"
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

  /// What a server of the modern era says of itself.
  static let discovered = """
    {"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,
    "cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"fake","version":"7"}}}
    """

  /// What a server of the modern era says to a request that it must not take; nil where it may.
  private func refusal(of request: ScriptedServer.Request, _ id: Int) -> [ScriptedServer.Step]? {
    let message = request.json
    let meta = message["params"]?["_meta"]
    let key = "io.modelcontextprotocol/"
    guard let version = meta?[key + "protocolVersion"]?.string,
      meta?[key + "clientCapabilities"] != nil
    else { return [.send(Answer.http(400, Answer.error(id, -32602, "_meta")))] }
    let isRight =
      request.fields["mcp-protocol-version"] == version
      && request.fields["mcp-method"] == message["method"]?.string
      && request.fields["mcp-name"] == message["params"]?["name"]?.string
      && request.fields["mcp-session-id"] == nil
    return isRight ? nil : [.send(Answer.http(400, Answer.error(id, -32020, "headers")))]
  }

  /// What a shell says to a command: it makes one blank of several.
  static func output(of command: String) -> String {
    let words = command.split(separator: " ")
    return words.first == "echo" ? words.dropFirst().joined(separator: " ") : "host"
  }
}
