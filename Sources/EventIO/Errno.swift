import Glibc

#if !os(Linux)
#error("mcp-ssh-loadtest runs on Linux only: it stands on epoll, timerfd, pidfd and /proc.")
#endif

/// A system call that failed: which one, and with what error number.
package struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  package let code: Int32

  /// The call or action that failed, as a reader of an error message should see it.
  package let operation: String

  /// What went wrong, where a number cannot say it, such as what is wrong with a certificate; then the number
  /// is EPROTO.
  private let words: String?

  /// Makes an error of an error number and the operation that gave it.
  package init(_ code: Int32, _ operation: String) {
    self.code = code
    self.operation = operation
    words = nil
  }

  /// Makes an error of what a peer did that the protocol below the bytes does not allow.
  package init(protocolError words: String, _ operation: String) {
    code = EPROTO
    self.operation = operation
    self.words = words
  }

  /// The same error of an operation that is told more of.
  package func of(_ operation: String) -> Errno {
    words.map { Errno(protocolError: $0, operation) } ?? Errno(code, operation)
  }

  /// What the C library calls this error number, or the words in its place.
  package var reason: String {
    if let words { return words }
    var buffer = [CChar](repeating: 0, count: 128)
    // The POSIX variant fills the buffer and returns a status.
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return buffer.withUnsafeBufferPointer { text in
      String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  package var description: String { "\(operation): \(reason)" }

  /// Whether this process or its machine ran out of something: no peer can be the cause.
  package var isOwnShortage: Bool {
    [EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL].contains(code)
  }
}

/// What a call on a non-blocking descriptor came to; waiting is a value, not an error.
package enum IOResult: Equatable, Sendable {
  /// So many bytes were moved; zero from a read means end of file.
  case bytes(Int)

  /// Nothing could be moved now.
  case wouldBlock
}

/// Calls `body` again while a signal interrupts it, and throws its `errno` when it fails.
package func systemCall<Result: FixedWidthInteger>(
  _ operation: @autoclosure () -> String,
  _ body: () -> Result
) throws(Errno) -> Result {
  while true {
    let result = body()
    if result != -1 { return result }
    let code = errno
    if code != EINTR { throw Errno(code, operation()) }
  }
}

/// As `systemCall`, for calls that move bytes and may have to wait.
func transferCall(
  _ operation: @autoclosure () -> String,
  _ body: () -> Int
) throws(Errno) -> IOResult {
  while true {
    let result = body()
    if result >= 0 { return .bytes(result) }
    let code = errno
    if code == EAGAIN { return .wouldBlock }
    if code != EINTR { throw Errno(code, operation()) }
  }
}
