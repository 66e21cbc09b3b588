import EventIO

/// How ssh is run for every login.
struct SSHClientSettings: Sendable {
  /// The absolute path of OpenSSH's client.
  var executable: String

  /// The private key for logins; nil leaves it to ssh's defaults.
  var identityFile: String?

  /// The only file with host keys that is believed; nil leaves it to ssh's defaults.
  var knownHostsFile: String?

  /// How long a login may take.
  var connectTimeout: Duration = .seconds(10)

  /// The process to start for a login, with a shell at the other end.
  ///
  /// `exec /bin/sh` is the same in every login shell, and replaces it.
  func process(
    for destination: SSHDestination,
    remoteCommand: String = "exec /bin/sh"
  ) -> ProcessSpecification {
    let seconds = max(1, Int(connectTimeout.seconds.rounded(.up)))
    var options = [
      "ControlPath=none", "BatchMode=yes", "LogLevel=ERROR", "ConnectTimeout=\(seconds)",
      "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ClearAllForwardings=yes",
      "ForwardAgent=no", "ServerAliveInterval=15", "ServerAliveCountMax=3",
    ]
    if let knownHostsFile {
      options += ["UserKnownHostsFile=\(knownHostsFile)", "GlobalKnownHostsFile=none"]
    }
    if let identityFile {
      options += ["IdentitiesOnly=yes", "IdentityFile=\(identityFile)"]
    }
    var arguments = ["-F", "none", "-T", "-e", "none"]
    for option in options { arguments += ["-o", option] }
    arguments += ["-p", String(destination.port), "-l", destination.user, "--", destination.host]
    arguments.append(remoteCommand)
    return ProcessSpecification(
      executable,
      arguments,
      // Out of reach of the terminal's Ctrl-C: the server ends its children itself. Should the
      // server be killed, its only thread that starts children ends, and they with it.
      startsSession: true,
      deathSignal: 9
    )
  }
}
