import EventIO

/// Decides which commands clients may run.
struct CommandPolicy: Sendable {
  /// A command that may run.
  struct Permit: Equatable, Sendable {
    /// What the remote shell is to be given: the words that were checked, written anew.
    let command: String

    /// The rule that allows it.
    let rule: String
  }

  /// Why a command is not run, for the client to read.
  struct Refusal: Error, Equatable, Sendable {
    let reason: String

    /// The rule that denies it; nil if there is only none that allows it.
    var rule: String?
  }

  /// The most bytes that a command may have: what Linux takes as one argument of a program (execve(2)).
  static let lengthLimit = 131_071

  /// The rules; nil lets everything pass.
  private let rules: [CommandRule]?

  private init(rules: [CommandRule]?) {
    self.rules = rules
  }

  /// The policy without limits.
  static let anyCommand = CommandPolicy(rules: nil)

  /// Commands that only look, each with the options that only look.
  ///
  /// Any option is harmless where a program can do nothing but read; `hostname`, `date` and, on some
  /// systems, `uname` can also set what they show.
  static let standard = CommandPolicy(
    rules: [
      "hostname \(letters("aAdfiIsy")) [--alias] [--all-fqdns] [--all-ip-addresses] [--domain] [--fqdn]"
        + " [--ip-address] [--long] [--short]",
      "date [-u] [-R] [--utc] [--universal] [--rfc-email] [--rfc-3339=*] [-I] [-Idate] [-Ihours] [-Iminutes]"
        + " [-Iseconds] [--iso-8601] [--iso-8601=*] [+*]",
      "uname \(letters("amnoprsvi")) [--all] [--kernel-name] [--nodename] [--kernel-release] [--kernel-version]"
        + " [--machine] [--processor] [--hardware-platform] [--operating-system]",
      "uptime [-p] [-s] [--pretty] [--since]", "pwd [-L] [-P]", "nproc [--all] [--ignore=*]",
      "arch",
      "whoami", "true", "false", "groups ...", "echo [-*] ...", "ls [-*] ...", "cat [-*] ...",
      "df [-*] ...", "ps [-*] ...", "id [-*] ...", "free [-*] ...", "head [-*] ...",
      "tail [-*] ...", "wc [-*] ...", "stat [-*] ...", "du [-*] ...", "who [-*] ...", "w [-*] ...",
      "lscpu [-*] ...", "lsblk [-*] ...",
    ].compactMap { CommandRule("allow \($0)") }
  )

  private static func letters(_ letters: String) -> String {
    letters.unicodeScalars.map { "[-\($0)]" }.joined(separator: " ")
  }

  /// Reads a file of rules: one a line, empty lines and lines that begin with # aside.
  init(file text: String) throws(ConfigurationError) {
    var rules: [CommandRule] = []
    for (index, line) in text.lines().enumerated() {
      let trimmed = line.trimmed()
      if trimmed.isEmpty || trimmed.utf8.first == UInt8(ascii: "#") { continue }
      let isHidden = { (scalar: Unicode.Scalar) in scalar != "\t" && ShellWords.isInvisible(scalar)
      }
      if let hidden = trimmed.unicodeScalars.first(where: isHidden) {
        throw ConfigurationError(
          description: "line \(index + 1): it has \(hidden.codePoint), which nobody sees"
        )
      }
      guard let rule = CommandRule(String(trimmed)) else {
        throw ConfigurationError(
          description: "line \(index + 1): expected \"allow WORD… [OPTION]… ...\" or \"deny WORD…\""
        )
      }
      rules.append(rule)
    }
    self.rules = rules
  }

  /// Lets a command pass, or says why not; a rule that denies wins over those that allow.
  func check(_ command: String) throws(Refusal) -> Permit {
    guard command.utf8.count <= Self.lengthLimit else {
      throw Refusal(reason: "it is longer than \(Self.lengthLimit) bytes")
    }
    guard let rules else { return Permit(command: command, rule: "--allow-any-command") }
    let words: [ShellWord]
    do throws(ShellWords.Failure) {
      words = try ShellWords.split(command)
    } catch {
      throw Refusal(reason: Self.reason(error))
    }
    if let rule = rules.first(where: { $0.effect == .deny && $0.matches(words) }) {
      throw Refusal(reason: "a rule denies it", rule: rule.text)
    }
    guard let rule = rules.first(where: { $0.effect == .allow && $0.matches(words) }) else {
      throw Refusal(reason: Self.missing(words, rules.filter { $0.effect == .allow }))
    }
    let text = words.map(\.shellText).joined(separator: [0x20])
    return Permit(command: String(decoding: Array(text), as: UTF8.self), rule: rule.text)
  }

  private static func missing(_ words: [ShellWord], _ allowing: [CommandRule]) -> String {
    let called = String(decoding: words[0].text.prefix(100), as: UTF8.self)
    let names = allowing.map(\.name)
    if names.contains(where: { $0.utf8.elementsEqual(called.utf8) }) {
      return "\(called) is not allowed with these arguments"
    }
    return "\(called) is not allowed; allowed are \(Set(names).sorted().joined(separator: ", "))"
  }

  private static func reason(_ failure: ShellWords.Failure) -> String {
    switch failure {
    case .empty: "it is empty"
    case .unterminatedQuote: "a quote is not closed"
    case .special(let scalar):
      "only single commands are allowed, without chaining, substitution or redirection (found"
        + " \(scalar.codePoint)); put it in quotes if it is text"
    }
  }
}

extension Unicode.Scalar {
  /// The scalar for people to read: itself where it can be seen, and its number and name.
  var codePoint: String {
    let number = String(value, radix: 16, uppercase: true)
    let padded = String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
    let name = properties.name ?? properties.nameAlias
    let sign = isASCII && value > 0x20 && value < 0x7F ? "\"\(self)\"" : nil
    return [sign, "U+\(padded)", name].compactMap { $0 }.joined(separator: " ")
  }
}
