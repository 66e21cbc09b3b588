import EventIO
import Foundation

/// The constants of the test network: three hosts, their ports, limits and link conditions.
///
/// They stand in `nix/constants/loadtest.json`, which the Nix code reads too and which is part of the
/// program from its build on.
package struct TestNetwork: Sendable, Decodable {
  /// What connects the hosts.
  struct Bridge: Sendable, Decodable {
    /// The name of the interface.
    let name: String

    /// The address of whoever owns the bridge.
    let address: String

    /// The length of the network's prefix in bits.
    let prefixLength: Int

    private enum CodingKeys: String, CodingKey {
      case name
      case address
      case prefixLength = "prefix_length"
    }
  }

  /// A host, as far as programs must know it.
  struct Host: Sendable, Decodable {
    /// Its address on the bridge.
    let address: String
  }

  /// The three hosts.
  struct Hosts: Sendable, Decodable {
    /// The load generator.
    let agent: Host

    /// The MCP SSH servers.
    let mcp: Host

    /// Where commands run.
    let target: Host
  }

  /// Where the servers listen.
  struct Server: Sendable, Decodable {
    /// The port of the one with the load test's limits.
    let port: UInt16

    /// The port of the one with standard limits.
    let limitedPort: UInt16

    /// The path of the MCP endpoint.
    let path: String

    private enum CodingKeys: String, CodingKey {
      case port
      case limitedPort = "limited_port"
      case path
    }
  }

  /// Who logs in to the target; credentials of throw-away machines only.
  struct Login: Sendable, Decodable {
    /// The user.
    let user: String

    /// The password, where the target takes one.
    let password: String
  }

  /// The limits of the two servers.
  package struct Limits: Sendable, Decodable {
    /// Nothing in the way of a load.
    package let loadTest: ServerLimits

    /// What a server has unless its operator says otherwise.
    package let standard: ServerLimits

    private enum CodingKeys: String, CodingKey {
      case loadTest = "load_test"
      case standard
    }
  }

  /// What connects the hosts.
  let bridge: Bridge

  /// The hosts.
  let hosts: Hosts

  /// Where the servers listen.
  let server: Server

  /// Who logs in to the target.
  let login: Login

  /// The limits of the two servers.
  package let limits: Limits

  /// The links to the target, the undisturbed one first.
  package let links: [LinkCondition]

  /// The constants of the build.
  package static let standard: TestNetwork = {
    do {
      return try JSONDecoder().decode(
        TestNetwork.self,
        from: Data(PackageResources.loadtest_json)
      )
    } catch {
      // Not something that a user could have done: the file is part of this program.
      preconditionFailure("nix/constants/loadtest.json: \(error)")
    }
  }()

  /// The constants as assignments for a shell, one a line.
  package var shellAssignments: String {
    let values = [
      ("bridge", bridge.name), ("bridge_address", bridge.address),
      ("prefix_length", String(bridge.prefixLength)), ("agent_address", hosts.agent.address),
      ("mcp_address", hosts.mcp.address), ("target_address", hosts.target.address),
      ("mcp_port", String(server.port)), ("limited_port", String(server.limitedPort)),
      ("mcp_path", server.path), ("target_user", login.user),
      ("links", links.map(\.argument).joined(separator: " ")),
      ("load_pool", String(limits.loadTest.pool)),
      ("load_requests", String(limits.loadTest.requestsPerWindow)),
      ("load_window", String(limits.loadTest.windowSeconds)),
      ("standard_pool", String(limits.standard.pool)),
      ("standard_requests", String(limits.standard.requestsPerWindow)),
      ("standard_window", String(limits.standard.windowSeconds)),
    ]
    return values.map { "\($0)='\($1)'\n" }.joined()
  }
}
