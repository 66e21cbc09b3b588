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

  /// The most lines: a shell takes a text of many together in time that is quadratic in their number.
  static let lineLimit = 10_000

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
    rules: standardRules.compactMap { try? CommandRule($0) }
  )

  /// The rules of the standard list, as a file has them.
  static let standardRules = [
    "hostname \(letters("aAdfiIsy")) [--alias] [--all-fqdns] [--all-ip-addresses] [--domain] [--fqdn]"
      + " [--ip-address] [--long] [--short]",
    "date [-u] [-R] [--utc] [--universal] [--rfc-email] [--rfc-3339=*] [-I] [-Idate] [-Ihours]"
      + " [-Iminutes] [-Iseconds] [--iso-8601] [--iso-8601=*] [+*]",
    "uname \(letters("amnoprsvi")) [--all] [--kernel-name] [--nodename] [--kernel-release]"
      + " [--kernel-version] [--machine] [--processor] [--hardware-platform] [--operating-system]",
    // Their --files0-from shows what a file holds.
    "wc \(letters("cmlLw")) [--bytes] [--chars] [--lines] [--max-line-length] [--words] ...",
    "du \(letters("0abcDhHklLmPsSx")) [-d*] [--all] [--apparent-size] [--human-readable] [--max-depth=*]"
      + " [--one-file-system] [--summarize] [--total] ...",
    "uptime [-p] [-s] [--pretty] [--since]", "pwd [-L] [-P]", "nproc [--all] [--ignore=*]", "arch",
    // It takes a client's time as `tail -f` does, up to the limit on a command's.
    "sleep ...", "whoami", "true", "false", "groups ...", "echo [-*] ...", "ls [-*] ...",
    "cat [-*] ...",
    "df [-*] ...", "ps [-*] ...", "id [-*] ...", "free [-*] ...", "head [-*] ...", "tail [-*] ...",
    "stat [-*] ...", "who [-*] ...", "w [-*] ...", "lscpu [-*] ...", "lsblk [-*] ...",
  ].map { "allow \($0)" }

  private static func letters(_ letters: String) -> String {
    letters.unicodeScalars.map { "[-\($0)]" }.joined(separator: " ")
  }

  /// Reads a file of rules: one a line, empty lines and lines that begin with # aside.
  init(file text: String) throws(ConfigurationError) {
    var rules: [CommandRule] = []
    for (index, line) in text.lines().enumerated() {
      let trimmed = line.trimmed()
      let isHidden = { (scalar: Unicode.Scalar) in scalar != "\t" && ShellWords.isInvisible(scalar)
      }
      if let hidden = trimmed.unicodeScalars.first(where: isHidden) {
        throw ConfigurationError(
          description: "line \(index + 1): it has \(hidden.codePoint), which nobody sees"
        )
      }
      if trimmed.isEmpty || trimmed.utf8.first == UInt8(ascii: "#") { continue }
      do throws(ConfigurationError) {
        rules.append(try CommandRule(String(trimmed)))
      } catch {
        throw ConfigurationError(description: "line \(index + 1): \(error)")
      }
    }
    guard rules.contains(where: { $0.effect == .allow }) else {
      throw .expected("a rule that allows something: nothing could run")
    }
    self.rules = rules
  }

  /// Lets a command pass, or says why not; a rule that denies wins over those that allow.
  func check(_ command: String) throws(Refusal) -> Permit {
    guard command.utf8.count <= Self.lengthLimit else {
      throw Refusal(reason: "it is longer than \(Self.lengthLimit) bytes")
    }
    guard command.utf8.count(where: { $0 == 0x0A }) < Self.lineLimit else {
      throw Refusal(reason: "it has more than \(Self.lineLimit) lines")
    }
    guard let rules else { return Permit(command: command, rule: "--allow-any-command") }
    let words: [ShellWord]
    do throws(ShellWords.Failure) {
      words = try ShellWords.split(command)
    } catch {
      throw Refusal(reason: Self.reason(error))
    }
    if let rule = rules.first(where: { $0.effect == .deny && $0.matches(words) }) {
      throw Refusal(reason: "a rule denies it: \(rule.text)", rule: rule.text)
    }
    guard let rule = rules.first(where: { $0.effect == .allow && $0.matches(words) }) else {
      throw Refusal(reason: missing(words, rules.filter { $0.effect == .allow }))
    }
    let text = words.map(\.shellText).joined(separator: [0x20])
    return Permit(command: String(decoding: Array(text), as: UTF8.self), rule: rule.text)
  }

  /// Whether the rules let a program through that shows any file.
  var showsFiles: Bool {
    guard let rules else { return true }
    return rules.contains { $0.effect == .allow && ["cat", "head", "tail"].contains($0.name) }
  }

  /// Whether there are rules.
  var isLimited: Bool { rules != nil }

  /// The names of the programs that may run; nil for any.
  var names: [String]? {
    rules.map { Set($0.filter { $0.effect == .allow }.map(\.name)).sorted() }
  }

  /// What of a command no rule allows, and what they do allow.
  private func missing(_ words: [ShellWord], _ allowing: [CommandRule]) -> String {
    let called = Self.shown(words[0].text)
    let own = allowing.filter { $0.name.hasSameBytes(as: called) }
    guard !own.isEmpty else {
      return "\(called) is not allowed; allowed are \((names ?? []).joined(separator: ", "))"
    }
    let options = words.dropFirst().filter { $0.text.first == UInt8(ascii: "-") || $0.isPattern }
    let unknown = options.first { option in !own.contains { $0.hasOption(option) } }
    let what = unknown.map { "no rule allows \(Self.shown($0.text))" } ?? "not with these arguments"
    return "\(called): \(what); rules: \(own.map(\.text).joined(separator: "; "))"
  }

  private static func shown(_ word: [UInt8]) -> String {
    String(decoding: word, as: UTF8.self).bounded(to: 100)
  }

  private static func reason(_ failure: ShellWords.Failure) -> String {
    switch failure {
    case .empty: "it is empty"
    case .unterminatedQuote: "a quote is not closed"
    case .special(let scalar):
      "only single commands are allowed, without chaining, substitution or redirection (found"
        + " \(scalar.codePoint)); quote it if you mean it literally"
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
