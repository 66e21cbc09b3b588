/// All tools of the server.
@ServerLoop
enum ToolCatalog {
  /// The tools in the order of `tools/list`.
  static func all(
    _ configuration: ServerConfiguration,
    _ environment: SSHSession.Environment
  ) -> [any Tool] {
    [
      ConnectTool(
        environment: environment,
        allowsInsecure: configuration.allowsInsecure,
        allowedHosts: configuration.allowedHosts
      ),
      RunCommandTool(
        policy: configuration.allowsAnyCommand ? .anyCommand : configuration.commandPolicy,
        metrics: environment.metrics
      ),
      CatFileTool(
        roots: configuration.fileRoots,
        limitBytes: configuration.outputLimitBytes
      ),
      HostnameTool(), DisconnectTool(), ListSessionsTool(),
      PoolStatisticsTool(pool: environment.pool),
    ]
  }
}
