import EventIO

/// The metrics of servers that figures are made of, by their names in the Prometheus text format.
///
/// Any server may have them: those of processes are the names that client libraries agree on
/// (prometheus.io, "Writing client libraries"), the others those of docs/server.md.
enum ServerMetricName {
  static let poolHits = "mcp_pool_hits_total"
  static let poolMisses = "mcp_pool_misses_total"
  static let poolCreates = "mcp_pool_creates_total"
  static let poolHealthFails = "mcp_pool_health_fails_total"
  static let poolActive = "mcp_pool_connections_active"
  static let poolIdle = "mcp_pool_connections_idle"
  static let poolLimit = "mcp_pool_connections_limit"
  static let sessionsActive = "mcp_ssh_sessions_active"
  static let mcpSessions = "mcp_sessions_active"
  static let commands = "mcp_ssh_commands_total"
  static let rateLimit = "mcp_http_rate_limit_requests"
  static let rateWindow = "mcp_http_rate_limit_window_seconds"
  static let cpuSeconds = "process_cpu_seconds_total"
  static let memory = "process_resident_memory_bytes"
  static let openDescriptors = "process_open_fds"
  static let threads = "process_threads"
  static let startTime = "process_start_time_seconds"

  /// Names that other libraries and agents have for the same figures, in the order in which they count: those of
  /// OpenTelemetry's process metrics, prometheus-net, Micrometer and the clients for Go and Java.
  ///
  /// They are read where a server has no metric of the name above. What is only akin stays apart: neither
  /// goroutines (`go_goroutines`) nor the handles of an event loop (`nodejs_active_handles_total`) are threads or
  /// descriptors, and a heap is not the memory of the process.
  static let synonyms: KeyValuePairs<String, [String]> = [
    memory: ["process_memory_usage_bytes", "process_working_set_bytes"],
    cpuSeconds: ["process_cpu_time_seconds_total"],
    openDescriptors: [
      "process_open_file_descriptor_count", "process_open_handles", "process_files_open_files",
    ],
    threads: [
      "process_thread_count", "process_num_threads", "go_threads", "jvm_threads_live_threads",
      "jvm_threads_current",
    ],
  ]

  /// The name by which a server has a metric: the usual one, else the first other; nil where it has none.
  static func reportedName(of metric: String, where isReported: (String) -> Bool) -> String? {
    let others = synonyms.first { $0.key.hasSameBytes(as: metric) }?.value ?? []
    return ([metric] + others).first(where: isReported)
  }

  /// What is told of the pool in every report, in the order of its lines.
  static let poolCounters = [poolHits, poolMisses, poolCreates, poolHealthFails]

  /// What each stands for, in the order of lists.
  static let meanings: KeyValuePairs = [
    poolLimit: "SSH connections that the pool may have",
    rateLimit: "requests that a session may make in a window",
    rateWindow: "length of that window in seconds",
    poolHits: "logins saved by the pool",
    poolMisses: "sessions that found nothing in the pool",
    poolCreates: "logins made",
    poolHealthFails: "pooled connections found dead",
    poolActive: "SSH connections in use",
    poolIdle: "SSH connections kept for later",
    sessionsActive: "SSH sessions open",
    mcpSessions: "MCP sessions that have not ended",
    commands: "commands run",
    cpuSeconds: "CPU time of the server",
    memory: "memory of the server, for leaks",
    openDescriptors: "open descriptors of the server, for leaks",
    threads: "threads of the server, for leaks",
    startTime: "when the server started, for restarts",
  ]
}
