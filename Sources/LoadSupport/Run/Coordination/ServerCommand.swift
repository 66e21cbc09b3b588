import EventIO

/// The command line of a server that the embedded network runs in place of its own: another build, or
/// another program.
///
/// A shell runs it as it stands, so that variables before a command, lists, groups, quotes and comments
/// mean what they do there. A command that names no port by `{port}` is taken for a build of
/// `mcp-ssh-server`, and gets the arguments of the embedded one behind its last word, or where it says
/// `"$@"`.
package struct ServerCommand: Sendable, Equatable {
  /// What a command line can be told in braces, with what each stands for.
  package static let placeholders: KeyValuePairs = [
    "port": "the port of 127.0.0.1 to listen on",
    "ssh": "the ssh client",
    "identity": "the private key that the target accepts",
    "known_hosts": "the target's host key",
    "pool_limit": "SSH connections in the pool",
    "rate_limit": "requests a window and session, 0 for any number",
    "rate_window": "seconds of that window",
  ]

  /// A stretch of the command line, or what is to be filled in.
  private enum Part: Equatable {
    case text([UInt8])
    case placeholder(String, Quotes)
  }

  /// The quotes that a byte of a command line stands in (POSIX.1-2017, XCU 2.2).
  private enum Quotes {
    case none
    case single
    case double
  }

  private let parts: [Part]

  /// The command line of a program alone.
  init(program: String) {
    parts = [.text(Array(Self.quoted(program).utf8))]
  }

  /// Takes a command line; nil if it is empty or has something in braces that is no placeholder.
  package init?(_ text: String) {
    guard !text.words().isEmpty, let parts = Self.parts(of: Array(text.utf8)) else { return nil }
    self.parts = parts
  }

  /// What stands in braces in a command line and is no placeholder; nil if all are.
  static func unknownPlaceholder(
    in text: String,
    of placeholders: KeyValuePairs<String, String> = Self.placeholders
  ) -> String? {
    let bytes = Array(text.utf8)
    return bytes.indices.lazy.compactMap { braces(bytes, $0)?.0 }
      .first { name in !placeholders.contains { $0.key.hasSameBytes(as: name) } }
  }

  /// Whether the server is told its port by a placeholder, and everything else with it.
  var namesItsPort: Bool { names("port") }

  /// Whether the server is told how to reach an SSH target: each build of `mcp-ssh-server` is.
  var needsSSH: Bool { !namesItsPort || ["ssh", "identity", "known_hosts"].contains(where: names) }

  private func names(_ placeholder: String) -> Bool {
    parts.contains { part in
      if case .placeholder(placeholder, _) = part { true } else { false }
    }
  }

  /// The arguments of a shell that runs the server.
  ///
  /// `values` stands in for the placeholders; `more` is appended, if there is any.
  func shellArguments(_ values: [String: String], more: [String]) -> [String] {
    let line = parts.map { part in
      switch part {
      case .text(let text): String(decoding: text, as: UTF8.self)
      case .placeholder(let name, let quotes): Self.quoted(values[name] ?? "", in: quotes)
      }
    }.joined()
    // A group takes no arguments behind it, so a command may say itself where they go.
    let isComplete = more.isEmpty || line.containsBytes("$@")
    return ["-c", isComplete ? line : line + " \"$@\"", "sh"] + more
  }

  /// Eight hexadecimal digits that tell command lines and further arguments apart without showing them:
  /// both may hold secrets.
  ///
  /// So few that a guess at a secret cannot be confirmed by them (FNV-1a of 32 bits).
  static func digest(_ command: ServerCommand?, more: [String]) -> String? {
    guard command != nil || !more.isEmpty else { return nil }
    let names = Dictionary(uniqueKeysWithValues: placeholders.map { ($0.key, "{\($0.key)}") })
    return digest(of: (command?.shellArguments(names, more: []) ?? []) + more)
  }

  /// The same of any words.
  static func digest(of words: [String]) -> String {
    var hash: UInt32 = 2_166_136_261
    for byte in words.joined(separator: "\0").utf8 {
      hash = (hash ^ UInt32(byte)) &* 16_777_619
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }

  /// A word with values in the place of what it has in braces.
  static func filled(_ word: String, _ values: [String: String]) -> String {
    let bytes = Array(word.utf8)
    var filled: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if let (name, next) = braces(bytes, index), let value = values[name] {
        filled += value.utf8
        index = next
      } else {
        filled.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: filled, as: UTF8.self)
  }

  /// A word of a shell's command line that stands for itself.
  static func quoted(_ word: String) -> String { quoted(word, in: .none) }

  /// The same, where it stands.
  private static func quoted(_ word: String, in quotes: Quotes) -> String {
    switch quotes {
    case .none: return "'\(quoted(word, in: .single))'"
    case .single: return word.replacing(byte: UInt8(ascii: "'"), with: #"'\''"#)
    case .double:
      let special = #""\$`"#.utf8
      return String(
        decoding: word.utf8.flatMap { special.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] },
        as: UTF8.self
      )
    }
  }

  // MARK: Reading

  /// Takes a command line apart, without the comment and the blanks at its end; nil if something in
  /// braces is no placeholder.
  private static func parts(of bytes: [UInt8]) -> [Part]? {
    var parts: [Part] = []
    var text: [UInt8] = []
    var quotes = Quotes.none
    var isWordStart = true
    var index = 0
    /// Where the text ends that is no comment at the line's end.
    var end = (parts: 0, text: 0)
    while index < bytes.count {
      let byte = bytes[index]
      if quotes == .none, isWordStart, byte == UInt8(ascii: "#") {
        let comment = bytes[index...].prefix { $0 != 0x0A }
        text += comment
        index = comment.endIndex
        continue
      }
      if let (name, next) = braces(bytes, index) {
        guard placeholders.contains(where: { $0.key.hasSameBytes(as: name) }) else { return nil }
        parts += [.text(text), .placeholder(name, quotes)]
        text = []
        index = next
        isWordStart = false
        end = (parts.count, 0)
        continue
      }
      let length = step(bytes, index, &quotes)
      text += bytes[index..<index + length]
      index += length
      let isBlank = quotes == .none && [0x20, 0x09, 0x0A, 0x0D].contains(byte)
      isWordStart = quotes == .none && (isBlank || ";&|()".utf8.contains(byte))
      if !isBlank { end = (parts.count, text.count) }
    }
    guard end.parts == parts.count else { return parts }
    return parts + [.text(Array(text.prefix(end.text)))]
  }

  /// How many bytes belong together from here, and the quotes behind them.
  private static func step(_ bytes: [UInt8], _ index: Int, _ quotes: inout Quotes) -> Int {
    switch (bytes[index], quotes) {
    case (UInt8(ascii: "\\"), .none), (UInt8(ascii: "\\"), .double):
      return min(2, bytes.count - index)
    // A variable of the shell, which has braces, too.
    case (UInt8(ascii: "$"), _)
    where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "{"):
      return 2
    case (UInt8(ascii: "'"), .none): quotes = .single
    case (UInt8(ascii: "'"), .single): quotes = .none
    case (UInt8(ascii: "\""), .none): quotes = .double
    case (UInt8(ascii: "\""), .double): quotes = .none
    default: break
    }
    return 1
  }

  /// The letters in braces at a place, and the place behind them; nil where there are no such braces.
  ///
  /// What is not ASCII is taken for letters: it is no placeholder, and hardly meant for the shell.
  private static func braces(_ bytes: [UInt8], _ index: Int) -> (name: String, next: Int)? {
    guard bytes[index] == UInt8(ascii: "{") else { return nil }
    let name = bytes[(index + 1)...].prefix {
      $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") || $0 == UInt8(ascii: "_")
        || $0 >= 0x80
    }
    guard !name.isEmpty, name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: "}")
    else { return nil }
    return (String(decoding: name, as: UTF8.self), name.endIndex + 1)
  }
}
