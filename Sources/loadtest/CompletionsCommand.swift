import EventIO
import LoadSupport

/// `loadtest completions`: what completes command lines in a shell, made from the same table as the help.
struct CompletionsCommand: Command, Equatable {
  /// The shells that there is a script for.
  enum Shell: String, Sendable, CaseIterable {
    case bash
    case zsh
    case fish
  }

  var shell = Shell.bash

  static let name = "completions"
  static let calls: [CommandCall] = [
    ("completions bash | zsh | fish", "complete command lines in a shell")
  ]
  static let examples: [CommandCall] = [
    ("completions bash > ~/.local/share/bash-completion/completions/loadtest", "bash"),
    ("completions zsh > ~/.zsh/completions/_loadtest", "zsh, a directory of $fpath"),
    ("completions fish > ~/.config/fish/completions/loadtest.fish", "fish"),
  ]
  static let completedWords = Shell.allCases.map(\.rawValue)
  static let about = """
    Prints a script that completes commands, flags, their values, scenarios and files.
    `make install` puts all three where the shells look for them.
    """

  mutating func take(_ words: [String]) throws(UsageError) {
    let valid = Shell.allCases.map(\.rawValue).listed
    guard let word = words.first, words.count == 1 else {
      throw UsageError(description: "completions for which shell? Name \(valid)")
    }
    guard let shell = Shell(rawValue: word) else {
      throw UsageError(description: "there are no completions for \"\(word)\"; valid are \(valid)")
    }
    self.shell = shell
  }

  func run(_ setup: RunSetup) async throws -> Int32 {
    Output.standard.write(Self.script(shell))
    return 0
  }

  // MARK: What is completed

  /// A flag as shells complete it.
  private struct Flag {
    let name: String
    let help: String
    let choices: [String]

    /// What stands for its value in the help; nil for a switch.
    let placeholder: String?

    init<Settings>(_ option: ProgramOption<Settings>, _ name: String) {
      (self.name, help, placeholder) = (name, option.help, option.placeholder)
      let isNamed = placeholder?.hasSameBytes(as: "NAME|FILE") ?? false
      let names =
        name.hasSameBytes(as: "--tool-profile")
        ? ToolProfile.shipped.map(\.name) : ScenarioName.allCases.map(\.rawValue)
      choices = isNamed ? names : option.choices
    }

    /// Whether its value is a path.
    var takesFile: Bool {
      ["FILE", "DIR", "DIRECTORY", "PATH", "RUN"].contains { word in
        placeholder?.split(at: UInt8(ascii: "|")).contains { $0.hasSameBytes(as: word) } ?? false
      }
    }
  }

  /// A command as shells complete it.
  private struct Entry {
    let name: String
    let purpose: String
    let flags: [Flag]
    let words: [String]
    let takesFiles: Bool

    init<C: Command>(_: C.Type) {
      name = C.name
      purpose = C.calls.first?.purpose ?? ""
      flags =
        C.options.flatMap { option in option.flags.map { Flag(option, $0.name) } }
        + C.groups.flatMap(\.options).flatMap { option in option.flags.map { Flag(option, $0.name) }
        }
      words = C.completedWords
      takesFiles = C.takesFiles
    }
  }

  private static var entries: [Entry] { Request.commands.map { Entry($0) } }

