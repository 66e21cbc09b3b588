import EventIO

/// Decides which commands clients may run.
struct CommandPolicy: Sendable {
  /// Why a command is not run, for the client to read.
  struct Refusal: Error, Equatable, Sendable {
    let reason: String
  }

  /// The rules; nil lets everything pass.
  private let rules: [CommandRule]?

  private init(rules: [CommandRule]?) {
    self.rules = rules
  }

  /// The policy without limits.
  static let anyCommand = CommandPolicy(rules: nil)

  /// Commands that only look.
  static let standard = CommandPolicy(
    rules: [
      "hostname", "hostname -*", "whoami", "ls ...", "cat ...", "df ...", "ps ...", "uname ...",
      "id ...", "date", "date -u", "date +*", "date -u +*", "uptime ...", "pwd", "free ...",
      "echo ...", "head ...", "tail ...", "wc ...", "stat ...", "du ...", "who ...", "w ...",
      "groups ...", "nproc ...", "arch", "lscpu ...", "lsblk ...", "true", "false",
    ].compactMap { CommandRule("allow \($0)") }
      + [
        // These options of hostname set the name.
        "hostname -F*", "hostname --file*", "hostname -b*", "hostname --boot*",
      ].compactMap { CommandRule("deny \($0)") }
  )

  /// Reads a file of rules: one a line, empty lines and lines that begin with # aside.
  init(file text: String) throws(ConfigurationError) {
    var rules: [CommandRule] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let trimmed = line.trimmed()
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      guard let rule = CommandRule(String(trimmed)) else {
        throw ConfigurationError(
          description: "line \(index + 1): expected \"allow WORD… [...]\" or \"deny WORD… [...]\""
        )
      }
      rules.append(rule)
    }
    self.rules = rules
  }

  /// Lets a command pass, or says why not; a rule that denies wins over those that allow.
  func check(_ command: String) throws(Refusal) {
    guard let rules else { return }
    let words: [String]
    do throws(ShellWords.Failure) {
      words = try ShellWords.split(command)
    } catch {
      throw Refusal(reason: Self.reason(error))
    }
    let matching = rules.filter { $0.matches(words) }
    if matching.contains(where: { $0.effect == .deny }) {
      throw Refusal(reason: "a rule denies it")
    }
    guard matching.isEmpty else { return }
    if rules.contains(where: { $0.effect == .allow && $0.name == words[0] }) {
      throw Refusal(reason: "\(words[0]) is not allowed with these arguments")
    }
    let names = Set(rules.filter { $0.effect == .allow }.map(\.name)).sorted()
    throw Refusal(
      reason: "\(words[0].prefix(100)) is not allowed; allowed are \(names.joined(separator: ", "))"
    )
  }

  private static func reason(_ failure: ShellWords.Failure) -> String {
    switch failure {
    case .empty: "it is empty"
    case .unterminatedQuote: "a quote is not closed"
    case .special(let character):
      "only single commands are allowed, without chaining, substitution or redirection"
        + " (found \(String(reflecting: String(character))))"
    }
  }
}
