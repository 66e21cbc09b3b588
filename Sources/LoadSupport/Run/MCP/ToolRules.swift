import EventIO

/// The words by which tools of SSH servers and their arguments are recognised, in whichever style a server writes
/// its names.
enum ToolRules {
  /// What an argument may be called that stands for one of ours.
  struct Argument: Sendable {
    /// Our name of it in a tool profile.
    let role: String

    /// Names, the most telling first, in one word and without what says nothing (`ssh_host` is `host`).
    let names: [String]

    /// The types that it must have one of.
    let types: [String]

    /// A word of descriptions by which it is taken where no name is known; nil for names alone.
    var hint: String?
  }

  /// What a tool's name has that does one of the three things.
  struct Tool: Sendable {
    /// Our name of it in a tool profile.
    let key: String

    /// Words that say so by themselves.
    let verbs: [String]

    /// Words that say so beside one that names a session.
    var weakVerbs: [String] = []

    /// Words of tools that do something like it.
    let unlike: [String]
  }

  static let arguments = [
    Argument(
      role: "command",
      names: [
        "command", "cmd", "commandline", "cmdline", "commandstring", "cmdstring", "shellcommand",
        "script", "line",
      ],
      types: ["string"],
      hint: "command"
    ),
    Argument(
      role: "session",
      names: [
        "sessionid", "session", "connectionid", "connection", "connid", "conn", "sid",
        "sessionname",
        "connectionname", "sessiontoken", "sessionkey", "clientid", "handle", "id",
      ],
      types: ["string", "integer", "number"]
    ),
    Argument(
      role: "host",
      names: [
        "host", "hostname", "address", "hostaddress", "server", "servername", "serverid", "machine",
        "alias", "hostalias", "hostid", "node", "target", "ip", "ipaddress", "device",
        "destination",
      ],
      types: ["string"],
      hint: "host"
    ),
    Argument(role: "port", names: ["port", "portnumber"], types: ["integer", "number"]),
    Argument(
      role: "user",
      names: ["user", "username", "login", "loginname", "account"],
      types: ["string"]
    ),
    Argument(role: "password", names: ["password", "passwd", "pass", "pwd"], types: ["string"]),
    Argument(
      role: "insecure",
      names: [
        "insecure", "skiphostkeycheck", "skiphostkeyverification", "ignorehostkey",
        "acceptanyhostkey",
        "acceptunknownhost", "trustunknownhost",
      ],
      types: ["boolean"]
    ),
    Argument(role: "reuse", names: ["reuse", "reuseconnection", "usepool"], types: ["boolean"]),
  ]

  /// What an argument may be called that takes a name of the server's own for a target, and not only a host.
  static let targetNames = [
    "server", "servername", "serverid", "alias", "hostalias", "hostid", "name", "target",
    "targetname",
  ]

  /// Words of descriptions of such names, and those of what is none.
  static let namingWords = [
    "name", "names", "alias", "aliases", "configured", "identifier", "inventory",
  ]
  static let addressWords = ["hostname", "address", "ip"]
  static let targetWords = ["server", "servers", "host", "hosts", "machine", "target"]

  /// Words of tools that end or take away what they are told, whatever else they do.
  static let endings = [
    "delete", "remove", "drop", "stop", "kill", "shutdown", "reboot", "restart", "uninstall",
    "revoke", "destroy",
  ]

  /// The variables that say what some of our arguments are given, which are sent only then.
  static let settings = ["user": "LOADTEST_TARGET_USER", "password": "LOADTEST_PASSWORD"]

  /// What arguments are called that carry a key to log in with, which the suite has none to give for.
  static let keys = [
    "key", "keypath", "keyfile", "privatekey", "privatekeypath", "privatekeyfile", "identity",
    "identityfile", "keyname",
  ]

  static let run = Tool(
    key: "run",
    verbs: ["run", "exec", "execute", "command", "cmd", "shell", "bash"],
    unlike: [
      "list", "history", "kill", "cancel", "status", "check", "validate", "explain", "upload",
      "download", "file", "sudo", "background", "async", "batch", "parallel", "multi", "multiple",
      "group", "all", "many", "stream", "local", "script", "interactive", "test", "preview", "dry",
      "schedule", "allowed", "blocked",
    ]
  )

  static let connect = Tool(
    key: "connect",
    verbs: ["connect", "login"],
    weakVerbs: ["open", "create", "establish", "start", "new", "begin", "init"],
    unlike: [
      "list", "test", "check", "status", "ping", "tunnel", "forward", "port", "file", "info", "get",
      "close", "delete", "config", "reconnect", "all",
    ]
  )

  static let disconnect = Tool(
    key: "disconnect",
    verbs: ["disconnect", "logout", "close"],
    weakVerbs: [
      "end", "terminate", "kill", "delete", "destroy", "stop", "exit", "quit", "release",
    ],
    unlike: ["all", "list", "tunnel", "forward", "port", "file", "process", "command", "config"]
  )

  /// Words that name what is opened and closed.
  static let sessionWords = ["session", "connection", "ssh", "shell", "conn"]

  /// Words of arguments' names that say nothing beside others.
  private static let idleWords = ["ssh", "remote", "the", "target"]

  // MARK: Names

  /// Whether an argument is called what a command is.
  static func isCommand(_ name: String) -> Bool {
    arguments[0].names.contains(plain(name))
  }

  /// The words of a name, in lower case: of `ssh_run`, `ssh-run`, `sshRun` and `SSHRun` the same two.
  static func words(of name: String) -> [String] {
    enum Kind { case upper, lower, gap }
    let bytes = Array(name.utf8.prefix(longestName))
    func kind(_ index: Int) -> Kind? {
      guard index >= 0, index < bytes.count else { return nil }
      switch bytes[index] {
      case 65...90: return .upper
      case 97...122, 48...57, 128...: return .lower
      default: return .gap
      }
    }
    var words: [[UInt8]] = [[]]
    for index in bytes.indices {
      let isGap = kind(index) == .gap
      let begins =
        kind(index) == .upper
        && (kind(index - 1) == .lower || kind(index - 1) == .upper && kind(index + 1) == .lower)
      if isGap || begins { words.append([]) }
      if !isGap { words[words.count - 1].append(bytes[index]) }
    }
    return words.filter { !$0.isEmpty }.map {
      String(decoding: $0, as: UTF8.self).asciiLowercased()
    }
  }

  /// A name in one word, without what says nothing.
  static func plain(_ name: String) -> String {
    let words = words(of: name)
    let telling = words.filter { !idleWords.contains($0) }
    return (telling.isEmpty ? words : telling).joined()
  }

  /// Names that are longer are read so far.
  private static let longestName = 200
}
