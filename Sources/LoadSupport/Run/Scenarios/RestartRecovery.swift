import EventIO

/// Whether clients are served again after what they depend on was away: the server killed and started anew,
/// the target's sshd killed and started anew, the server stopped for a while.
///
/// Workers run commands with a pause between them. Each outage is a step of its own, in which they go on
/// asking; it is over when all of them have been served again.
struct RestartRecovery: Scenario {
  let name = ScenarioName.restartRecovery
  let indivisible: String? =
    "an outage is of all that load the server, and the first generator that was served again would tell nothing of the others"

  /// How long the server is stopped: longer than what is usual for a pause, shorter than any timeout.
  private static let freeze = Duration.seconds(5)

  /// How long the server is away at least: as long as the clients' longest pause, so that their pauses tell
  /// whether they come back together.
  private static let away = Duration.seconds(1)

  /// When an outage begins in its step, and how long the load goes on after it.
  private static let lead = Duration.milliseconds(500)

  func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    guard settings.serverURL == nil || settings.restartCommand != nil else {
      throw ScenarioSkip(
        "nothing can restart the server: name a command that does by LOADTEST_RESTART_COMMAND "
          + "(--restart-command), or run the scenario on the embedded network"
      )
    }
    let (workers, calm, rounds) = settings.profile.choose(
      smoke: (4, Duration.seconds(1), 1),
      quick: (10, Duration.seconds(3), 1),
      standard: (20, Duration.seconds(10), 3)
    )
    let crew = settings.workers ?? workers
    let length = settings.duration ?? calm
    let commands = ScenarioCommands(settings)
    let workload = Workload(
      name.rawValue,
      workers: crew,
      operations: commands.operations,
      steps: []
    )
    func step(_ name: String, _ length: Duration, _ fault: StepFault? = nil) -> LoadStep {
      let group = WorkerGroup(
        name,
        workers: WorkerSelection(0..<crew),
        mix: .inTurn(commands.names),
        stages: [Workload.Stage(thinkTime: .constant(.milliseconds(50)))]
      )
      var step = LoadStep(length: .fixed(length), groups: [group])
      if fault != nil { (step.kind, step.fault) = (.outage, fault) }
      return step
    }
    var limits = ServerLimits.loadTest
    // What was lost with the server may still count for a while.
    limits.pool = max(limits.pool, 4 * crew)
    let wishes = Network.Wishes(limits: limits, commands: workload.fixedCommands)
    let command = try context.restartCommand
    try await context.withNetwork(wishes) { network in
      var steps = [step(StepName.calm, length)]
      let faults = try Self.faults(network, command, patience: settings.timeout)
      for _ in 0..<rounds {
        for (name, fault) in faults {
          steps.append(step(name, fault.longest, fault))
        }
      }
      let run = try context.makeRun(of: workload, workers: crew, on: network, steps: steps)
      try await context.record(run, of: name, on: network)
      // What was to be seen did not take place, or left the server dead by no fault of its own: no verdict, no success.
      if let failure = await command?.failure { throw failure }
    }
  }

  /// The outages that can be made in a network, by the names of their steps.
  private static func faults(
    _ network: Network,
    _ command: RestartCommand?,
    patience: Duration
  ) throws -> [(String, StepFault)] {
    func fault(
      lasting: Duration = .zero,
      _ begin: @escaping @Sendable () async throws -> Void,
      _ end: @escaping @Sendable () async throws -> String?
    ) -> StepFault {
      StepFault(
        after: lead,
        lasting: lasting,
        patience: patience,
        settling: lead,
        begin: begin,
        end: end
      )
    }
    func restart(_ program: EmbeddedProgram, after lasting: Duration = .zero) -> StepFault {
      fault(lasting: lasting, program.kill) {
        try await program.restart()
        return nil
      }
    }
    if let command { return [(StepName.serverRestart, fault({}, command.run))] }
    guard let server = network.server else { return [] }
    let frozen = fault(lasting: freeze, server.freeze) {
      try await server.thaw()
      return nil
    }
    return [(StepName.serverRestart, restart(server, after: away))]
      + (network.sshd.map { [(StepName.targetRestart, restart($0))] } ?? [])
      + [(StepName.freeze, frozen)]
  }
}
