import EventIO

/// The server: its parts put together, from the listening socket to the ssh processes.
@ServerLoop
final class MCPSSHServer {
  private let listener: HTTPListener
  private let pool: ConnectionPool
  private let sessions: MCPSessionRegistry
  private let log: Log

  /// Listens; requests are answered from `run` on.
  ///
  /// - Throws: what the kernel said when it refused the address.
  init(
    _ configuration: ServerConfiguration,
    address: SocketAddress,
    sshExecutable: String
  ) throws(Errno) {
    log = Log(level: configuration.logLevel)
    let ssh = SSHClientSettings(
      executable: sshExecutable,
      identityFile: configuration.identityFile,
      knownHostsFile: configuration.knownHostsFile,
      connectTimeout: configuration.connectTimeout
    )
    let pool = ConnectionPool(limit: configuration.poolLimit, settings: ssh, log: log)
    let metrics = ServerMetrics()
    let sessions = MCPSessionRegistry(limit: configuration.mcpSessionLimit)
    let environment = SSHSession.Environment(
      pool: pool,
      counter: SSHSessionCounter(limit: configuration.sshSessionLimit),
      metrics: metrics,
      outputLimitBytes: configuration.outputLimitBytes,
      commandTimeout: configuration.commandTimeout
    )
    let services = ToolServices(configuration: configuration, ssh: environment)
    let page = MetricsPage()
    let endpoint = MCPEndpoint(
      methods: MCPMethods(tools: [
        ConnectTool(services: services), RunCommandTool(services: services),
        DisconnectTool(services: services),
      ]),
      sessions: sessions,
      metrics: metrics,
      rateLimit: configuration.rateLimit,
      metricsPage: { page.text() }
    )
    listener = try HTTPListener(on: address, handler: endpoint)
    self.pool = pool
    self.sessions = sessions
    page.text = { [unowned self] in
      metrics.page(
        pool: pool.counters,
        connections: pool.countsByKey,
        mcpSessions: sessions.count,
        httpConnections: listener.connectionCount
      )
    }
  }

  private final class MetricsPage {
    var text: () -> String = { "" }
  }

  /// Where the server can be reached.
  var url: String { "http://\(listener.address)" }

  /// Accepts connections until `close`.
  func run() async {
    await listener.run()
  }

  /// Ends everything that was begun; no ssh process is left when it returns.
  func close() async {
    listener.stopAccepting()
    listener.endConnections()
    for session in sessions.all { _ = session.end() }
    pool.close()
    await ChildReaper.waitForAll()
    listener.abortConnections()
    log.write(.info, "stopped")
  }
}
