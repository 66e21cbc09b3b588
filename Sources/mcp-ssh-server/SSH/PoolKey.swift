/// What connections must have in common to stand in for each other.
struct PoolKey: Hashable, Sendable {
  /// Account, host and port.
  let destination: SSHDestination

  /// How the login is proved.
  let credential: Credential

  /// Whether the host key was checked: who asked for that must not get an unchecked connection.
  let verifiesHostKey: Bool
}
