import EventIO

/// The command line of a stdio server, which each worker has a process of.
///
/// It is taken apart into words, and no shell sees it: what wants one says so by `sh -c`.
package struct StdioCommand: Sendable, Equatable {
  /// What a command line can be told in braces, with what each stands for.
  package static let placeholders: KeyValuePairs = [
    "target_host": "where commands run",
    "target_port": "the port of its sshd",
    "target_user": "the user to log in as",
    "identity": "the private key that the embedded sshd accepts",
    "known_hosts": "the embedded sshd's host key",
  ]

  private let words: [String]

  /// Takes a command line; nil if it is empty, leaves a quote open, or has something in braces that is no
  /// placeholder.
  package init?(_ text: String) {
    guard let words = [String](splitting: text), words.first?.isEmpty == false,
      ServerCommand.unknownPlaceholder(in: text, of: Self.placeholders) == nil
    else { return nil }
    self.words = words
  }

  /// The program as it was named.
  var program: String { words[0] }

  /// The program without the folders before it.
  var name: String { String(program.split(at: UInt8(ascii: "/")).last ?? "") }

  /// Whether it is told the key or the host key of the embedded sshd.
  var needsSSH: Bool { ["identity", "known_hosts"].contains { names($0) } }

  /// Whether it is told something by a placeholder.
  func names(_ placeholder: String) -> Bool {
    words.contains { $0.containsBytes("{\(placeholder)}") }
  }

  /// What follows the program, with values in the place of placeholders.
  func arguments(_ values: [String: String]) -> [String] {
    words.dropFirst().map { word in
      ServerCommand.filled(word, values)
    }
  }

  /// Eight hexadecimal digits that tell command lines apart without showing them.
  var digest: String { ServerCommand.digest(of: words) }
}
