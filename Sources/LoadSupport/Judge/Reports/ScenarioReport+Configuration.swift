/// A report's part on what was asked for, and of what.
extension ScenarioReport {
  /// The load, the server and the machine.
  var configuration: ReportSection {
    let scenario = analysis.scenario
    let machine = analysis.run.machine
    let loops = scenario.loops == 1 ? "1 event loop" : "\(scenario.loops) event loops"
    var section = ReportSection("Configuration")
    section.addField("Profile", scenario.profile)
    section.addField("Workers", "\(scenario.workers) on \(loops)")
    section.addField("Load", arrivals)
    // Steps that are over when all is done are planned to last no longer than that.
    let measured = aggregate.window.seconds()
    let isShorter = measured < 0.95 * scenario.durationSeconds
    section.addField(
      "Warm-up and window",
      "\(NumberText.plain(scenario.warmUpSeconds)) s, \(NumberText.plain(scenario.durationSeconds)) s"
        + (isShorter ? " at most, \(NumberText.oneDecimal(measured)) s measured" : "")
    )
    section.addField("Seed", String(scenario.seed))
    if let use = scenario.connections { section.addField("Connections", use.rawValue) }
    section.addField("Timeout", "\(NumberText.plain(scenario.timeoutSeconds)) s")
    section.addField("Tool profile", scenario.toolProfile)
    if let trace = scenario.trace {
      section.addField("Trace", "\(trace.id) (\(TraceContext.name) in \(trace.place.rawValue))")
    }
    section.addField(
      "Operations",
      scenario.commands.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        .joined(separator: "; ")
    )
    addNetwork(scenario.network, &section)
    section.addField(
      "Load generator",
      machine.hostName + (summary.generators == nil ? "" : ", the first of those below Generators")
    )
    section.addField("Processor", "\(machine.cpuModel), \(machine.cores) cores")
    section.addField(
      "Memory",
      "\(NumberText.oneDecimal(Double(machine.memoryBytes) / 1_073_741_824)) GiB"
    )
    section.addField("Kernel", machine.kernel)
    section.addField("Recorded", "\(NumberText.grouped(summary.attempts)) attempts")
    section.addField("Unreadable lines", NumberText.grouped(summary.unreadableLines))
    return section
  }

  private func addNetwork(_ network: NetworkDescription, _ section: inout ReportSection) {
    section.addField("Network", network.kind.rawValue)
    section.addField("Server", network.server)
    section.addField("Target", network.target)
    if let limits = network.limits {
      let rate =
        limits.requestsPerWindow == 0
        ? "no rate limit"
        : "\(limits.requestsPerWindow) requests in \(NumberText.plain(limits.windowSeconds)) s"
      section.addField("Server's limits", "\(limits.pool) connections, \(rate)")
    }
    if let probe = network.probe { section.addField("Probe for 2026-07-28", Self.words(of: probe)) }
    if let cores = network.serverCores { section.addField("Server's cores", String(cores)) }
    if let emulation = network.linkEmulation { section.addField("Links", emulation) }
    for (name, value) in network.details.sorted(by: { $0.key < $1.key }) {
      section.addField(name, value)
    }
  }

  /// What a question for the modern era cost that came to nothing.
  static func words(of probe: ProtocolProbe) -> String {
    let status = probe.httpStatus.map { ", HTTP \($0)" } ?? ""
    let answer =
      probe.outcome == .success
      ? "no revision offered" : "\(probe.outcome.rawValue)\(status)"
    return
      "server/discover: \(answer), \(NumberText.time(probe.nanoseconds)) (1 request, before the "
      + "load); each client that speaks both eras sends it before its first session, and it counts against limits "
      + "by address"
  }
}
