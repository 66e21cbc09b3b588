import EventIO

/// `ssh_pool_stats`: the connection pool's counters, and its connections by destination.
struct PoolStatisticsTool: Tool {
  let pool: ConnectionPool

  let names = ["ssh_pool_stats"]

  let definition = ToolSchema.tool(
    "ssh_pool_stats",
    "Returns the counters of the SSH connection pool and its connections.",
    [ToolSchema.property("host", "string", "Only connections to this host.")]
  )

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let host = try call.arguments.string("host")
    let counters = pool.counters
    let pools = pool.countsByKey
      .filter { host == nil || $0.key.destination.host == host }
      .sorted { $0.key.destination.description < $1.key.destination.description }
      .map { key, counts -> JSONValue in
        [
          "host": .string(key.destination.host), "user": .string(key.destination.user),
          "port": .number(String(key.destination.port)),
          "active": .number(String(counts.active)), "idle": .number(String(counts.idle)),
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
