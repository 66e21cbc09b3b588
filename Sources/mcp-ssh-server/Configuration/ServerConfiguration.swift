import EventIO

/// All settings of the server, with their defaults.
struct ServerConfiguration: Sendable {
  var host = "127.0.0.1"
  var port: UInt16 = 3000
  var token: BearerToken?
  var allowsAnyone = false
  var pool = ConnectionPool.Settings()
  var connectionLimit = 1000
  var sshSessionLimit = 50
  var mcpSessionLimit = 1000
  var mcpIdleTimeout = Duration.seconds(1800)
  var abandonTimeout = Duration.seconds(120)
  var rateLimit = RateLimit()
  var identityFile: String?
  var knownHostsFile: String?
  var sshExecutable: String?
  var allowsInsecure = false
  var allowedHosts = AllowedHosts()
  var connectTimeout = Duration.seconds(10)
  var commandTimeout = Duration.seconds(60)
  var outputLimitBytes = 1024 * 1024
  var allowsAnyCommand = false
  var commandPolicy = CommandPolicy.standard
  var hasCommandRules = false
  var fileRoots = ["/"]
  var auditFile: String?
  var gracePeriod = Duration.seconds(5)
  var logLevel = LogLevel.info
  var faults = FaultInjection.Settings()

  /// Whether `ssh_cat_file` may read some files only.
  var limitsFiles: Bool { !fileRoots.contains { $0.hasSameBytes(as: "/") } }

  /// Whether commands may show any file.
  var showsFiles: Bool { allowsAnyCommand || commandPolicy.showsFiles }
}
