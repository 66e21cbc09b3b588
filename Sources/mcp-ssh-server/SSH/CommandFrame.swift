/// What the remote shell is sent for one command, and the marks by which its end is known.
///
/// The command runs in a subshell, so that neither `exit`, `exec` nor a syntax error reaches the
/// shell that reads the frames; `eval` with a quoted word keeps unbalanced quotes inside; standard
/// input is /dev/null, or the command would eat the next frame. `sh -c` would do the same for the
/// price of another exec. The marks have a random part that no output can know.
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
    var text = Array("(eval ' ".utf8)
    text.reserveCapacity(command.utf8.count + 200)
    for byte in command.utf8 {
      if byte == UInt8(ascii: "'") {
        text += "'\\''".utf8
      } else {
        text.append(byte)
      }
    }
    text += "') </dev/null;s=$?;printf '\\036\(mark)\\n' >&2;printf '\\036\(mark):%d\\n' $s\n".utf8
    self.text = text
  }

  /// ASCII's record separator.
  static let markStart: UInt8 = 0x1E
}