  /// A text between quotes of a shell.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacing(byte: UInt8(ascii: "'"), with: "'\\''") + "'"
  }

  static func script(_ shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    }
  }

  /// Each flag that takes a value once, with the same values in whichever command.
  private static var valued: [Flag] {
    entries.flatMap(\.flags).filter { $0.placeholder != nil }.reduce(into: []) { all, flag in
      if !all.contains(where: { $0.name == flag.name }) { all.append(flag) }
    }
  }

  private static func cases(choices: (Flag) -> String, files: String) -> String {
    let all = valued
    let listed = all.filter { !$0.choices.isEmpty }
    func pattern(_ flags: [Flag]) -> String { flags.map(\.name).joined(separator: " | ") }
    let paths = all.filter { $0.choices.isEmpty && $0.takesFile }
    let others = all.filter { $0.choices.isEmpty && !$0.takesFile }
    return listed.map { "    \($0.name)) \(choices($0)) ;;\n" }.joined()
      + "    \(pattern(paths))) \(files) ;;\n    \(pattern(others))) return ;;\n"
  }

  // MARK: Scripts

  private static var bash: String {
    let entries = entries
    let names = entries.map(\.name).joined(separator: " ")
    let flags = entries.map { entry in
      "    \(entry.name)) flags=\(quoted(entry.flags.map(\.name).joined(separator: " "))) "
        + "words=\(quoted(entry.words.joined(separator: " ")))"
        + (entry.takesFiles ? " files=-f ;;\n" : " ;;\n")
    }.joined()
    func complete(_ what: String) -> String {
      "mapfile -t COMPREPLY < <(compgen \(what) -- \"$word\")"
    }
    let cases = cases(
      choices: { complete("-W \(quoted($0.choices.joined(separator: " ")))") + "; return" },
      files: complete("-f") + "; return"
    )
    return """
      # bash completion for loadtest
      _loadtest() {
        local word=${COMP_WORDS[COMP_CWORD]} flags='' words='' files=''
        COMPREPLY=()
        if [ "$COMP_CWORD" -eq 1 ]; then
          \(complete("-W \(quoted(names + " --help --version"))"))
          return
        fi
        case ${COMP_WORDS[COMP_CWORD - 1]} in
      \(cases)  esac
        case ${COMP_WORDS[1]} in
      \(flags)  esac
        case $word in
          -*) \(complete("-W \"$flags --help --help-all\"")) ;;
          *) \(complete("$files -W \"$words\"")) ;;
        esac
      }
      complete -o filenames -F _loadtest loadtest

      """
  }

  private static var zsh: String {
    /// In what `_describe` takes a colon ends the name.
    func described(_ name: String, _ help: String) -> String {
      quoted("\(name.replacing(byte: UInt8(ascii: ":"), with: "\\:")):\(help)")
    }
    let entries = entries
    let names = entries.map { "    \(described($0.name, $0.purpose))\n" }.joined()
    let flags = entries.map { entry in
      "    \(entry.name)) flags=(\n"
        + entry.flags.map { "      \(described($0.name, $0.help))\n" }.joined()
        + "      ) some=(\(entry.words.joined(separator: " ")))\(entry.takesFiles ? " files=1" : "") ;;\n"
    }.joined()
    let cases = cases(
      choices: { "compadd -- \($0.choices.joined(separator: " ")); return" },
      files: "_files; return"
    )
    return """
      #compdef loadtest
      # zsh completion for loadtest
      _loadtest() {
        local -a names flags some
        local files=
        names=(
      \(names)  )
        if (( CURRENT == 2 )); then
          _describe command names
          return
        fi
        case $words[CURRENT-1] in
      \(cases)  esac
        case $words[2] in
      \(flags)  esac
        if [[ $words[CURRENT] == -* ]]; then
          flags+=('--help:the most used flags' '--help-all:every flag')
          _describe flag flags
        else
          (( $#some )) && compadd -- $some
          [[ -z $files ]] || _files
        fi
      }
      if [ "$funcstack[1]" = _loadtest ]; then _loadtest "$@"; else compdef _loadtest loadtest; fi

      """
  }

  private static var fish: String {
    var lines = ["# fish completion for loadtest", "complete -c loadtest -f"]
    for entry in entries {
      lines.append(
        "complete -c loadtest -n __fish_use_subcommand -a \(entry.name) -d \(quoted(entry.purpose))"
      )
      let condition = "-n '__fish_seen_subcommand_from \(entry.name)'"
      if !entry.words.isEmpty {
        let words = quoted(entry.words.joined(separator: " "))
        lines.append("complete -c loadtest \(condition) -a \(words)")
      }
      if entry.takesFiles { lines.append("complete -c loadtest \(condition) -F") }
      for flag in entry.flags {
        let name = String(decoding: flag.name.utf8.drop { $0 == UInt8(ascii: "-") }, as: UTF8.self)
        let form = name.utf8.count == 1 ? "-s \(name)" : "-l \(name)"
        let value =
          flag.placeholder == nil
          ? ""
          : !flag.choices.isEmpty
            ? " -xa \(quoted(flag.choices.joined(separator: " ")))"
            : flag.takesFile ? " -rF" : " -x"
        lines.append("complete -c loadtest \(condition) \(form)\(value) -d \(quoted(flag.help))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
