import EventIO

/// What this program is called, as `initialize`, `/metrics` and `--version` tell it.
enum ProgramVersion {
  static let name = "mcp-ssh-server"
  static let number = PackageVersion.number
}
