import EventIO

/// Whether a server stays graceful when more is asked of it than its limits allow.
///
/// One worker floods a server until its rate limit refuses, waits as it is told, and asks again. Then
/// half as many workers again as the pool has connections want a session each, a few at a time; those that have one
/// go on while the others keep asking; one is given back and must go to the next who asks. All the
/// time somebody asks for the server's health.
struct PoolExhaustion: Scenario {
  let name = ScenarioName.exhaustionTest
  let indivisible: String? =
    "it drives the server to limits that count all of its clients, and some by their addresses"

  func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    if settings.stdio != nil {
      throw ScenarioSkip(
        "a stdio server has a process for each worker, and a pool for each process: there is no limit that "
          + "workers could exhaust together"
      )
    }
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
    limits.windowSeconds = settings.rateWindow?.seconds ?? limits.windowSeconds
    if let duration = settings.duration { stretch = duration / 2 }
    let hasSessions = settings.toolProfile.connect != nil
    let command = ScenarioCommands(settings, onlyFirst: true)
    let workload = Self.workload(command)
    let wishes = Network.Wishes(
      limits: limits,
      isLimited: true,
      commands: workload.fixedCommands
    )
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
      // Without sessions all workers at one address are one client, whose requests are counted together.
      let sharesRate = network.profile.form.era == .modern && limits.requestsPerWindow > 0
      var network = network
      if sharesRate, limits.pool > 0 {
        network.remarks.append(
          "the pool was not tried: in the modern era all workers at one address share its request rate; set "
            + "LOADTEST_RATE_LIMIT=0 to try the pool of a server without such a limit"
        )
      }
      let crew = Crew(
        applicants: settings.workers ?? max(1, limits.pool * 3 / 2),
        hasProber: !network.description.isLacking(.health)
      )
      let run = try context.makeRun(
        of: workload,
        workers: crew.workers,
        on: network,
        steps: (limits.requestsPerWindow > 0 ? Self.flood(limits, crew) : [])
          + (limits.pool > 0 && !sharesRate ? Self.crowd(limits, crew, stretch, command.names) : [])
      )
      try await context.record(run, of: name, on: network, exceedsLimits: true)
    }
  }

  /// What is done; when, and by whom, depends on what the server answers.
  private static func workload(_ command: ScenarioCommands) -> Workload {
    var operations = command.operations
    operations[OperationName.list] = Workload.Operation(.method("tools/list", nil))
    operations[OperationName.connect] = Workload.Operation(.connect)
    operations[OperationName.disconnect] = Workload.Operation(.disconnect)
    operations[OperationName.health] = Workload.Operation(.health)
    return Workload(
      ScenarioName.exhaustionTest.rawValue,
      heldSessions: 0...1,
      operations: operations,
      steps: []
    )
  }

  /// Who takes part: applicants for a session first, then the one who floods, last the one who asks for
  /// the server's health.
  private struct Crew {
    /// How many want a session.
    let applicants: Int

    /// Whether somebody asks for the server's health, which not every server tells.
    let hasProber: Bool

    var workers: Int { applicants + (hasProber ? 2 : 1) }

    /// A step in which some do their work while the prober asks.
    func step(_ length: LoadStep.Length, _ groups: [WorkerGroup]) -> LoadStep {
      guard hasProber else { return LoadStep(length: length, groups: groups) }
      let prober = WorkerGroup(
        StepName.health,
        workers: WorkerSelection(applicants + 1..<applicants + 2),
        mix: .inTurn([OperationName.health]),
        stages: [Workload.Stage(thinkTime: .constant(.milliseconds(50)))]
      )
      return LoadStep(length: length, groups: groups + [prober])
    }
  }

  /// So many log in at a time: at once they would only wait for each other's key exchange, or be
  /// dropped by the target (sshd's MaxStartups), which is no limit of the server.
  private static let loginsAtOnce = 4

  /// Applicants in the order in which they come, the one who meets the limit in the midst of others.
  private static func arrivals(_ applicants: Int, limit: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    var size = (limit + loginsAtOnce / 2) % loginsAtOnce
    while start < applicants {
      let end = min(applicants, start + (size > 0 ? size : loginsAtOnce))
      parts.append(start..<end)
      (start, size) = (end, loginsAtOnce)
    }
    return parts
  }

  /// Beyond the rate limit and back.
  private static func flood(_ limits: ServerLimits, _ crew: Crew) -> [LoadStep] {
    func list(_ name: String, _ count: Int) -> [WorkerGroup] {
      [
        WorkerGroup(
          name,
          workers: WorkerSelection(crew.applicants..<crew.applicants + 1),
          mix: .inTurn([OperationName.list]),
          iterationLimit: count
        )
      ]
    }
    // A slow server or a far one needs longer for as many requests, yet not more than the window.
    let length = Duration.seconds(max(1, min(limits.windowSeconds / 2, 5)))
    return [
      crew.step(.fixed(length), list(StepName.flood, limits.requestsPerWindow + 400)),
      crew.step(.untilRetryAfter(atMost: .seconds(limits.windowSeconds + 1)), []),
      crew.step(.fixed(.milliseconds(500)), list(StepName.recovered, 20)),
    ]
  }

  /// Beyond the pool's limit, and one session given back.
  private static func crowd(
    _ limits: ServerLimits,
    _ crew: Crew,
    _ stretch: Duration,
    _ commands: [String]
  ) -> [LoadStep] {
    let crowd = 0..<crew.applicants
    // A session may make so many requests in a window: spread over two stretches with room to spare.
    let allowed = limits.requestsPerWindow > 0 ? 0.8 * Double(limits.requestsPerWindow) : .infinity
    let pause = Duration.seconds(max(0.04, 2 * (stretch / .seconds(1)) / allowed))
    func step(_ length: Duration, _ groups: [WorkerGroup]) -> LoadStep {
      crew.step(.fixed(length), groups)
    }
    func ask(
      _ name: String,
      _ who: Range<Int>,
      _ limit: Int? = nil,
      pause: Duration = .zero
    ) -> WorkerGroup {
      WorkerGroup(
        name,
        // One who never had a session, rather than the one who just gave it back.
        workers: WorkerSelection(who, holding: .nothing, limit: limit, takesLast: true),
        mix: .inTurn([OperationName.connect]),
        stages: [Workload.Stage(thinkTime: .constant(pause))],
        iterationLimit: pause == .zero ? 1 : nil
      )
    }
    func work(_ name: String) -> WorkerGroup {
      WorkerGroup(
        name,
        workers: WorkerSelection(crowd, holding: .session),
        mix: .inTurn(commands),
        stages: [Workload.Stage(thinkTime: .constant(pause))]
      )
    }
    let applying = arrivals(crew.applicants, limit: limits.pool).map { part in
      step(.milliseconds(100), [ask(StepName.applying, part)])
    }
    return applying + [
      step(stretch, [work(StepName.alone)]),
      step(
        stretch,
        [work(StepName.crowded), ask(StepName.refused, crowd, pause: .milliseconds(200))]
      ),
      step(
        .milliseconds(100),
        [
          WorkerGroup(
            StepName.freeing,
            workers: WorkerSelection(crowd, holding: .session, limit: 1),
            mix: .inTurn([OperationName.disconnect]),
            iterationLimit: 1
          )
        ]
      ),
      step(.milliseconds(100), [ask(StepName.next, crowd, 1)]),
    ]
  }
}
