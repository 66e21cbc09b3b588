import EventIO

/// Everything that is counted, and the page that shows it.
@ServerLoop
final class ServerMetrics {
  var httpRequests = MetricFamily(
    "mcp_http_requests_total",
    .counter,
    "HTTP requests by method.",
    labels: ["method"]
  )
  var httpDuration = HistogramFamily(
    "mcp_http_request_duration_seconds",
    "Time from a whole request to its answer."
  )
  var rateLimited = MetricFamily(
    "mcp_http_rate_limited_total",
    .counter,
    "Requests that were refused with status 429."
  )
  var sshSessions = MetricFamily(
    "mcp_ssh_sessions_total",
    .counter,
    "SSH sessions that were asked for, by host and outcome.",
    labels: ["host", "status"]
  )
  var activeSSHSessions = MetricFamily(
    "mcp_ssh_sessions_active",
    .gauge,
    "SSH sessions that are open.",
    labels: ["host"]
  )
  var commands = MetricFamily(
    "mcp_ssh_commands_total",
    .counter,
    "Commands by host and outcome; an exit status other than zero is a success too.",
    labels: ["host", "status"]
  )
  var blockedCommands = MetricFamily(
    "mcp_ssh_commands_blocked",
    .counter,
    "Commands that the policy refused."
  )
  var commandDuration = HistogramFamily(
    "mcp_ssh_command_duration_seconds",
    "Time from sending a command to its end.",
    labels: ["host"]
  )

  /// The page for a scrape.
  func page(
    pool: PoolLedger<PoolKey>.Counters,
    connections: [PoolKey: (active: Int, idle: Int)],
    mcpSessions: Int,
    httpConnections: Int,
    limits: (poolConnections: Int, rate: RateLimit)
  ) -> String {
    var text = MetricsText()
    write(pool, to: &text)
    for family in [httpRequests, rateLimited] { family.write(to: &text) }
    httpDuration.write(to: &text)
    for family in [sshSessions, activeSSHSessions, commands, blockedCommands] {
      family.write(to: &text)
    }
    commandDuration.write(to: &text)
    write(connections, to: &text)
    text.single("mcp_sessions_active", "gauge", "MCP sessions.", Double(mcpSessions))
    text.single(
      "mcp_http_connections_active",
      "gauge",
      "Open HTTP connections.",
      Double(httpConnections)
    )
    // Clients that are to exceed the limits need not be told them by people.
    for (name, help, value) in [
      ("mcp_pool_connections_limit", "Pooled connections at most.", Double(limits.poolConnections)),
      (
        "mcp_http_rate_limit_requests",
        "Requests a window and MCP session at most, 0 for no limit.",
        Double(limits.rate.requests)
      ),
      (
        "mcp_http_rate_limit_window_seconds",
        "The length of that window.",
        limits.rate.window.seconds
      ),
    ] {
      text.single(name, "gauge", help, value)
    }
    text.begin("mcp_build_info", "gauge", "The server's version.")
    text.sample("mcp_build_info", [("version", ProgramVersion.number)], 1)
    write(ProcessStatistics(children: SSHChildren.processIDs), to: &text)
    return text.text
  }

  private func write(_ pool: PoolLedger<PoolKey>.Counters, to text: inout MetricsText) {
    let counters = [
      ("hits", "Connections that were there when asked for.", pool.hits),
      ("misses", "Connections that were not.", pool.misses),
      ("creates", "Logins that succeeded.", pool.creates),
      ("expires", "Idle connections that were closed.", pool.expires),
      ("health_fails", "Connections that were found dead.", pool.healthFails),
    ]
    for (name, help, value) in counters {
      text.single("mcp_pool_\(name)_total", "counter", help, Double(value))
    }
  }

  private func write(
    _ connections: [PoolKey: (active: Int, idle: Int)],
    to text: inout MetricsText
  ) {
    var active = MetricFamily(
      "mcp_pool_connections_active",
      .gauge,
      "Pooled connections in use.",
      labels: ["host"]
    )
    var idle = MetricFamily(
      "mcp_pool_connections_idle",
      .gauge,
      "Pooled connections that wait for a user.",
      labels: ["host"]
    )
    for (key, counts) in connections {
      active.add(Double(counts.active), key.destination.host)
      idle.add(Double(counts.idle), key.destination.host)
    }
    active.write(to: &text)
    idle.write(to: &text)
  }

  private func write(_ process: ProcessStatistics, to text: inout MetricsText) {
    text.single(
      "process_cpu_seconds_total",
      "counter",
      "CPU time of this process without its ssh children.",
      process.cpuSeconds
    )
    text.single(
      "mcp_ssh_children_cpu_seconds_total",
      "counter",
      "CPU time of ssh processes, those that have ended and those that run.",
      process.childCPUSeconds
    )
    text.single(
      "process_resident_memory_bytes",
      "gauge",
      "Memory in RAM.",
      process.residentBytes
    )
    text.single("process_open_fds", "gauge", "Open descriptors.", process.openDescriptors)
    text.single("process_threads", "gauge", "Threads.", process.threads)
    text.single(
      "process_start_time_seconds",
      "gauge",
      "When the process began, since 1970.",
      process.startTimeSeconds
    )
  }
}
