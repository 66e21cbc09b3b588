import EventIO
import Foundation

/// Networks whose server is a process for each worker.
extension Network {
  /// Starts what starts those processes, and the embedded sshd unless the settings name a target; tries one process.
  static func stdio(
    _ command: StdioCommand,
    _ setup: RunSetup,
    _ wishes: Wishes,
    _ control: RunControl?
  ) async throws -> Network {
    let settings = setup.settings
    let environment = try environment(setup)
    let executable = try executable(command.program, searchPath: environment["PATH"])
    let embedded = try await target(command, setup, wishes)
    var programs: SupervisedProcesses?
    do {
      let host = try await SupervisedProcesses.start(
        executable: setup.programs + "/loadtest",
        environment: environment
      )
      programs = host
      let known = values(embedded, settings)
      let arguments = command.arguments(known)
      let server = StdioServer(
        executable: executable,
        arguments: arguments,
        name: "stdio: \(command.name)",
        secrets: secrets(settings, environment),
        argumentSecrets: Secret.all(inArguments: arguments, besides: known.values),
        host: host
      )
      let endpoint = try MCPClientEndpoint(server)
      let target = embedded?.target ?? settings.target
      let found = try await check(
        endpoint,
        wishes.needsTarget ? target : nil,
        nil,
        settings,
        wishes,
        control
      )
      // What the trial left is none of the load's.
      _ = await host.leftBehind()
      var network = Network(
        endpoint: endpoint,
        profile: found.profile,
        target: target,
        description: description(command, found, embedded, settings, wishes),
        spokenCommands: found.spokenCommands,
        statusCommands: found.statusCommands,
        rateLimit: nil,
        remarks: found.remarks + remarks(on: target, found, settings, wishes),
        embedded: embedded
      )
      (network.programs, network.programsID) = (host, await host.supervisorID)
      return network
    } catch {
      await programs?.stop()
      await embedded?.stop()
      throw error
    }
  }

  /// The sshd that commands run on, if it is not the user's and somebody has to do with one.
  private static func target(
    _ command: StdioCommand,
    _ setup: RunSetup,
    _ wishes: Wishes
  ) async throws -> EmbeddedNetwork? {
    guard setup.settings.usesEmbeddedTarget else {
      guard !command.needsSSH else {
        throw NetworkError(
          "{identity} and {known_hosts} are the embedded sshd's, and LOADTEST_TARGET_HOST names another target: "
            + "name files of your own in LOADTEST_SERVER_STDIO"
        )
      }
      return nil
    }
    guard wishes.needsTarget || command.needsSSH || !wishes.links.isEmpty else { return nil }
    return try await EmbeddedNetwork.start(
      setup,
      limits: wishes.limits,
      links: wishes.links,
      startsServer: false
    )
  }

  private static func remarks(
    on target: SSHTarget,
    _ found: NetworkCheck.Findings,
    _ settings: RunSettings,
    _ wishes: Wishes
  ) -> [String] {
    let isUnheard =
      !settings.usesEmbeddedTarget && target.skipsHostKeyCheck && !found.profile.mapsInsecure
    return (isUnheard ? [insecureRemark(found.profile)] : [])
      + (wishes.headers.isEmpty
        ? [] : ["the header fields of the workload are not sent: a stdio server has none"])
  }

  /// The values of the variables that a user named.
  private static func secrets(_ settings: RunSettings, _ environment: [String: String]) -> [Secret]
  {
    settings.stdioVariables.compactMap { environment[$0] }
      .filter { $0.utf8.count >= Secret.leastBytes }.map { Secret($0) }
  }

  private static func values(
    _ embedded: EmbeddedNetwork?,
    _ settings: RunSettings
  ) -> [String: String] {
    let target = embedded?.target ?? settings.target
    return [
      "target_host": target.host, "target_port": String(target.port),
      "target_user": target.user ?? "",
      "identity": embedded.map { "\($0.directory)/client_key" } ?? "",
      "known_hosts": embedded.map { "\($0.directory)/known_hosts" } ?? "",
    ]
  }

  private static func environment(_ setup: RunSetup) throws(NetworkError) -> [String: String] {
    let names = setup.settings.stdioVariables
    if let missing = names.first(where: { setup.environment[$0] == nil }) {
      throw NetworkError("LOADTEST_STDIO_ENV (--stdio-env) names \(missing), which is not set")
    }
    return ChildEnvironment.of(setup.environment, naming: names)
  }

  /// The path of a program that is named by itself or by a path.
  private static func executable(
    _ program: String,
    searchPath: String?
  ) throws(NetworkError) -> String {
    let here = FileManager.default.currentDirectoryPath
    if program.containsBytes("/") {
      let path = program.hasBytePrefix("/") ? program : "\(here)/\(program)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
      throw NetworkError(
        "there is no program \(program), which LOADTEST_SERVER_STDIO (--stdio) names"
      )
    }
    for folder in (searchPath ?? "/usr/local/bin:/usr/bin:/bin").split(at: UInt8(ascii: ":")) {
      let path = folder.hasBytePrefix("/") ? "\(folder)/\(program)" : "\(here)/\(folder)/\(program)"
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
        FileManager.default.isExecutableFile(atPath: path)
      {
        return path
      }
    }
    throw NetworkError(
      "there is no program \(program) in PATH, which LOADTEST_SERVER_STDIO (--stdio) names: name it by its path"
    )
  }

  private static func description(
    _ command: StdioCommand,
    _ found: NetworkCheck.Findings,
    _ embedded: EmbeddedNetwork?,
    _ settings: RunSettings,
    _ wishes: Wishes
  ) -> NetworkDescription {
    var details = ["server": found.server, "sshd": embedded?.description.details["sshd"]]
      .compactMapValues(\.self)
    if settings.usesEmbeddedTarget, !wishes.needsTarget { details["sshd"] = nil }
    let target = embedded?.target ?? settings.target
    var description = NetworkDescription(
      kind: settings.usesEmbeddedTarget ? .embedded : .live,
      server: "stdio: \(command.name)",
      serverName: found.serverName,
      serverCommand: command.digest,
      target: wishes.needsTarget
        ? target.place(found.profile) : NetworkDescription.noTarget,
      lacks: found.lacks,
      serverCores: Machine.current().cores,
      links: wishes.links.isEmpty ? nil : wishes.links,
      linkEmulation: embedded?.description.linkEmulation
        ?? (wishes.links.isEmpty ? nil : settings.linkEmulation),
      details: details
    )
    description.note(found.profile.form.era, found.revision)
    return description
  }
}
