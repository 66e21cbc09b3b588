import EventIO
import LoadSupport

/// What a call costs the load generator besides the network: putting the request together, and holding the
/// answer to what is wanted of it.
enum CallBenchmark {
  private static let rounds = 7
  private static let iterations = 200_000

  static func run() async throws {
    print("nanoseconds a request, \(rounds) rounds of \(iterations) iterations")
    try measure("a command, exit status checked", command)
    try measure("a tool, slots and captured values", tool)
  }

  /// Beside reading the answer alone, by turns.
  private static func measure(_ name: String, _ rehearsal: () throws -> CallRehearsal) throws {
    let rehearsal = try rehearsal()
    var reading: [Double] = []
    var whole: [Double] = []
    for _ in 0..<rounds {
      reading.append(time(rehearsal.read))
      whole.append(time(rehearsal.run))
      if let fault = rehearsal.fault {
        throw BenchmarkError(description: "an answer is not right: \(fault)")
      }
    }
    print(name)
    print("  reading the answer alone \(Spread(reading))")
    print("  all of it                \(Spread(whole))")
    print("  difference               \(Spread(zip(whole, reading).map { $0 - $1 }))")
  }

  /// What one of the answers took that some work read.
  private static func time(_ work: (Int) -> Int) -> Double {
    let start = MonotonicInstant.now()
    let right = work(iterations)
    let elapsed = MonotonicInstant.now() - start
    return elapsed.seconds * 1e9 / Double(right)
  }

  private static func answer(_ result: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(CallRehearsal.id),"result":\#(result)}"#
  }

  private static func command() throws -> CallRehearsal {
    try CallRehearsal(
      Workload("command", operations: ["hostname": .command("hostname")], steps: []),
      answers: [
        (
          "hostname",
          answer(
            #"{"content":[{"type":"text","text":"{\"stdout\":\"web-1.example\\n\",\"stderr\":\"\","#
              + #"\"exit_code\":0}"}],"structuredContent":{"stdout":"web-1.example\n","stderr":"","#
              + #""exit_code":0,"duration_ms":3},"isError":false}"#
          )
        )
      ]
    )
  }

  private static func tool() throws -> CallRehearsal {
    try CallRehearsal(
      Workload(
        "tool",
        operations: [
          "plan": .tool("plan", ["{counter}"], capture: ["id": "/structuredContent/id"]),
          "deploy": Workload.Operation(
            .tool(
              "deploy",
              [
                "id": "{id}", "note": "number {counter} of {worker}", "key": "{random:8}",
                "script": "deploy {id|sh}",
              ]
            ),
            headers: ["X-Request": "{counter}"],
            expect: Workload.Expectation(
              fields: ["/structuredContent/state": "done", "/structuredContent/count": 3],
              text: ["deployed"]
            ),
            capture: ["version": "/structuredContent/items/-/version"]
          ),
        ],
        sequences: ["all": [.call("plan"), .call("deploy")]],
        steps: []
      ),
      answers: ["plan", "deploy"].map { operation in
        (
          operation,
          answer(
            #"{"content":[{"type":"text","text":"web-1 deployed in 3 s"}],"structuredContent":"#
              + #"{"id":"d-4711","state":"done","count":3,"items":[{"version":"1.2.3"},"#
              + #"{"version":"1.2.4"}]},"isError":false}"#
          )
        )
      }
    )
  }
}
