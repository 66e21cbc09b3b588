import EventIO

/// The server: its parts put together, from the listening socket to the ssh processes.
@ServerLoop
final class MCPSSHServer {
  private let configuration: ServerConfiguration
  private let log: Log
  private let pool: ConnectionPool
  private let sessions: MCPSessionRegistry
  private let metrics = ServerMetrics()
  private let audit: AuditTrail?
  private let refusals: RefusedRequests?
  private let listener: HTTPListener
  private var isClosing = false

  /// Listens; requests are answered from `run` on.
  ///
  /// - Throws: what the kernel said when it refused an address.
  init(
    _ configuration: ServerConfiguration,
    addresses: [SocketAddress],
    ssh: SSHClientSettings
  ) throws(Errno) {
    self.configuration = configuration
    let log = Log(level: configuration.logLevel)
    self.log = log
    audit = try configuration.auditFile.map { path throws(Errno) in
      try AuditTrail(path: path, log: log)
    }
    refusals = audit.map(RefusedRequests.init)
    pool = ConnectionPool(configuration.pool, login: SSHLogin(settings: ssh), log: log)
    sessions = MCPSessionRegistry(
      limit: configuration.mcpSessionLimit,
      idleTimeout: configuration.mcpIdleTimeout,
      abandonTimeout: configuration.abandonTimeout
    )
    let environment = SSHSession.Environment(
      pool: pool,
      counter: SSHSessionCounter(limit: configuration.sshSessionLimit),
      metrics: metrics,
      audit: audit,
      outputLimitBytes: configuration.outputLimitBytes,
      commandTimeout: configuration.commandTimeout
    )
    let faults = FaultInjection(configuration.faults)
    let endpoint = MCPEndpoint(
      methods: MCPMethods(
        tools: ToolCatalog.all(configuration, environment),
        faults: faults,
        audit: audit
      ),
      sessions: sessions,
      metrics: metrics,
      gate: RequestGate(
        sessions: sessions,
        limit: configuration.rateLimit,
        token: configuration.token,
        isLoopback: addresses.allSatisfy(\.isLoopback)
      ),
      faults: faults,
      log: log
    )
    listener = try HTTPListener(
      on: addresses,
      connectionLimit: configuration.connectionLimit,
      handler: endpoint
    )
    connect(endpoint)
    announce()
  }

  /// Lets the parts reach each other that were made before what they need.
  private func connect(_ endpoint: MCPEndpoint) {
    endpoint.refusals = refusals
    endpoint.metricsPage = { [unowned self] in metricsPage() }
    pool.takeBack = { [sessions, log] in
      guard sessions.takeBack(at: .now()) else { return false }
      log.write(.info, "a client that is gone gave its SSH sessions back")
      return true
    }
  }

  /// Warns of settings that an operator should know of.
  private func announce() {
    if configuration.allowedHosts.areUnlimited {
      log.write(.warning, "clients may log in to any host; --allow-host limits them")
    }
    if configuration.allowsAnyCommand {
      log.write(.warning, "clients may run any command (--allow-any-command)")
    }
    if configuration.allowsInsecure {
      log.write(.warning, "clients may skip the check of host keys (--allow-insecure)")
    }
    if configuration.allowsAnyone, configuration.token == nil {
      log.write(.warning, "whoever reaches the port is a client (--allow-anyone)")
    }
    if configuration.limitsFiles, configuration.showsFiles {
      log.write(
        .warning,
        "--file-root limits ssh_cat_file only: commands that show any file are allowed"
      )
    }
    if let faults = configuration.faults.announcement {
      log.write(.warning, "faults are injected", ["faults": faults])
    }
  }

  /// Where the server can be reached.
  var urls: [String] { listener.addresses.map { "http://\($0)" } }

  /// Accepts connections until `close`.
  func run() async {
    ServerLoop.start { [pool] in await pool.maintain() }
    ServerLoop.start { [self] in await endIdleSessions() }
    await listener.run()
  }

  /// Lets answers under way finish for the grace period, then ends everything that was begun; no ssh
  /// process is left when it returns.
  func close() async {
    isClosing = true
    log.write(.info, "stopping")
    listener.stopAccepting()
    listener.endConnections()
    let deadline = MonotonicInstant.now() + configuration.gracePeriod
    while listener.isAnswering, MonotonicInstant.now() < deadline {
      _ = await EventLoop.server.sleep(until: .now() + .milliseconds(10))
    }
    // Commands that still run are cancelled, which ends them at the other end too.
    for session in sessions.all { session.end(.shutdown) }
    _ = await EventLoop.server.sleep(until: .now())
    listener.abortConnections()
    pool.close()
    await SSHChildren.waitForAll()
    refusals?.finish()
    log.write(.info, "stopped")
  }

  /// Takes note of SIGHUP, by which the audit trail goes on in a new file; nothing else changes.
  func hangUp() {
    log.write(.info, "hang-up signal: the audit trail is opened anew, all else goes on")
    audit?.reopen()
  }

  private func endIdleSessions() async {
    let pause = min(Duration.seconds(5), configuration.mcpIdleTimeout / 4)
    while !isClosing {
      _ = await EventLoop.server.sleep(until: .now() + pause)
      sessions.endIdle(at: .now())
    }
  }

  private func metricsPage() -> String {
    metrics.page(
      ServerMetrics.Snapshot(
        pool: pool.counters,
        connections: pool.countsByKey,
        mcpSessions: sessions.count,
        httpConnections: listener.connectionCount,
        poolLimit: configuration.pool.limit,
        rateLimit: configuration.rateLimit
      )
    )
  }
}

extension SocketAddress {
  /// Whether only this machine can reach the address.
  var isLoopback: Bool { host.hasBytePrefix("127.") || host == "::1" }
}
