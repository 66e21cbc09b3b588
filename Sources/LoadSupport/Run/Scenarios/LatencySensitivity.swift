/// What a bad link between server and target does: the same commands over links of different delay,
/// jitter and loss.
///
/// First every worker connects, then the links take turns in slices, so that a drift of the machine
/// does not look like a link. A session is serial, so the loop is closed: a rate beyond what the
/// round trip allows would only measure the length of the run.
struct LatencySensitivity: Scenario {
  let name = ScenarioName.latencyTest

  /// Links, logins of each worker, rounds of slices, length of a slice.
  private static func plan(
    _ profile: RunProfile
  ) -> (links: [LinkCondition], logins: Int, rounds: Int, slice: Duration) {
    let few = LinkCondition.all.filter { [2222, 2322, 2325].contains($0.port) }
    return switch profile {
    case .smoke: (few, 1, 2, .seconds(1))
    case .quick: (few, 1, 2, .seconds(3))
    case .standard: (LinkCondition.all, 3, 5, .seconds(3))
    }
  }

  func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    var plan = Self.plan(settings.profile)
    if let links = settings.links {
      // The undisturbed link is the target's own port.
      let port = settings.serverURL == nil ? LinkCondition.all[0].port : settings.target.port
      plan.links = [LinkCondition(port: port, name: LinkCondition.all[0].name)] + links
    } else if !settings.targetsTestNetwork {
      throw ScenarioSkip(
        "the target \(settings.target.host) has no ports behind worse links that are known: name them "
          + "by LOADTEST_LINKS (docs/networks.md)"
      )
    }
    let hasSessions = settings.toolProfile.connect != nil
    let each = settings.workers ?? 3
    let slice = settings.duration.map { $0 / (plan.rounds * plan.links.count) } ?? plan.slice
    func workers(_ index: Int) -> WorkerSelection {
      WorkerSelection(index * each..<(index + 1) * each)
    }
    let connect = RemoteOperation(name: OperationName.connect, .connect(reusing: false))
    let disconnect = RemoteOperation(name: OperationName.disconnect, .disconnect)
    let logins = LoadStep(
      length: .fixed(settings.timeout),
      groups: plan.links.enumerated().map { index, link in
        WorkerGroup(
          StepName.link(link.port),
          workers: workers(index),
          mix: .inOrder([connect, disconnect]),
          operationLimit: 2 * plan.logins - 1
        )
      }
    )
    let slices = (0..<plan.rounds).flatMap { _ in
      plan.links.enumerated().map { index, link in
        LoadStep(
          length: .fixed(slice),
          groups: [
            WorkerGroup(
              StepName.link(link.port),
              workers: workers(index),
              mix: .inTurn([RemoteOperation(name: OperationName.hostname, command: "hostname")])
            )
          ]
        )
      }
    }
    try await context.withNetwork(Network.Wishes(links: plan.links, commands: ["hostname"])) {
      network in
      let run = context.makeRun(
        workers: each * plan.links.count,
        on: network,
        targets: plan.links.map { network.target(over: $0) },
        heldSessions: 0...1,
        steps: (hasSessions ? [logins] : []) + slices
      )
      try await context.record(run, of: name, on: network)
    }
  }
}
