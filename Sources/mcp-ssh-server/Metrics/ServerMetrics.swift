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

  /// What others count or know, for one page.
  struct Snapshot {
    let pool: PoolLedger<PoolKey>.Counters
    let connections: [PoolKey: (active: Int, idle: Int)]
    let mcpSessions: Int
    let httpConnections: Int
    let poolLimit: Int
    let rateLimit: RateLimit
  }

  /// The page for a scrape.
  func page(_ snapshot: Snapshot) -> String {
    var text = MetricsText()
    for family in families(snapshot) { family.write(to: &text) }
    return text.text
  }

  /// All families in the order of the page.
  private func families(_ now: Snapshot) -> [any MetricSource] {
    func counter(_ name: String, _ help: String, _ value: Int) -> MetricFamily {
      MetricFamily(name, .counter, help, value: Double(value))
    }
    func gauge(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
      MetricFamily(name, .gauge, help, value: value)
    }
    let pool = now.pool
    return [
      counter("mcp_pool_hits_total", "Connections that were there when asked for.", pool.hits),
      counter("mcp_pool_misses_total", "Connections that were not.", pool.misses),
      counter("mcp_pool_creates_total", "Logins that succeeded.", pool.creates),
      counter("mcp_pool_expires_total", "Idle connections that were closed.", pool.expires),
      counter(
        "mcp_pool_health_fails_total",
        "Connections that were found dead.",
        pool.healthFails
      ),
      httpRequests, rateLimited, httpDuration, sshSessions, activeSSHSessions, commands,
      blockedCommands, commandDuration,
      perHost("active", "Pooled connections in use.", now.connections.mapValues(\.active)),
      perHost(
        "idle",
        "Pooled connections that wait for a user.",
        now.connections.mapValues(\.idle)
      ),
      gauge("mcp_sessions_active", "MCP sessions.", Double(now.mcpSessions)),
      gauge("mcp_http_connections_active", "Open HTTP connections.", Double(now.httpConnections)),
      // Clients that are to exceed the limits need not be told them by people.
      gauge("mcp_pool_connections_limit", "Pooled connections at most.", Double(now.poolLimit)),
      gauge(
        "mcp_http_rate_limit_requests",
        "Requests a window and MCP session at most, 0 for no limit.",
        Double(now.rateLimit.requests)
      ),
      gauge(
        "mcp_http_rate_limit_window_seconds",
        "The length of that window.",
        now.rateLimit.window.seconds
      ),
      build,
    ] + ProcessStatistics(children: SSHChildren.processIDs).families
  }

  private var build: MetricFamily {
    var family = MetricFamily(
      "mcp_build_info",
      .gauge,
      "The server's version.",
      labels: ["version"]
    )
    family.set(1, ProgramVersion.number)
    return family
  }

  private func perHost(_ state: String, _ help: String, _ counts: [PoolKey: Int]) -> MetricFamily {
    var family = MetricFamily("mcp_pool_connections_\(state)", .gauge, help, labels: ["host"])
    for (key, count) in counts { family.add(Double(count), key.destination.host) }
    return family
  }
}
