/// What the remote shell is sent for one command, and the marks by which its end is known.
///
/// The command runs in a subshell, so that neither `exit`, `exec` nor a syntax error reaches the
/// shell that reads the frames; `eval` with a quoted word keeps unbalanced quotes inside; standard
/// input is /dev/null, or the command would eat the next frame. `sh -c` would do the same for the
/// price of another exec. A program with plain words as arguments can do none of that, and is
/// spared the subshell: its fork is a third of what a short command costs. The marks have a random
/// part that no output can know.
struct CommandFrame: Sendable {
  /// Precedes the exit status on standard output; begins with a control character so that the
  /// search for it hardly ever begins in vain.
  let outputMark: [UInt8]

  /// Ends the command's standard error.
  let errorMark: [UInt8]

  /// What to write to the shell.
  let text: [UInt8]

  /// Frames a command.
  init(command: String, nonce: String, number: Int) {
    let mark = "\(nonce):\(number)"
    outputMark = [Self.markStart] + Array("\(mark):".utf8)
    errorMark = [Self.markStart] + Array("\(mark)\n".utf8)
    let end = "</dev/null;s=$?;printf '\\036\(mark)\\n' >&2;printf '\\036\(mark):%d\\n' $s\n"
    let isolated =
      Self.isPlainProgram(command)
      ? command : "(eval ' \(command.replacing("'", with: "'\\''"))')"
    text = Array("\(isolated) \(end)".utf8)
  }

  /// Whether a command is a program's name and words that no shell reads as anything else.
  static func isPlainProgram(_ command: String) -> Bool {
    let isPlain = command.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "+")...UInt8(ascii: ":"), UInt8(ascii: " "), UInt8(ascii: "%"),
        UInt8(ascii: "@"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isPlain, let name = command.split(separator: " ", maxSplits: 1).first else {
      return false
    }
    return programs.contains(name)
  }

  /// Names that are builtins with effects on the shell in no shell, and alias in none.
  private static let programs: Set<Substring> = [
    "arch", "cat", "date", "df", "du", "free", "groups", "head", "hostname", "id", "ls", "lsblk",
    "lscpu", "nproc", "ps", "stat", "tail", "uname", "uptime", "w", "wc", "who", "whoami",
  ]

  /// ASCII's record separator.
  static let markStart: UInt8 = 0x1E
}
