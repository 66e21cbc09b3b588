import EventIO

/// How ssh is run for every login.
struct SSHClientSettings: Sendable {
  /// The absolute path of OpenSSH's client.
  var executable: String

  /// The private key for logins; nil leaves it to ssh's defaults and an agent.
  var identityFile: String?

  /// The only file with host keys that is believed; nil leaves it to ssh's defaults.
  var knownHostsFile: String?

  /// How long a login may take.
  var connectTimeout: Duration = .seconds(10)

  /// This program, which ssh asks for passwords.
  var askpassProgram = ""

  /// What ssh is given as its environment.
  var environment: [String: String] = [:]

  /// The variables that ssh needs of the server's own: the others are not its business, and may hold
  /// secrets that would show in its /proc/PID/environ.
  static func childEnvironment(of own: [String: String]) -> [String: String] {
    own.filter { name, _ in
      environmentNames.contains { $0.hasSameBytes(as: name) } || name.hasBytePrefix("LC_")
    }
  }

  private static let environmentNames = [
    "HOME", "USER", "LOGNAME", "PATH", "LANG", "TMPDIR", "SSH_AUTH_SOCK",
  ]

  /// The process to start for a login, with a shell at the other end.
  ///
  /// `exec /bin/sh` is the same in every login shell, and replaces it.
  func process(
    for key: PoolKey,
    promptEnvironment: [String: String] = [:],
    remoteCommand: String = "exec /bin/sh"
  ) -> ProcessSpecification {
    let seconds = max(1, Int(connectTimeout.seconds.rounded(.up)))
    let options =
      [
        "ControlPath=none", "LogLevel=ERROR", "ConnectTimeout=\(seconds)", "UpdateHostKeys=no",
        "ClearAllForwardings=yes", "ForwardAgent=no", "PermitLocalCommand=no",
        "ServerAliveInterval=15", "ServerAliveCountMax=3",
      ] + authentication(key) + hostKeys(key)
    var arguments = ["-F", "none", "-T", "-e", "none"]
    for option in options { arguments += ["-o", option] }
    let destination = key.destination
    arguments += ["-p", String(destination.port), "-l", destination.user, "--", destination.host]
    arguments.append(remoteCommand)
    return ProcessSpecification(
      executable,
      arguments,
      environment: environment.merging(promptEnvironment) { $1 },
      // Out of reach of the terminal's Ctrl-C: the server ends its children itself. Should the
      // server be killed, its only thread that starts children ends, and they with it.
      startsSession: true,
      deathSignal: 9
    )
  }

  private func authentication(_ key: PoolKey) -> [String] {
    switch key.credential {
    case .password:
      return [
        "BatchMode=no", "PubkeyAuthentication=no", "NumberOfPasswordPrompts=1",
        "PreferredAuthentications=password,keyboard-interactive",
      ]
    case .serverKey:
      guard let identityFile else { return ["BatchMode=yes"] }
      return [
        "BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none",
        "IdentityFile=\(Self.quoted(identityFile))",
      ]
    }
  }

  private func hostKeys(_ key: PoolKey) -> [String] {
    guard key.verifiesHostKey else {
      return [
        "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
        "GlobalKnownHostsFile=/dev/null",
      ]
    }
    guard let knownHostsFile else { return ["StrictHostKeyChecking=yes"] }
    return [
      "StrictHostKeyChecking=yes", "UserKnownHostsFile=\(Self.quoted(knownHostsFile))",
      "GlobalKnownHostsFile=/dev/null",
    ]
  }

  /// A path as ssh_config(5) has it, where a percent sign begins a token; the options leave no quote in it.
  private static func quoted(_ path: String) -> String {
    "\"" + path.replacing(byte: UInt8(ascii: "%"), with: "%%") + "\""
  }
}
