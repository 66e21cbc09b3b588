import EventIO
import Glibc

/// Hands a password to ssh without an argument, a variable or a file that holds it.
///
/// ssh closes the descriptors that it inherits and asks a program of ours (ssh(1), SSH_ASKPASS). That
/// program is this executable, which opens a pipe of the server's through /proc: the kernel lets
/// nobody else do that but root. A pipe has no name and ends with the server, so nothing is left
/// behind however that ends.
final class PasswordPrompt: Sendable {
  /// The variable that makes this executable answer a prompt instead of serving.
  static let variable = "MCP_SSH_ASKPASS_PIPE"

  /// What ssh's environment must have.
  let environment: [String: String]

  private let readingEnd: Descriptor
  private let writingEnd: Descriptor

  /// Gets ready to answer ssh's prompts.
  init(password: String, answeredBy program: String) throws(Errno) {
    let pipe = try Descriptor.pipe()
    // ssh may ask twice: for the method "password", then for "keyboard-interactive".
    try pipe.writingEnd.writeAll(Array("\(password)\n\(password)\n".utf8))
    environment = [
      Self.variable: "/proc/\(getpid())/fd/\(pipe.readingEnd.rawValue)", "SSH_ASKPASS": program,
      "SSH_ASKPASS_REQUIRE": "force",
    ]
    readingEnd = pipe.readingEnd
    writingEnd = pipe.writingEnd
  }

  /// Answers ssh's prompt on standard output, in a process of its own; the exit status.
  static func answer(from pipe: String, prompt: String) -> Int32 {
    // Never a passphrase nor a yes to an unknown host key.
    guard prompt.asciiLowercased().containsBytes("password") else { return 1 }
    // Without waiting: a third prompt finds the pipe empty, and has no answer.
    let file = open(pipe, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return 1 }
    var line: [UInt8] = []
    var byte: UInt8 = 0
    // Byte by byte: what follows the line is for the next prompt.
    while line.last != 0x0A, line.count < 4096, read(file, &byte, 1) == 1 { line.append(byte) }
    guard line.last == 0x0A else { return 1 }
    return line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) } > 0 ? 0 : 1
  }
}
