import CLinux
import Glibc

/// A file descriptor with one owner, closed when the owner lets go of it.
public struct Descriptor: ~Copyable, Sendable {
  /// The number that system calls take; valid as long as this value lives.
  package let rawValue: Int32

  /// Takes ownership of an open descriptor.
  package init(owning rawValue: Int32) {
    self.rawValue = rawValue
  }

  deinit {
    // Linux releases the descriptor whatever close returns, so there is nothing to retry.
    _ = close(rawValue)
  }

  /// Gives up ownership without closing.
  package consuming func release() -> Int32 {
    let value = rawValue
    discard self
    return value
  }

  /// Moves bytes out of the descriptor; zero means end of file.
  package borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> IOResult {
    try transferCall("read") { Glibc.read(rawValue, buffer.baseAddress, buffer.count) }
  }

  /// Writes all bytes to a blocking descriptor.
  package borrowing func writeAll(_ bytes: [UInt8]) throws(Errno) {
    var offset = 0
    while offset < bytes.count {
      let written = try systemCall("write") {
        bytes.withUnsafeBytes { raw in
          Glibc.write(rawValue, raw.baseAddress.map { $0 + offset }, raw.count - offset)
        }
      }
      offset += written
    }
  }

  /// Reads a blocking descriptor to its end.
  package borrowing func readToEnd() throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = try systemCall("read") { Glibc.read(rawValue, &buffer, buffer.count) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Makes calls on the descriptor return at once, or wait.
  package borrowing func setNonBlocking(_ on: Bool) throws(Errno) {
    _ = try systemCall("fcntl") { clinux_set_nonblocking(rawValue, on ? 1 : 0) }
  }

  /// Opens a file; the descriptor does not survive exec.
  package static func open(
    _ path: String,
    _ flags: Int32,
    mode: mode_t = 0o600
  ) throws(Errno) -> Descriptor {
    let raw = try systemCall("open \(path)") { Glibc.open(path, flags | O_CLOEXEC, mode) }
    return Descriptor(owning: raw)
  }

  /// Lets this process open as many files as it may; children keep the limit that it was started with.
  package static func raiseLimit() throws(Errno) {
    _ = try systemCall("raise the limit of open files") { clinux_raise_file_limit() }
  }

  /// Makes a pipe whose ends do not survive exec.
  package static func pipe() throws(Errno) -> Pipe {
    var ends: [Int32] = [-1, -1]
    _ = try systemCall("pipe") { clinux_pipe(&ends) }
    return Pipe(
      readingEnd: Descriptor(owning: ends[0]),
      writingEnd: Descriptor(owning: ends[1])
    )
  }
}

/// Both ends of a pipe, to be taken apart; frozen, so that other modules may.
@frozen
public struct Pipe: ~Copyable {
  /// Where the bytes come out.
  public let readingEnd: Descriptor

  /// Where the bytes go in.
  public let writingEnd: Descriptor
}
