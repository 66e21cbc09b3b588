import EventIO
import Synchronization

@testable import LoadSupport

/// A server whose calls may overlap, with one fault or none.
final class OverlappedServer: Sendable {
  /// What it does wrong.
  enum Fault: CaseIterable {
    /// A slow call has all others wait, questions for health too: one lock for everything.
    case blocksEverybody

    /// A session in which two calls overlap answers nothing from then on.
    case deadlocks

    /// Of two calls that overlap the later one gets an answer with the earlier one's id.
    case swapsIDs

    /// The same, with the right id and the other's words.
    case swapsWords

    /// Of sessions whose first requests overlap one is not answered.
    case losesAFirstRequest

    /// Of two calls that overlap in a session the later one is refused.
    case refusesOverlaps

    /// One connection of each session is answered late.
    case starvesALane
  }

  private struct State {
    var slow = 0
    var inFlight: [String: [(id: Int, words: String)]] = [:]
    var dead: Set<String> = []
    var firstRequests: [String: Int] = [:]
    var firstInFlight = 0
    var hasLost = false
    var late: [String: Int] = [:]
  }

  private let state = Mutex(State())
  private let fault: Fault?
  private let fake = FakeMCP()

  init(_ fault: Fault?) { self.fault = fault }

  func script(_ request: ScriptedServer.Request, _ number: Int) -> [ScriptedServer.Step] {
    if request.method == "GET" {
      let isUp = request.path == "/health"
      return waiting + [.send(Answer.http(isUp ? 200 : 404, isUp ? "{}" : ""))]
    }
    let message = request.json
    let session = request.fields["mcp-session-id"] ?? ""
    guard let id = message["id"]?.integer else { return fake.script(request, number) }
    if message["method"] == "tools/list" { return list(session, id) }
    guard message["params"]?["name"] == "ssh_run_command",
      let command = message["params"]?["arguments"]?["command"]?.string
    else { return waiting + fake.script(request, number) }
    return command.hasPrefix("sleep")
      ? sleep(id) : run(command, id, session, request.connection)
  }

  /// What everybody waits for at a server with one lock.
  private var waiting: [ScriptedServer.Step] {
    fault == .blocksEverybody ? [.await { self.state.withLock { $0.slow == 0 } }] : []
  }

  /// A step that changes what the server knows.
  private func then(_ change: @escaping @Sendable (inout State) -> Void) -> ScriptedServer.Step {
    .await {
      self.state.withLock { change(&$0) }
      return true
    }
  }

  private func sleep(_ id: Int) -> [ScriptedServer.Step] {
    waiting + [
      then { $0.slow += 1 }, .pause(.seconds(1)), then { $0.slow -= 1 },
      .send(Answer.http(200, Answer.result(id, Answer.text("")))),
    ]
  }

  private func list(_ session: String, _ id: Int) -> [ScriptedServer.Step] {
    let isLost = state.withLock { state in
      state.firstInFlight += 1
      guard fault == .losesAFirstRequest, state.firstInFlight == 3, !state.hasLost else {
        return false
      }
      state.hasLost = true
      return true
    }
    if isLost { return [then { $0.firstInFlight -= 1 }] }
    let tools =
      #"{"tools":[{"name":"ssh_connect"},{"name":"ssh_run_command"},{"name":"ssh_disconnect"}]}"#
    return waiting + [
      .pause(.milliseconds(20)), then { $0.firstInFlight -= 1 },
      .send(Answer.http(200, Answer.result(id, tools))),
    ]
  }

  private func run(
    _ command: String,
    _ id: Int,
    _ session: String,
    _ connection: Int
  ) -> [ScriptedServer.Step] {
    let words = FakeMCP.output(of: command)
    let (other, isDead, isLate) = state.withLock { state in
      let other = state.inFlight[session]?.last
      state.inFlight[session, default: []].append((id, words))
      if fault == .deadlocks, other != nil { state.dead.insert(session) }
      if other != nil, state.late[session] == nil { state.late[session] = connection }
      return (other, state.dead.contains(session), state.late[session] == connection)
    }
    if isDead { return [] }
    let isLast = fault == .starvesALane && isLate
    var answer = Answer.result(id, Answer.text(words))
    if let other {
      switch fault {
      case .swapsIDs: answer = Answer.result(other.id, Answer.text(other.words))
      case .swapsWords: answer = Answer.result(id, Answer.text(other.words))
      case .refusesOverlaps: answer = Answer.error(id, -32000, "busy")
      default: break
      }
    }
    return waiting + [
      .pause(isLast ? .seconds(1) : .milliseconds(1)),
      then { $0.inFlight[session]?.removeAll { $0.id == id } }, .send(Answer.http(200, answer)),
    ]
  }
}
