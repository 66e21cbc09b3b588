/// What a bad link between server and target does: the same commands over links of different delay,
/// jitter and loss.
///
/// First every worker connects, then the links take turns in slices, so that a drift of the machine
/// does not look like a link. A session is serial, so the loop is closed: a rate beyond what the
/// round trip allows would only measure the length of the run.
struct LatencySensitivity: DataScenario {
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

  func workload(_ settings: RunSettings) throws -> Workload {
    var plan = Self.plan(settings.profile)
    if settings.links != nil {
      plan.links = settings.knownLinks
    } else if !settings.targetsTestNetwork {
      throw ScenarioSkip(
        "the target \(settings.target.name ?? settings.target.host) has no ports behind worse links that are known: name them "
          + "by LOADTEST_LINKS (docs/networks.md)"
      )
    }
    let command = ScenarioCommands(settings, onlyFirst: true)
    let workers = settings.workers ?? 3
    var operations = command.operations
    func group(
      _ index: Int,
      _ mix: Workload.Mix,
      iterations: Int? = nil
    ) -> Workload.Group {
      let port = plan.links[index].port
      return Workload.Group(
        workers: workers,
        firstWorker: index * workers,
        link: port,
        mix: mix,
        stages: [Workload.Stage(StepName.link(port))],
        iterations: iterations
      )
    }
    func logins(_ mix: Workload.Mix, _ iterations: Int) -> Workload.Step {
      Workload.Step(
        length: settings.timeout,
        groups: plan.links.indices.map { group($0, mix, iterations: iterations) }
      )
    }
    var steps: [Workload.Step] = []
    var sequences: [String: [Workload.SequenceItem]] = [:]
    if settings.toolProfile.connect != nil {
      operations[OperationName.connect] = Workload.Operation(.freshConnect)
      steps.append(logins(.inTurn([OperationName.connect]), 1))
      if plan.logins > 1 {
        operations[OperationName.disconnect] = Workload.Operation(.disconnect)
        sequences["login"] = [.call(OperationName.disconnect), .call(OperationName.connect)]
        steps.append(logins(.inTurn(["login"]), plan.logins - 1))
      }
    }
    for _ in 0..<plan.rounds {
      steps += plan.links.indices.map {
        Workload.Step(length: plan.slice, groups: [group($0, .inTurn(command.names))])
      }
    }
    return Workload(
      name.rawValue,
      heldSessions: 0...1,
      operations: operations,
      sequences: sequences,
      steps: steps
    )
  }
}
