import EventIO

/// Who asks, as servers and proxies are told: one name and version in every place that has one.
enum ClientIdentity {
  static let name = "mcp-ssh-loadtest"
  static let version = PackageVersion.number

  /// The field of requests over HTTP that tells it (RFC 9110 §10.1.5); a user's own wins.
  static let field = "User-Agent"
  static let userAgent = "\(name)/\(version)"

  /// Whether a field of that name is meant, whose letters have no case.
  static func isField(_ name: String) -> Bool {
    name.asciiLowercased().hasSameBytes(as: "user-agent")
  }
}
