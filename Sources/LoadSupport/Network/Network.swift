import EventIO

/// The network under test, from the first packet to the last: embedded or live.
package struct Network: Sendable {
  /// The MCP server.
  package let endpoint: MCPEndpoint

  /// Where its commands run.
  package let target: SSHTarget

  /// What reports say of it.
  package let description: NetworkDescription

  private let embedded: EmbeddedNetwork?

  /// CPU time in seconds of everything that serves requests: server, sshd and all their children,
  /// those that have ended included; nil where that cannot be known.
  package var servingCPUSeconds: (@Sendable () -> Double?)? {
    guard let supervisor = embedded?.supervisorID else { return nil }
    return { ProcessTree().cpuSeconds(below: supervisor) }
  }

  /// The target over one of the links that the network was opened with.
  package func target(over link: LinkCondition) -> SSHTarget {
    if let embedded { return embedded.target(over: link) }
    var target = target
    target.port = link.port
    return target
  }

  /// Starts the embedded network, or takes the server that the settings name.
  ///
  /// Nothing outside loopback is ever touched unless the settings name it.
  package static func open(
    _ settings: RunSettings,
    programs: String,
    limits: ServerLimits,
    links: [LinkCondition] = [],
    environment: [String: String]
  ) async throws -> Network {
    if let url = settings.serverURL {
      return Network(
        endpoint: try MCPEndpoint(url),
        target: settings.target,
        description: NetworkDescription(
          kind: "live",
          server: "\(url)",
          target: "\(settings.target.host):\(settings.target.port)",
          limits: limits,
          links: links.isEmpty ? nil : links
        ),
        embedded: nil
      )
    }
    let embedded = try await EmbeddedNetwork.start(
      programs: programs,
      limits: limits,
      links: links,
      seed: settings.seed,
      serverArguments: settings.serverArguments,
      environment: environment
    )
    return Network(
      endpoint: try MCPEndpoint(embedded.serverURL),
      target: embedded.target,
      description: embedded.description,
      embedded: embedded
    )
  }

  /// Takes down what was started.
  package func close() async {
    await embedded?.stop()
  }
}
