/// What the options of a program, or of one of its commands, come to.
package protocol ProgramSettings: Sendable {
  /// What holds where nothing is set.
  init()

  /// What the variables of the options begin with; nil where there are only flags.
  static var variablePrefix: String? { get }
}

extension ProgramSettings {
  package static var variablePrefix: String? { nil }
}

/// One setting of a program: a flag, and a variable of the same meaning.
///
/// It is declared once; flags, variables, defaults, help, and what is said of a value that cannot be used
/// follow from that.
package struct ProgramOption<Settings: ProgramSettings>: Sendable {
  /// Who may set it.
  package enum Access: Sendable {
    /// A flag and, where the program has variables, its variable.
    case flag

    /// The variable alone: anybody on the machine can read arguments, so that a secret is none.
    case variable

    /// The flag alone: what it sets has a variable of another option.
    case flagAlone
  }

  /// The flag with its two hyphens; nil where only the variable sets it.
  package let flag: String?

  /// The same by a shorter name; nil if there is none.
  let alias: String?

  /// The variable: `MCP_SSH_POOL_LIMIT` for `--pool-limit`; nil where there are only flags.
  package let variable: String?

  /// What stands for the value in the help; nil for a switch.
  package let placeholder: String?

  /// The words that the value may be; empty where there are too many to list.
  package let choices: [String]

  /// What the help says, the default in parentheses.
  package let help: String

  private let apply: @Sendable (inout Settings, String) throws(InvalidValue) -> Void

  /// Makes an option whose value is taken over by a function.
  package init<Value>(
    _ flag: String,
    _ value: OptionValue<Value>,
    _ help: String,
    alias: String? = nil,
    by access: Access = .flag,
    take: @escaping @Sendable (inout Settings, Value) throws(InvalidValue) -> Void
  ) {
    self.flag = access == .variable ? nil : flag
    self.alias = alias
    variable =
      access == .flagAlone ? nil : Settings.variablePrefix.map { $0 + Self.variableName(flag) }
    placeholder = value.placeholder
    choices = value.choices
    self.help = help
    apply = { settings, text throws(InvalidValue) in
      let value = try value.read(text)
      guard !text.isEmpty else { throw .because("it is empty") }
      try take(&settings, value)
    }
  }

  /// Makes an option whose default is that of its place, and stands in the help.
  package init<Value>(
    _ flag: String,
    _ value: OptionValue<Value>,
    _ help: String,
    to place: WritableKeyPath<Settings, Value> & Sendable
  ) {
    let usual = value.show(Settings()[keyPath: place]).map { " (\($0))" } ?? ""
    self.init(flag, value, help + usual) { $0[keyPath: place] = $1 }
  }

  /// Makes an option that something else stands in for where it is not set, which `help` may tell.
  package init<Value>(
    _ flag: String,
    _ value: OptionValue<Value>,
    _ help: String,
    alias: String? = nil,
    to place: WritableKeyPath<Settings, Value?> & Sendable
  ) {
    self.init(flag, value, help, alias: alias) { $0[keyPath: place] = $1 }
  }

  /// `POOL_LIMIT` for `--pool-limit`.
  private static func variableName(_ flag: String) -> String {
    let letters = flag.utf8.dropFirst(2).map { byte in
      byte == UInt8(ascii: "-")
        ? UInt8(ascii: "_") : (0x61...0x7A).contains(byte) ? byte & ~0x20 : byte
    }
    return String(decoding: letters, as: UTF8.self)
  }

  /// The flags that a command line may have for it.
  package var flags: [CommandLineWords.Flag] {
    [flag, alias].compactMap { name in
      name.map {
        .init(name: $0, value: placeholder != nil ? .required : variable == nil ? .none : .optional)
      }
    }
  }

  /// The flag with what stands for its value.
  private var usage: String {
    let names = [flag, alias].compactMap(\.self).joined(separator: ", ")
    return flag == nil ? "(only the variable)" : names + (placeholder.map { " \($0)" } ?? "")
  }

  /// What the help says of it, in two lines.
  package var helpLines: String {
    "  \(usage)\n      \(help)\(variable.map { "  [\($0)]" } ?? "")\n"
  }

  /// The same without its variable, in one line where that is not too long.
  package var helpLine: String {
    let (column, longest) = (28, 105)
    guard column + help.utf8.count <= longest else { return "  \(usage)\n      \(help)\n" }
    let gap = String(repeating: " ", count: max(2, column - 2 - usage.utf8.count))
    return "  \(usage)\(gap)\(help)\n"
  }

  /// Takes a value over that came under a name.
  private func take(
    _ text: String,
    named name: String,
    to settings: inout Settings
  )
    throws(SettingError)
  {
    do throws(InvalidValue) {
      try apply(&settings, text)
    } catch {
      switch error {
      case .expected(let valid, let shown):
        throw SettingError(name: name, value: shown ?? text, valid: valid)
      case .because(let reason): throw SettingError(name: name, value: text, reason: reason)
      }
    }
  }
}

extension ProgramOption {
  /// The names and values by which a command line and an environment set it: the flags if there are any,
  /// else the variable.
  private func given(
    _ flags: [CommandLineWords.Given],
    _ environment: [String: String]
  ) -> [CommandLineWords.Given] {
    let own = self.flags
    let given = flags.filter { flag in own.contains { $0.name.hasSameBytes(as: flag.name) } }
    guard given.isEmpty, let variable, let text = environment[variable] else { return given }
    return [.init(name: variable, value: text)]
  }

  /// What sets it, a flag or the variable; nil if nothing does.
  package func source(
    _ flags: [CommandLineWords.Given],
    _ environment: [String: String]
  ) -> String? {
    given(flags, environment).last?.name
  }

  /// Takes over what sets it.
  fileprivate func take(
    _ flags: [CommandLineWords.Given],
    _ environment: [String: String],
    to settings: inout Settings
  ) throws(SettingError) {
    for given in given(flags, environment) {
      try take(given.value, named: given.name, to: &settings)
    }
  }
}

extension ProgramSettings {
  /// Takes over what flags and variables say; a flag wins over its variable.
  package mutating func take(
    _ options: [ProgramOption<Self>],
    flags: [CommandLineWords.Given],
    environment: [String: String] = [:]
  ) throws(SettingError) {
    for option in options { try option.take(flags, environment, to: &self) }
  }

  /// The first variable with the prefix that is none of the options: what is misspelt would silently do
  /// nothing.
  package static func unknownVariable(
    in environment: [String: String],
    options: [ProgramOption<Self>],
    besides others: [String] = []
  ) -> String? {
    guard let prefix = variablePrefix else { return nil }
    let known = Set(options.compactMap(\.variable) + others)
    return environment.keys.filter { $0.hasBytePrefix(prefix) && !known.contains($0) }.min()
  }
}
