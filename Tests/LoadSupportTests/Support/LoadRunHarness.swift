import EventIO

@testable import LoadSupport

/// A load against a scripted server, and everything that both sides saw of it.
struct LoadRunHarness {
  let recorded: RecordedScenario
  let requests: [ScriptedServer.Request]
  let samples: [Sample]
  let events: [RunEvent]

  /// What a test may vary.
  struct Options: Sendable {
    var workers = 2
    var loops = 1
    var warmUp: Duration = .milliseconds(40)
    var duration: Duration = .milliseconds(160)
    var arrivals = ArrivalProcess.closed(thinkTime: .zero)
    var timeout: Duration = .seconds(20)
    var password: Secret?
    var heldSessions = 1...1
    var spokenCommands: Set<String> = []
    var profile = ToolProfile.standard
    var target = SSHTarget(host: "t", port: 22)
    var metricsPage: MCPClientEndpoint?
    var connectionUse = ConnectionUse.kept
    var commonStart: CommonStart?
    var progress: ProgressMeter?

    /// Whether all workers are in one MCP session.
    var sharesSession = false

    var operations = LoadRunHarness.operations
    var sequences: [String: [Workload.SequenceItem]] = [:]
    var setup: [String] = []
    var teardown: [String] = []

    /// Steps instead of the one that the other options describe.
    var steps: [LoadStep]?

    /// The load of a server at a port of loopback.
    func load(port: UInt16) throws -> LoadRun {
      var timeouts = HTTPClientTimeouts()
      timeouts.firstByte = timeout
      timeouts.wholeRequest = timeout
      let url = HTTPURL(host: "127.0.0.1", port: port, path: "/mcp")
      var target = target
      target.password = password
      var load = LoadRun(
        workers: workers,
        loops: loops,
        plan: try WorkerPlan(
          Workload(
            "test",
            heldSessions: heldSessions,
            operations: operations,
            sequences: sequences,
            setup: setup,
            teardown: teardown,
            steps: [
              Workload.Step(
                groups: [
                  Workload.Group(
                    workers: workers,
                    sharesSession: sharesSession,
                    mix: LoadRunHarness.mix
                  )
                ]
              )
            ]
          ),
          endpoint: try MCPClientEndpoint(url),
          profile: profile,
          targets: [target],
          timeouts: timeouts,
          spokenCommands: spokenCommands
        ),
        steps: steps ?? [
          LoadStep(
            warmUp: warmUp,
            length: .fixed(duration),
            groups: [
              WorkerGroup(
                workers: WorkerSelection(0..<workers),
                mix: LoadRunHarness.mix,
                stages: [arrivals.stage]
              )
            ]
          )
        ]
      )
      load.metricsPage = metricsPage
      load.plan.connectionUse = connectionUse
      load.commonStart = commonStart
      load.progress = progress
      return load
    }
  }

  static let mix = Workload.Mix.inTurn(["a", "b"])

  /// What workers can do.
  static let operations: [String: Workload.Operation] = [
    "a": .command("hostname"), "b": .command("whoami"), "hostname": .command("hostname"),
    "connect": Workload.Operation(.connect), "disconnect": Workload.Operation(.disconnect),
    "fresh": Workload.Operation(.freshConnect, name: "connect"),
    "list": Workload.Operation(.method("tools/list", nil)), "health": Workload.Operation(.health),
  ]

  static let workload = Workload("test", operations: operations, steps: [])

  /// Runs a load and reads what it left.
  init(
    _ options: Options = Options(),
    control: RunControl = RunControl(),
    against script: @escaping ScriptedServer.Script
  ) async throws {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: script)
    let load = try options.load(port: server.address.port)
    recorded = try RecordedScenario(
      RecordedScenario.header(
        workers: options.workers,
        arrivalRate: options.arrivals.ratePerSecond,
        seconds: options.duration.seconds
      )
    )
    do {
      try await recorded.run(load, control: control)
    } catch {
      await server.stop()
      throw error
    }
    requests = await server.requests
    await server.stop()
    samples = try recorded.samples()
    events = recorded.events()
  }

  /// The samples of the workload's operations, in the order in which they were planned.
  var load: [Sample] {
    samples.filter { ["a", "b"].contains($0.operation) }
      .sorted { $0.attempt.planned < $1.attempt.planned }
  }

  func event(_ kind: RunEvent.Kind) -> RunEvent? { events.first { $0.event == kind } }

  /// The calls of a tool that the server saw.
  func calls(of tool: String) -> Int {
    requests.count { $0.json["params"]?["name"]?.string == tool }
  }
}
