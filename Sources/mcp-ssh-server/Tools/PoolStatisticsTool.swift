import EventIO

/// `ssh_pool_stats`: the connection pool's counters, and the caller's connections by destination.
struct PoolStatisticsTool: Tool {
  let pool: ConnectionPool

  let names = ["ssh_pool_stats"]

  let summary = "Returns the counters of the SSH connection pool and your own connections."
  let arguments = [Self.host.schema]
  let annotations = ToolAnnotations(
    title: "Count SSH connections",
    isReadOnly: true,
    isIdempotent: true,
    isOpenWorld: false
  )

  private static let host = ToolArgument.text("host", "Only connections to this host.")

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let host = try call.value(Self.host)
    let counters = pool.counters
    let idle = pool.countsByKey.mapValues(\.idle)
    // Where others are logged in is not the caller's to know. An idle connection with the caller's own
    // credential is one that it would be given.
    let pools = Dictionary(grouping: call.session.sshSessions.values, by: \.key)
      .filter { host == nil || $0.key.destination.host == host }
      .sorted { $0.key.destination.description < $1.key.destination.description }
      .map { key, sessions -> JSONValue in
        [
          "host": .string(key.destination.host), "user": .string(key.destination.user),
          "port": .number(String(key.destination.port)),
          "active": .number(String(sessions.count)), "idle": .number(String(idle[key] ?? 0)),
        ]
      }
    let statistics: JSONValue = [
      "global": [
        "hits": .number(String(counters.hits)), "misses": .number(String(counters.misses)),
        "creates": .number(String(counters.creates)),
        "expires": .number(String(counters.expires)),
        "health_fails": .number(String(counters.healthFails)),
      ],
      "pools": .array(pools),
      "limit": .number(String(pool.limit)),
    ]
    let members: [JSONValue.Member] = [.init("stats", statistics)]
    return .structured(members, extra: members)
  }
}
