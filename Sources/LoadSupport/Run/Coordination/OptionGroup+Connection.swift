import EventIO

/// How the server is reached.
extension OptionGroup {
  package static let stdio = OptionGroup(
    "network",
    RunOption(
      "--server-stdio",
      .stdio,
      "a server on stdin and stdout, a process of it for each worker",
      alias: "--stdio",
      to: \.stdio
    )
  )

  package static let stdioEnvironment = OptionGroup(
    "network",
    where: .stdio,
    RunOption(
      "--stdio-env",
      OptionValue("NAMES") { text throws(InvalidValue) in
        let names = text.split(at: UInt8(ascii: ",")).map { String($0.trimmed()) }
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty && !$0.containsBytes("=") }) else {
          // Somebody may have given a value with it.
          throw .expected("names of variables with commas between them", shown: "(not shown)")
        }
        return names
      },
      "variables of ours that it gets besides the usual ones (none)"
    ) { $0.stdioVariables = $1 }
  )

  static let sessionIdle = OptionGroup(
    "network",
    for: .scenarios([.sessionChurn]),
    RunOption(
      "--session-idle-timeout",
      .time(.seconds(1) ... .seconds(86_400)),
      "after what silence the server ends a session that was left (not known; embedded: 2s)",
      to: \.sessionIdleTimeout
    )
  )

  static let serverProcess = OptionGroup(
    "network",
    where: .live,
    RunOption(
      "--server-pid",
      .process,
      "its process, where it runs on this machine: what it holds is read from /proc (not known)",
      to: \.serverPID
    )
  )

  package static let tls = OptionGroup(
    "network",
    where: .secure,
    RunOption(
      "--tls-ca",
      .certificate("of trusted certificates"),
      "certificates to trust (the system's)",
      to: \.tls.authorities
    ),
    RunOption(
      "--tls-cert",
      .certificate("of a client certificate"),
      "a client certificate to show",
      to: \.tls.certificate
    ),
    RunOption(
      "--tls-key",
      .readableFile("of the client certificate's key (PEM)"),
      "its key, without a password (in the same file)",
      to: \.tls.key
    ),
    RunOption(
      "--tls-insecure",
      .onOff(),
      "take any certificate; reports say so",
      to: \.tls.isInsecure
    ),
    RunOption(
      "--tls-resume",
      .onOff(placeholder: "0|1"),
      "whether connections take up the session before (1)",
      to: \.tls.resumes
    )
  )

  package static let metrics = OptionGroup(
    "network",
    where: .otherServer,
    RunOption(
      "--metrics-url",
      .url,
      "the page of the server's metrics (/metrics of the server)",
      to: \.metricsURL
    )
  )

  package static let trace = OptionGroup(
    "network",
    RunOption(
      "--traceparent",
      .name("PLACE"),
      "where requests say which line of the recording they are: off, header or meta",
      to: \.traceChoice
    )
  )

  package static let proxy = OptionGroup(
    "network",
    where: .live,
    RunOption(
      "--proxy",
      .proxy,
      "an HTTP proxy to reach the server through, or those of the environment (none)",
      to: \.proxyChoice
    ),
    RunOption(
      "--proxy-credentials-file",
      .firstLine("USER:PASSWORD", holding: ":"),
      "who asks it: USER:PASSWORD in the first line of a file",
      to: \.proxyCredentials
    )
  )
}
