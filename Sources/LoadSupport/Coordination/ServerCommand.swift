/// The command line of a server that the embedded network runs in place of its own: another build, or
/// another program.
///
/// A shell reads it, so that quotes and variables mean what they usually do. A command that names no
/// port by `{port}` is taken for a build of `mcp-ssh-server`, and gets the arguments of the embedded one.
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

  private let text: String

  /// The command line of a program alone.
  init(program: String) {
    text = Self.quoted(program)
  }

  /// Takes a command line; nil if it is empty or has something in braces that is no placeholder.
  package init?(_ text: String) {
    // Not a variable of the shell, which has braces, too.
    let braces = text.indices.filter { index in
      text[index] == "{" && (index == text.startIndex || text[text.index(before: index)] != "$")
    }
    let names = braces.map { text[text.index(after: $0)...].prefix { $0.isLetter || $0 == "_" } }
      .filter { !$0.isEmpty && $0.endIndex < text.endIndex && text[$0.endIndex] == "}" }
    guard !text.allSatisfy(\.isWhitespace),
      names.allSatisfy({ name in Self.placeholders.contains { $0.key == name } })
    else { return nil }
    self.text = text
  }

  /// Whether the server is told its port by a placeholder, and everything else with it.
  var namesItsPort: Bool { text.contains("{port}") }

  /// The arguments of a shell that becomes the server.
  ///
  /// `values` stands in for the placeholders, `more` is appended.
  func shellArguments(_ values: [String: String], more: [String]) -> [String] {
    var line = text
    for (name, value) in values {
      line = line.replacing("{\(name)}", with: Self.quoted(value))
    }
    return ["-c", "exec \(line) \"$@\"", "sh"] + more
  }

  /// A word of a shell's command line that stands for itself.
  private static func quoted(_ word: String) -> String {
    "'\(word.replacing("'", with: "'\\''"))'"
  }
}
