/// Whether a server stays graceful when more is asked of it than its limits allow.
///
/// One worker floods a server until its rate limit refuses, waits as it is told, and asks again. Then
/// half as many workers again as the pool has connections want a session each; those that have one
/// go on while the others keep asking; one is given back and must go to the next who asks. All the
/// time somebody asks for the server's health.
package struct PoolExhaustion: Scenario {
  package let name = ScenarioName.exhaustionTest

  /// Makes the scenario.
  package init() {}

  package func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    var limits = ServerLimits.standard
    // Seconds of a stretch of load, and the rate window that an embedded server is given.
    var stretch: Duration
    switch settings.profile {
    case .smoke: (stretch, limits.windowSeconds) = (.seconds(1.5), 3)
    case .quick: (stretch, limits.windowSeconds) = (.seconds(3), 10)
    case .standard: stretch = .seconds(10)
    }
    limits.pool = settings.poolLimit ?? limits.pool
    limits.requestsPerWindow = settings.rateLimit ?? limits.requestsPerWindow
    limits.windowSeconds = settings.rateWindowSeconds ?? limits.windowSeconds
    if let duration = settings.duration { stretch = duration / 2 }
    let hasSessions = try settings.toolProfile().connect != nil
    let wishes = Network.Wishes(limits: limits, isLimited: true, commands: ["hostname"])
    try await context.withNetwork(wishes) { network in
      // A server of the user's has limits of its own, whatever the profile.
      var limits = network.description.limits ?? limits
      // Without sessions nobody holds a place in the pool for long.
      if !hasSessions { limits.pool = 0 }
      guard limits.pool > 0 || limits.requestsPerWindow > 0 else {
        throw ScenarioSkip(
          "the server has no limits to exceed: name one that has by LOADTEST_LIMITED_MCP_URL"
        )
      }
      let applicants = settings.workers ?? max(1, limits.pool * 3 / 2)
      let run = context.run(
        workers: applicants + 2,
        on: network,
        heldSessions: 0...1,
        steps: (limits.requestsPerWindow > 0 ? Self.flood(limits, applicants) : [])
          + (limits.pool > 0 ? Self.crowd(limits, applicants, stretch) : [])
      )
      try await context.record(run, of: name, on: network)
    }
  }

  /// A step with somebody who asks for the server's health all the time, after those who do its work.
  private static func step(
    _ applicants: Int,
    _ length: LoadStep.Length,
    _ groups: [WorkerGroup]
  ) -> LoadStep {
    let prober = WorkerGroup(
      StepName.health,
      workers: WorkerSelection(applicants + 1..<applicants + 2),
      mix: .inTurn([RemoteOperation(name: "health", .checkHealth)]),
      arrivals: .closed(thinkTime: .milliseconds(50))
    )
    return LoadStep(length: length, groups: groups + [prober])
  }

  /// Beyond the rate limit and back.
  private static func flood(_ limits: ServerLimits, _ applicants: Int) -> [LoadStep] {
    func list(_ name: String, _ count: Int) -> [WorkerGroup] {
      [
        WorkerGroup(
          name,
          workers: WorkerSelection(applicants..<applicants + 1),
          mix: .inTurn([RemoteOperation(name: "list", .listTools)]),
          operationLimit: count
        )
      ]
    }
    // A slow server or a far one needs longer for as many requests, yet not more than the window.
    let length = Duration.seconds(max(1, min(limits.windowSeconds / 2, 5)))
    return [
      step(applicants, .fixed(length), list(StepName.flood, limits.requestsPerWindow + 400)),
      step(applicants, .untilRetryAfter(atMost: .seconds(limits.windowSeconds + 1)), []),
      step(applicants, .fixed(.milliseconds(500)), list(StepName.recovered, 20)),
    ]
  }

  /// Beyond the pool's limit, and one session given back.
  private static func crowd(
    _ limits: ServerLimits,
    _ applicants: Int,
    _ stretch: Duration
  ) -> [LoadStep] {
    let crowd = 0..<applicants
    let connect = RemoteOperation(name: "connect", .connect(reusing: true))
    // A session may make so many requests in a window: spread over two stretches with room to spare.
    let allowed = limits.requestsPerWindow > 0 ? 0.8 * Double(limits.requestsPerWindow) : .infinity
    let pause = Duration.seconds(max(0.04, 2 * (stretch / .seconds(1)) / allowed))
    func step(_ length: Duration, _ groups: [WorkerGroup]) -> LoadStep {
      Self.step(applicants, .fixed(length), groups)
    }
    func ask(_ name: String, _ limit: Int? = nil, pause: Duration = .zero) -> WorkerGroup {
      WorkerGroup(
        name,
        // One who never had a session, rather than the one who just gave it back.
        workers: WorkerSelection(crowd, holding: .nothing, limit: limit, takesLast: true),
        mix: .inTurn([connect]),
        arrivals: .closed(thinkTime: pause),
        operationLimit: pause == .zero ? 1 : nil
      )
    }
    func work(_ name: String) -> WorkerGroup {
      WorkerGroup(
        name,
        workers: WorkerSelection(crowd, holding: .session),
        mix: .inTurn([RemoteOperation(name: "hostname", command: "hostname")]),
        arrivals: .closed(thinkTime: pause)
      )
    }
    return [
      step(.milliseconds(100), [ask(StepName.applying)]),
      step(stretch, [work(StepName.alone)]),
      step(
        stretch,
        [work(StepName.crowded), ask(StepName.refused, pause: .milliseconds(200))]
      ),
      step(
        .milliseconds(100),
        [
          WorkerGroup(
            StepName.freeing,
            workers: WorkerSelection(crowd, holding: .session, limit: 1),
            mix: .inTurn([RemoteOperation(name: "disconnect", .disconnect)]),
            operationLimit: 1
          )
        ]
      ),
      step(.milliseconds(100), [ask(StepName.next, 1)]),
    ]
  }
}
