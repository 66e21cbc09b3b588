import EventIO

/// What a remote shell is to run: a text of shell language and the positional parameters that it sees.
///
/// Whatever comes from a client and is no command of its own (a path, say) belongs into the parameters: they
/// are data to the shell and need no quoting.
struct RemoteCommand: Equatable, Sendable, ExpressibleByStringLiteral {
  /// The text, without NUL.
  let script: String

  /// What `$1`, `$2`, … are in it, without NUL.
  var arguments: [String] = []

  /// Whether it is a client's own text, which no rule limits.
  var isUnlimited = false

  init(_ script: String, arguments: [String] = []) {
    self.script = script
    self.arguments = arguments
  }

  init(stringLiteral script: String) {
    self.init(script)
  }

  /// Whether this is a program's name and words that no shell reads as anything else.
  ///
  /// It is decided by the bytes, and the shell is not asked to parse them: it splits the line at blanks.
  var isPlainProgram: Bool {
    guard arguments.isEmpty, script.utf8.allSatisfy({ $0 == 0x20 || ShellWord.isPlain($0) }),
      let name = script.split(at: 0x20).first
    else { return false }
    return Self.programs.contains(name)
  }

  /// Names that are builtins with effects on the shell in no shell.
  private static let programs: Set<Substring> = [
    "arch", "cat", "date", "df", "du", "free", "groups", "head", "hostname", "id", "ls", "lsblk",
    "lscpu", "nproc", "ps", "stat", "tail", "uname", "uptime", "w", "wc", "who", "whoami",
  ]
}
