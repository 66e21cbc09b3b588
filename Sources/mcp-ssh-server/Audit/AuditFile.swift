import EventIO
import Glibc

/// The file of an audit trail: a regular file of our own that only we may read, never behind a link.
@ServerLoop
final class AuditFile {
  private let descriptor: Descriptor

  /// Whether the file ends within a line, as after a write that a full disk cut short.
  private var endsWithinLine: Bool

  /// Opens a file to add to, or makes it.
  init(_ path: String) throws(Errno) {
    // A FIFO without a reader would make the server wait.
    let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    descriptor = try Descriptor.open(path, flags)
    let file = descriptor.rawValue
    var status = stat()
    _ = try systemCall("fstat \(path)") { fstat(file, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Errno(EINVAL, "\(path) is no regular file")
    }
    guard status.st_uid == geteuid() else { throw Errno(EPERM, "\(path) belongs to another user") }
    guard status.st_nlink == 1 else { throw Errno(EMLINK, "\(path) has another name") }
    if status.st_mode & 0o7777 != 0o600 {
      _ = try systemCall("fchmod \(path)") { fchmod(file, 0o600) }
    }
    var last = UInt8(ascii: "\n")
    let end = status.st_size - 1
    if end >= 0 { _ = try systemCall("read \(path)") { pread(file, &last, 1, end) } }
    endsWithinLine = last != UInt8(ascii: "\n")
  }

  /// Whether the file has no name any more, so that nobody would find what is written.
  var isRemoved: Bool {
    var status = stat()
    return fstat(descriptor.rawValue, &status) == 0 && status.st_nlink == 0
  }

  /// Adds a line in one write, so that other writers cannot come between; what was cut short before ends
  /// first.
  func append(_ line: [UInt8]) throws(Errno) {
    let bytes = endsWithinLine ? [UInt8(ascii: "\n")] + line : line
    let file = descriptor.rawValue
    let count = try systemCall("write") {
      bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }
    if count > 0 { endsWithinLine = bytes[count - 1] != UInt8(ascii: "\n") }
    guard count == bytes.count else { throw Errno(ENOSPC, "a line was cut short") }
  }
}
