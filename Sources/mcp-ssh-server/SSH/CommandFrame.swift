/// What the remote shell is sent for one command, and the marks by which its end is known.
///
/// The shell runs one loop from its login on, which reads commands as lines of data (`read -r`): no byte of
/// a command is ever parsed where the loop is, so a fault in quoting can spoil nobody's command but its own.
/// A command is evaluated in a subshell whose input is /dev/null; it can change neither the loop's
/// functions, variables and directory nor its input. A program with plain words, told by its bytes, is
/// spared the subshell, whose fork is a third of what a short command costs; the shell splits the line at
/// blanks and does not parse it at all. The marks have a random part that no output can know; the shell
/// itself learns a command's mark only when the command has ended.
struct CommandFrame: Sendable {
  /// Precedes the trailer on standard output; begins with a control character so that the
  /// search for it hardly ever begins in vain.
  let outputMark: [UInt8]

  /// Ends the command's standard error.
  let errorMark: [UInt8]

  /// What to write to the shell.
  let text: [UInt8]

  /// Frames a command: a head with the numbers of its lines and arguments, these, and the mark.
  init(_ command: RemoteCommand, nonce: String, number: Int) {
    var frame: [UInt8] = []
    if command.isPlainProgram {
      frame += "0 \(command.script)\n".utf8
    } else {
      Self.append(command.script, "\(command.arguments.count)", to: &frame)
      for argument in command.arguments { Self.append(argument, "", to: &frame) }
    }
    self.init(frame + Array("\(nonce):\(number)\n".utf8), mark: "\(nonce):\(number)")
  }

  /// The loop that reads the frames to come; its trailer is the number of the shell's process.
  ///
  /// The marks come before anything is read: a shell that reads ahead must not find a frame behind
  /// the loop's text.
  init(loopWithNonce nonce: String) {
    let mark = "\(nonce):0"
    let loop =
      // The line end, for texts of several lines; no patterns but in subshells.
      "n='\n';set -f;\(Self.marks("'\(mark)'", "$$"));"
      // The first word: lines of the text, or 0; the second: arguments, or the line of a program.
      + "while IFS=' ' read -r k a;do if [ \"$k\" = 0 ];then $a</dev/null;s=$?;else "
      + "IFS= read -r c;\(Self.moreLines("c"));set --;"
      + "while [ \"$a\" -gt 0 ];do IFS=' ' read -r k;IFS= read -r v;\(Self.moreLines("v"));"
      + "set -- \"$@\" \"$v\";a=$((a-1));done;"
      + "(set +f;eval \" $c\")</dev/null;s=$?;fi;"
      + "IFS= read -r m;\(Self.marks("\"$m\"", "$s"))||exit;done\n"
    self.init(Array(loop.utf8), mark: mark)
  }

  private init(_ text: [UInt8], mark: String) {
    self.text = text
    outputMark = [Self.markStart] + Array("\(mark):".utf8)
    errorMark = [Self.markStart] + Array("\(mark)\n".utf8)
  }

  /// ASCII's record separator.
  static let markStart: UInt8 = 0x1E

  /// Adds a text of any number of lines behind a head that says how many they are.
  private static func append(_ text: String, _ more: String, to frame: inout [UInt8]) {
    let lineCount = text.utf8.count { $0 == 0x0A } + 1
    frame += "\(lineCount) \(more)\n".utf8
    frame += text.utf8
    frame.append(0x0A)
  }

  /// Reads the other lines of a text whose first line is in a variable.
  private static func moreLines(_ variable: String) -> String {
    "while [ \"$k\" -gt 1 ];do IFS= read -r l;\(variable)=$\(variable)$n$l;k=$((k-1));done"
  }

  private static func marks(_ mark: String, _ trailer: String) -> String {
    "printf '\\036%s\\n' \(mark) >&2&&printf '\\036%s:%d\\n' \(mark) \(trailer)"
  }
}
