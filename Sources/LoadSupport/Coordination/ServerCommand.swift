import EventIO

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

  private let pieces: [(text: Substring, placeholder: String?)]

  /// The command line of a program alone.
  init(program: String) {
    pieces = [(Self.quoted(program)[...], nil)]
  }

  /// Takes a command line; nil if it is empty or has something in braces that is no placeholder.
  package init?(_ text: String) {
    pieces = Self.pieces(of: text)
    guard !text.words().isEmpty,
      pieces.compactMap(\.placeholder).allSatisfy({ name in
        Self.placeholders.contains { $0.key.hasSameBytes(as: name) }
      })
    else { return nil }
  }

  package static func == (left: ServerCommand, right: ServerCommand) -> Bool {
    left.pieces.elementsEqual(right.pieces) {
      $0.text.hasSameBytes(as: $1.text) && $0.placeholder == $1.placeholder
    }
  }

  /// Whether the server is told its port by a placeholder, and everything else with it.
  var namesItsPort: Bool { pieces.contains { $0.placeholder == "port" } }

  /// The arguments of a shell that becomes the server.
  ///
  /// `values` stands in for the placeholders, `more` is appended.
  func shellArguments(_ values: [String: String], more: [String]) -> [String] {
    let line = pieces.map { $0.text + ($0.placeholder.map { Self.quoted(values[$0] ?? "") } ?? "") }
    return ["-c", "exec \(line.joined()) \"$@\"", "sh"] + more
  }

  /// A word of a shell's command line that stands for itself.
  static func quoted(_ word: String) -> String {
    "'\(word.replacing(byte: UInt8(ascii: "'"), with: "'\\''"))'"
  }

  /// The text between words in braces, each with the word behind it; a `$` before the brace makes it
  /// a variable of the shell's.
  private static func pieces(of text: String) -> [(text: Substring, placeholder: String?)] {
    var pieces: [(text: Substring, placeholder: String?)] = []
    let bytes = text.utf8
    var start = bytes.startIndex
    var index = start
    while let brace = bytes[index...].firstIndex(of: UInt8(ascii: "{")) {
      index = bytes.index(after: brace)
      let word = bytes[index...].prefix(while: isLetter)
      guard !word.isEmpty, bytes[word.endIndex...].first == UInt8(ascii: "}"),
        bytes[..<brace].last != UInt8(ascii: "$")
      else { continue }
      pieces.append((text[start..<brace], String(text[word.startIndex..<word.endIndex])))
      index = bytes.index(after: word.endIndex)
      start = index
    }
    return pieces + [(text[start...], nil)]
  }

  /// Whether a byte may be part of a word in braces; what is not ASCII is taken for letters.
  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}
