import EventIO

/// A workload of a user's own.
struct WorkloadScenario: Scenario {
  let file: WorkloadFile

  init(_ file: WorkloadFile) {
    self.file = file
  }

  var name: ScenarioName { ScenarioName(file) }

  var overrides: Set<LoadOverride> { file.workload.overrides }

  var indivisible: String? {
    let groups = file.workload.steps.flatMap(\.groups)
    return groups.contains(where: \.sharesSession)
      ? "its workers share a session (shares_session), which is of one process" : nil
  }

  func run(_ context: ScenarioContext) async throws {
    let workload = file.workload.withWorkers(context.settings.workers)
    try await context.run(file.with(workload), as: name)
  }
}

extension ScenarioContext {
  /// Runs a workload under a scenario's name, adjusted to the settings, where what is tried first allows it.
  func run(
    _ file: WorkloadFile,
    as name: ScenarioName,
    trying probe: (Network) async throws -> Void = { _ in }
  ) async throws {
    let adjusted = file.workload.adjusted(to: settings)
    let health = adjusted.operations.filter { _, operation in operation.action.kind == .health }
    if settings.stdio != nil, let name = health.keys.min() {
      throw ScenarioSkip(
        "the operation \(name) of the workload asks for the server's health over HTTP, which a stdio server does "
          + "not tell: leave it out"
      )
    }
    let leaving = adjusted.operations.filter { _, operation in operation.action.kind == .leave }
    if settings.stdio != nil, let name = leaving.keys.min() {
      throw ScenarioSkip(
        "\(name) leaves a session of HTTP, which a stdio server has not: its process ends with it"
      )
    }
    let data = try DataRows.load(adjusted, directory: file.directory)
    let links = try links(of: adjusted)
    var limits = ServerLimits.loadTest
    limits.pool = max(
      limits.pool,
      adjusted.effectiveWorkers * (adjusted.heldSessions?.upperBound ?? 1)
    )
    var wishes = Network.Wishes(
      limits: limits,
      links: links,
      commands: adjusted.fixedCommands,
      tools: adjusted.tools,
      headers: try firstHeaders(of: adjusted, data),
      needsTarget: adjusted.needsSession
    )
    wishes.commandTimeout = adjusted.longestTimeout
    if adjusted.abandonsSessions { wishes.sessionIdle = settings.knownSessionIdle }
    try await withNetwork(wishes) { network in
      try await probe(network)
      let canChoose = network.profile.connect?.arguments["reuse"] != nil
      var workload = canChoose ? adjusted : adjusted.withoutPooledConnects()
      // A user who asks for what is not there is to be told.
      if name.own == nil, network.description.isLacking(.health) {
        workload = workload.withoutHealth()
      }
      let ports = workload.links
      let run = try makeRun(
        of: workload,
        data: data,
        workers: workload.effectiveWorkers,
        on: network,
        targets: links.isEmpty ? nil : links.map { network.target(over: $0) },
        assignments: links.isEmpty
          ? [] : ports.map { port in links.firstIndex { $0.port == port } ?? 0 },
        steps: workload.loadSteps
      )
      try await record(run, of: name, on: network)
    }
  }

  /// The header fields of the first worker's requests.
  private func firstHeaders(
    of workload: Workload,
    _ data: DataRows
  ) throws(WorkloadError) -> [String: Secret] {
    if workload.headers.isEmpty { return [:] }
    let calls = try WorkloadCalls(
      workload,
      profile: settings.toolProfile,
      target: settings.target,
      data: data
    )
    return WorkerValues(
      calls,
      worker: settings.share.number(ofWorker: 0),
      of: workload.effectiveWorkers,
      seed: settings.seed
    ).headers
  }

  /// The links that a workload names by their ports, in the order in which workers have them.
  private func links(of workload: Workload) throws -> [LinkCondition] {
    var links: [LinkCondition] = []
    if settings.serverURL != nil, let name = settings.target.name,
      workload.links.contains(where: { $0 != nil })
    {
      throw ScenarioSkip(
        "the workload names links by their ports, and the server is told the target \(name) by its name alone"
      )
    }
    for port in workload.links.compactMap(\.self) where !links.contains(where: { $0.port == port })
    {
      guard let link = settings.knownLinks.first(where: { $0.port == port }) else {
        let known = settings.knownLinks.map { String($0.port) }.joined(separator: ", ")
        throw ScenarioSkip(
          "the workload names a link on port \(port), and what that does is not known; known are "
            + "\(known), and what LOADTEST_LINKS names (docs/networks.md)"
        )
      }
      links.append(link)
    }
    return links
  }
}
