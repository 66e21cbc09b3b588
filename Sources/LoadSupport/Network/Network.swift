import Foundation

/// The network under test, from the first packet to the last: embedded or live.
package struct Network: Sendable {
  /// The MCP server.
  package let endpoint: MCPEndpoint

  /// Where its commands run.
  package let target: SSHTarget

  /// What reports say of it.
  package let description: NetworkDescription

  private let embedded: EmbeddedNetwork?

  /// Starts the embedded network, or takes the server that the settings name.
  ///
  /// Nothing outside loopback is ever touched unless the settings name it.
  package static func open(
    _ settings: RunSettings,
    programs: String,
    limits: ServerLimits,
    environment: [String: String]
  ) async throws -> Network {
    if let url = settings.serverURL {
      return Network(
        endpoint: try MCPEndpoint(url),
        target: settings.target,
        description: NetworkDescription(
          kind: "live",
          server: "\(url)",
          target: "\(settings.target.host):\(settings.target.port)"
        ),
        embedded: nil
      )
    }
    let embedded = try await EmbeddedNetwork.start(
      programs: programs,
      limits: limits,
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
