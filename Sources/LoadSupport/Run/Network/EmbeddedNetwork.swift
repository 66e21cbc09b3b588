import EventIO
import Foundation
import Glibc

/// A real sshd, where one is needed, and an `mcp-ssh-server` on loopback, for the current user, with keys of
/// their own.
package struct EmbeddedNetwork: Sendable {
  /// The SSH server as the MCP server is told; that of the settings where none was started.
  package let target: SSHTarget

  /// Where the MCP server listens; port 0 where none was started.
  package let serverURL: HTTPURL

  /// What reports say of this network.
  let description: NetworkDescription

  /// The process below which everything of this network runs.
  let supervisorID: pid_t?

  /// The MCP server, to be taken down and brought back.
  let server: EmbeddedProgram

  /// The target's sshd in the same way; nil where there is none.
  let sshd: EmbeddedProgram?

  /// The process that the server's command runs in, nil where none was started; what it starts is below it.
  let serverID: pid_t?

  private let emulation: LinkEmulation?
  private let processes: SupervisedProcesses

  /// Brings the network up and returns when both servers answer.
  ///
  /// The settings may name another server and another sshd; the other programs of OpenSSH are looked for
  /// where the environment says. Where neither the load nor the server has to do with SSH, there is no sshd, and
  /// nothing of OpenSSH is needed. Without `startsServer` there is the sshd alone, and no server. Throws a sentence
  /// that says what is missing or failed.
  package static func start(
    _ setup: RunSetup,
    limits: ServerLimits,
    links: [LinkCondition] = [],
    needsTarget: Bool = true,
    startsServer: Bool = true,
    commandTimeout: Duration? = nil,
    sessionIdle: Duration? = nil
  ) async throws -> EmbeddedNetwork {
    let settings = setup.settings
    let command =
      settings.server ?? ServerCommand(program: setup.programs + "/mcp-ssh-server")
    let processes = try await SupervisedProcesses.start(
      executable: setup.programs + "/loadtest",
      environment: setup.environment
    )
    do {
      let needsSSH = needsTarget || !links.isEmpty || command.needsSSH
      let ssh = needsSSH ? try await startSSH(links, processes, setup) : nil
      let start = { @Sendable (name: String, port: UInt16?) async throws -> (HTTPURL, pid_t?) in
        try await startServer(
          command,
          ssh?.programs,
          processes,
          limits,
          settings.serverArguments,
          commandTimeout: commandTimeout,
          sessionIdle: sessionIdle,
          patience: settings.serverStart,
          as: name,
          at: port
        )
      }
      let (url, serverID) =
        startsServer
        ? try await start("server", nil) : (HTTPURL(host: "127.0.0.1", port: 0), nil)
      let reached = needsTarget ? ssh : nil
      return EmbeddedNetwork(
        target: ssh?.target ?? settings.target,
        serverURL: url,
        description: NetworkDescription(
          kind: .embedded,
          server: "\(url)",
          serverName: settings.server == nil ? "mcp-ssh-server" : nil,
          serverCommand: ServerCommand.digest(settings.server, more: settings.serverArguments),
          target: reached.map { "\($0.target.host):\($0.target.port)" }
            ?? NetworkDescription.noTarget,
          limits: limits,
          serverCores: Machine.current().cores,
          links: links.isEmpty ? nil : links,
          linkEmulation: ssh?.emulation?.description,
          details: try reached.map { ["sshd": try sshVersion($0.programs)] } ?? [:]
        ),
        supervisorID: await processes.supervisorID,
        server: EmbeddedProgram("server", processes) { _ = try await start($0, url.port) },
        sshd: ssh?.sshd,
        serverID: serverID,
        emulation: ssh?.emulation,
        processes: processes
      )
    } catch {
      await processes.stop()
      throw error
    }
  }

  /// The half of the network that commands run on.
  private struct SSH {
    let programs: OpenSSH
    let target: SSHTarget
    let sshd: EmbeddedProgram
    let emulation: LinkEmulation?
  }

  private static func startSSH(
    _ links: [LinkCondition],
    _ processes: SupervisedProcesses,
    _ setup: RunSetup
  ) async throws -> SSH {
    let openSSH = try OpenSSH.find(sshd: setup.settings.sshd, environment: setup.environment)
    let user = try currentUser()
    let directory = processes.directory
    try makeKeys(openSSH, in: directory)
    let (port, sshd) = try await startSSHD(openSSH, processes)
    let emulation = try await emulate(links, openSSH, processes, port, setup)
    let hostKey = try String(contentsOfFile: "\(directory)/host_key.pub", encoding: .utf8)
    var places = ["[127.0.0.1]:\(port)"]
    if let emulation { places += emulation.ports.values.map { "[\(emulation.host)]:\($0)" } }
    try Set(places).map { "\($0) \(hostKey)" }.joined().write(
      toFile: "\(directory)/known_hosts",
      atomically: true,
      encoding: .utf8
    )
    return SSH(
      programs: openSSH,
      target: SSHTarget(host: "127.0.0.1", port: port, user: user),
      sshd: sshd,
      emulation: emulation
    )
  }

  private static func makeKeys(_ openSSH: OpenSSH, in directory: String) throws {
    for key in ["host_key", "client_key"] {
      try OpenSSH.run(
        openSSH.keygen,
        ["-q", "-t", "ed25519", "-N", "", "-C", "loadtest", "-f", "\(directory)/\(key)"]
      )
    }
    try FileManager.default.copyItem(
      atPath: "\(directory)/client_key.pub",
      toPath: "\(directory)/authorized_keys"
    )
  }

  /// Takes everything down and returns when it is gone.
  package func stop() async {
    await processes.stop()
  }

  /// The target over one of the links that the network was started with.
  package func target(over link: LinkCondition) -> SSHTarget {
    var target = target
    guard !link.isUndisturbed, let emulation, let port = emulation.ports[link.port] else {
      return target
    }
    target.host = emulation.host
    target.port = port
    return target
  }

  /// The directory with keys and logs; it goes with the network.
  package var directory: String { processes.directory }

  // MARK: Links

  private static func emulate(
    _ links: [LinkCondition],
    _ openSSH: OpenSSH,
    _ processes: SupervisedProcesses,
    _ port: UInt16,
    _ setup: RunSetup
  ) async throws -> LinkEmulation? {
    if links.isEmpty { return nil }
    let kernel = await LinkEmulation.startKernel(
      links,
      sshd: openSSH.sshd,
      processes: processes
    ) { addresses in
      try writeConfiguration(openSSH, processes.directory, name: "netem_config", addresses)
    }
    if let kernel { return kernel }
    return try await LinkEmulation.start(
      links,
      to: port,
      seed: setup.settings.seed,
      program: setup.programs + "/loadtest",
      processes: processes
    )
  }

  // MARK: sshd

  private static func startSSHD(
    _ openSSH: OpenSSH,
    _ processes: SupervisedProcesses
  ) async throws -> (UInt16, EmbeddedProgram) {
    if geteuid() == 0, !FileManager.default.fileExists(atPath: "/run/sshd") {
      // The one change to the system: as root sshd insists on this empty directory.
      try FileManager.default.createDirectory(
        atPath: "/run/sshd",
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o755]
      )
    }
    var failure: any Error = NetworkError("sshd did not start")
    // Another process may take the free port before sshd does; then another one is tried.
    for attempt in 0..<5 {
      let port = try Socket.freeLoopbackPort()
      let name = "sshd-\(attempt)"
      let configuration = try writeConfiguration(
        openSSH,
        processes.directory,
        name: "sshd_config",
        ["127.0.0.1:\(port)"]
      )
      let launch = { @Sendable (name: String) async throws in
        try await processes.start(name, openSSH.sshd, ["-D", "-e", "-f", configuration])
        if try await isAnswering(port, name, processes) { return }
        throw NetworkError("sshd did not start: \(processes.lastWords(of: name))")
      }
      do {
        try await launch(name)
        return (port, EmbeddedProgram(name, processes, launch: launch))
      } catch {
        failure = error
      }
    }
    throw failure
  }

  /// Writes sshd's configuration; every login gets the network's directory as its home.
  ///
  /// A bash that sshd starts reads `~/.bashrc` for every command. What users keep there may take a
  /// second, wait for a lock, or write to the output: it is no part of what is measured here.
  private static func writeConfiguration(
    _ openSSH: OpenSSH,
    _ directory: String,
    name: String,
    _ addresses: [String]
  ) throws -> String {
    // Words in quotes know no escape in older versions, and a percent sign begins a token.
    guard directory.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && !"\"\\%".utf8.contains($0) })
    else {
      throw NetworkError(
        "the temporary directory \(String(reflecting: directory)) cannot be named in sshd's configuration: "
          + "set TMPDIR to one without quotes, backslashes, percent signs and control characters"
      )
    }
    let path = "\(directory)/\(name)"
    let common = """
      \(addresses.map { "ListenAddress \($0)" }.joined(separator: "\n"))
      HostKey "\(directory)/host_key"
      AuthorizedKeysFile "\(directory)/authorized_keys"
      PidFile none
      UsePAM no
      StrictModes no
      UseDNS no
      PermitRootLogin yes
      PubkeyAuthentication yes
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitUserRC no
      SetEnv "HOME=\(directory)"
      PrintMotd no
      PrintLastLog no
      X11Forwarding no
      AllowTcpForwarding no
      MaxStartups 1000
      MaxSessions 1000
      LoginGraceTime 30

      """
    // Since OpenSSH 9.8 many logins from one address are punished; older ones refuse the word.
    for extra in ["PerSourcePenalties no\n", ""] {
      try (common + extra).write(toFile: path, atomically: true, encoding: .utf8)
      do {
        try OpenSSH.run(openSSH.sshd, ["-t", "-f", path])
        return path
      } catch  where !extra.isEmpty {
        continue
      }
    }
    return path
  }

  /// Waits until sshd sends its banner; false if it ended before.
  private static func isAnswering(
    _ port: UInt16,
    _ name: String,
    _ processes: SupervisedProcesses
  ) async throws -> Bool {
    let deadline = MonotonicInstant.now() + .seconds(15)
    while MonotonicInstant.now() < deadline {
      if try await processes.end(of: name) != nil { return false }
      if try await processes.greeting(ofPort: port).starts(with: "SSH-".utf8) { return true }
      try await Task.sleep(for: .milliseconds(20))
    }
    return false
  }

  private static func currentUser() throws(NetworkError) -> String {
    guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else {
      throw NetworkError("the current user (id \(geteuid())) has no name; sshd cannot log it in")
    }
    let user = String(cString: name)
    // Only root may read this file, and only root is stopped by a lock of its own account.
    let shadow = (try? String(contentsOfFile: "/etc/shadow", encoding: .utf8)) ?? ""
    if shadow.lines().contains(where: { $0.hasBytePrefix("\(user):!") }) {
      throw NetworkError(
        "the account \(user) is locked (its entry in /etc/shadow begins with \"!\"), and sshd "
          + "refuses it even with a key: run the suite as another user, or `usermod -p '*' \(user)`"
      )
    }
    return user
  }

  private static func sshVersion(_ openSSH: OpenSSH) throws -> String {
    String(try OpenSSH.run(openSSH.ssh, ["-V"]).trimmed())
  }
}
