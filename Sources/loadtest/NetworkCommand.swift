import EventIO
import Foundation
import LoadSupport

/// `loadtest network`: the embedded network alone, to try things by hand.
struct NetworkCommand: Command, Equatable {
  var showsConstants = false

  static let name = "network"
  static let calls: [CommandCall] = [("network", "start the embedded network, until Ctrl-C")]
  static let examples: [CommandCall] = [
    ("network", "until Ctrl-C"),
    ("network --server-arguments '--pool-limit 3'", "with a small pool"),
    ("network --constants", "addresses of the test network for a shell"),
  ]
  static let about = """
    Starts mcp-ssh-server and an sshd behind it on loopback, with the links of the test network,
    and prints where they listen.
    """
  static let exitStatus = "0 printed, 2 bad usage, 3 could not be started, 130 interrupted"
  static let groups: [OptionGroup] = [
    .seed.always, .embeddedServer.always, .embeddedNetwork.always, .sshd.always,
  ]
  static let options: [ProgramOption<Self>] = [
    .toggle(
      "--constants",
      "print addresses, ports and limits of the test network for a shell instead",
      to: \.showsConstants
    )
  ]

  func run(_ setup: RunSetup) async throws -> Int32 {
    if showsConstants {
      Output.standard.write(TestNetwork.standard.shellAssignments)
      return 0
    }
    let control = RunControl()
    let watch = EndWatch(control)
    defer { watch.cancel() }
    let network = try await EmbeddedNetwork.start(
      setup,
      limits: .loadTest,
      links: LinkCondition.all
    )
    let target = network.target
    var lines = [
      "server     \(network.serverURL)",
      "target     \(target.user ?? "")@\(target.host):\(target.port)",
    ]
    for link in LinkCondition.all.dropFirst() {
      let target = network.target(over: link)
      lines.append("link \(link.port)  \(target.host):\(target.port)")
    }
    lines.append("directory  \(network.directory)")
    Output.standard.write(lines.map { $0 + "\n" }.joined())
    while !control.isStopping { try await Task.sleep(for: .milliseconds(100)) }
    await network.stop()
    return 130
  }
}
