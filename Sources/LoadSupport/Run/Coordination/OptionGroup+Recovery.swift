import EventIO

/// What clients and servers do when something is gone.
extension OptionGroup {
  package static let jitter = OptionGroup(
    "load",
    RunOption(
      "--jitter",
      .onOff(placeholder: "0|1"),
      "whether clients pause for a random time before they try again (1)",
      to: \.jitters
    ),
    RunOption(
      "--no-jitter",
      .onOff(),
      "the same as --jitter 0: clients that failed together come back together",
      by: .flagAlone
    ) { $0.jitters = !$1 }
  )

  package static let restart = OptionGroup(
    "network",
    for: .scenarios([.restartRecovery]),
    where: .live,
    RunOption(
      "--restart-command",
      .text("COMMAND"),
      "what restarts the server, run by /bin/sh; ends when the old one is gone (none)"
    ) { $0.restartCommand = Secret($1) }
  )
}
