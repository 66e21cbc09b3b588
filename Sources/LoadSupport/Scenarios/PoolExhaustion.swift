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
    // A server of the user's has its own window, whatever the profile.
    if settings.serverURL != nil { limits = .standard }
    if let duration = settings.duration { stretch = duration / 2 }
    let applicants = settings.workers ?? limits.pool * 3 / 2
    try await context.withNetwork(limits: limits) { network in
      let run = try context.run(
        workers: applicants + 2,
        on: network,
        heldSessions: 0...1,
        steps: Self.steps(limits, applicants: applicants, stretch: stretch)
      )
      try await context.record(run, of: name, on: network)
    }
  }

  private static func steps(
    _ limits: ServerLimits,
    applicants: Int,
    stretch: Duration
  ) -> [LoadStep] {
    let crowd = 0..<applicants
    let flooder = WorkerSelection(applicants..<applicants + 1)
    let connect = RemoteOperation(name: "connect", .connect(reusing: true))
    let list = RemoteOperation(name: "list", .listTools)
    // A session may make so many requests in a window: spread over two stretches with room to spare.
    let pause = Duration.seconds(
      max(0.04, 2 * (stretch / .seconds(1)) / (0.8 * Double(limits.requestsPerWindow)))
    )
    func step(_ length: LoadStep.Length, _ groups: [WorkerGroup]) -> LoadStep {
      let prober = WorkerGroup(
        StepName.health,
        workers: WorkerSelection(applicants + 1..<applicants + 2),
        mix: .inTurn([RemoteOperation(name: "health", .checkHealth)]),
        arrivals: .closed(thinkTime: .milliseconds(50))
      )
      return LoadStep(length: length, groups: groups + [prober])
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
      step(
        .fixed(.seconds(1)),
        [
          WorkerGroup(
            StepName.flood,
            workers: flooder,
            mix: .inTurn([list]),
            operationLimit: limits.requestsPerWindow + 400
          )
        ]
      ),
      step(.untilRetryAfter(atMost: .seconds(limits.windowSeconds + 1)), []),
      step(
        .fixed(.milliseconds(500)),
        [
          WorkerGroup(
            StepName.recovered,
            workers: flooder,
            mix: .inTurn([list]),
            operationLimit: 20
          )
        ]
      ),
      step(.fixed(.milliseconds(100)), [ask(StepName.applying)]),
      step(.fixed(stretch), [work(StepName.alone)]),
      step(
        .fixed(stretch),
        [work(StepName.crowded), ask(StepName.refused, pause: .milliseconds(200))]
      ),
      step(
        .fixed(.milliseconds(100)),
        [
          WorkerGroup(
            StepName.freeing,
            workers: WorkerSelection(crowd, holding: .session, limit: 1),
            mix: .inTurn([RemoteOperation(name: "disconnect", .disconnect)]),
            operationLimit: 1
          )
        ]
      ),
      step(.fixed(.milliseconds(100)), [ask(StepName.next, 1)]),
    ]
  }
}
