import EventIO
import Glibc

/// Hands a password to ssh without an argument, a variable or a file that holds it.
///
/// ssh closes the descriptors that it inherits and asks a program of ours (ssh(1), SSH_ASKPASS). That
/// program is this executable, which finds the name of a FIFO in its environment. The FIFO is in a
/// directory that only we may enter, and both are removed when the login is over. A FIFO keeps its
/// bytes in the kernel.
final class PasswordPrompt: Sendable {
  /// The variable that makes this executable answer a prompt instead of serving.
  static let variable = "MCP_SSH_ASKPASS_FIFO"

  /// What ssh's environment must have.
  let environment: [String: String]

  private let directory: String
  private let fifo: String
  private let descriptor: Descriptor

  /// Gets ready to answer ssh's prompts.
  init(password: String, answeredBy program: String) throws(Errno) {
    var template = Array("/tmp/mcp-ssh-server.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(errno, "mkdtemp") }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    fifo = "\(directory)/prompt"
    environment = [
      Self.variable: fifo, "SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force",
    ]
    do throws(Errno) {
      _ = try systemCall("mkfifo") { [fifo] in mkfifo(fifo, 0o600) }
      // Open for both, a FIFO neither waits for a reader nor loses its bytes without one.
      descriptor = try Descriptor.open(fifo, O_RDWR | O_NONBLOCK)
      // ssh may ask twice: for the method "password", then for "keyboard-interactive".
      try descriptor.writeAll(Array("\(password)\n\(password)\n".utf8))
    } catch {
      unlink(fifo)
      rmdir(directory)
      throw error
    }
  }

  deinit {
    unlink(fifo)
    rmdir(directory)
  }

  /// Answers ssh's prompt on standard output, in a process of its own; the exit status.
  static func answer(from fifo: String, prompt: String) -> Int32 {
    // Never a passphrase nor a yes to an unknown host key.
    guard prompt.lowercased().contains("password") else { return 1 }
    let file = open(fifo, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 1 }
    var line: [UInt8] = []
    var byte: UInt8 = 0
    // Byte by byte: what follows the line is for the next prompt.
    while line.last != 0x0A, line.count < 4096, read(file, &byte, 1) == 1 { line.append(byte) }
    return line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) } > 0 ? 0 : 1
  }
}
