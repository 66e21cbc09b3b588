import EventIO
import Glibc

/// Keeps loads of one machine from running at the same time, in whichever processes they are.
///
/// Two loads at once would measure each other.
struct MachineLock: ~Copyable {
  private let descriptor: Descriptor
  private let path: String

  /// The file that stands for the machine.
  static let path = "/tmp/mcp-ssh-loadtest.lock"

  /// Waits for the lock; it is given back when the value goes away, or the process ends.
  ///
  /// `waiting` is called once if somebody else holds it, with who that is where the kernel tells. Throws
  /// what it throws, or a sentence if something else lies at `path`.
  static func acquire(
    at path: String = Self.path,
    waiting: (LockHolder?) async throws -> Void = { _ in }
  ) async throws -> MachineLock {
    var hasToldOfWaiting = false
    while true {
      let descriptor = try open(path)
      while !(try isTaken(descriptor, path)) {
        if !hasToldOfWaiting { try await waiting(LockHolder(of: descriptor)) }
        hasToldOfWaiting = true
        try await Task.sleep(for: .milliseconds(50))
      }
      // Whoever removed the file meanwhile let others make and lock another one.
      if isFile(descriptor, at: path) {
        LockNote().write(to: path)
        return MachineLock(descriptor: descriptor, path: path)
      }
    }
  }

  private static func isTaken(
    _ descriptor: borrowing Descriptor,
    _ path: String
  ) throws(Errno) -> Bool {
    do throws(Errno) {
      _ = try systemCall("flock \(path)") { flock(descriptor.rawValue, LOCK_EX | LOCK_NB) }
      return true
    } catch {
      guard error.code == EWOULDBLOCK else { throw error }
      return false
    }
  }

  /// Gives the lock back.
  consuming func release() {}

  private init(descriptor: consuming Descriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// A file that another user made may be locked, but with O_CREAT the kernel refuses to open it in
  /// a sticky directory (fs.protected_regular).
  private static func open(_ path: String) throws -> Descriptor {
    // No link is followed, and no FIFO waited for.
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    while true {
      let found = Glibc.open(path, flags)
      if found != -1 { return try checked(Descriptor(owning: found), path) }
      guard errno == ENOENT else { throw refusal(path, errno) }
      let made = Glibc.open(path, flags | O_CREAT | O_EXCL, 0o644)
      if made != -1 { return try checked(Descriptor(owning: made), path) }
      guard errno == EEXIST else { throw refusal(path, errno) }
    }
  }

  /// A file that others can open, whatever the umask of whoever made it; anything else is refused.
  private static func checked(
    _ file: consuming Descriptor,
    _ path: String
  ) throws -> Descriptor {
    var status = stat()
    _ = try systemCall("stat \(path)") { fstat(file.rawValue, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refusal(path, ENOTSUP) }
    if status.st_uid == geteuid(), status.st_mode & 0o444 != 0o444 {
      _ = try systemCall("chmod \(path)") { fchmod(file.rawValue, 0o644) }
    }
    return file
  }

  private static func isFile(_ descriptor: borrowing Descriptor, at path: String) -> Bool {
    var (own, present) = (stat(), stat())
    return fstat(descriptor.rawValue, &own) == 0 && lstat(path, &present) == 0
      && own.st_ino == present.st_ino && own.st_dev == present.st_dev
  }

  private static func refusal(_ path: String, _ code: Int32) -> LockError {
    let reason =
      switch code {
      case ELOOP: "it is a symbolic link"
      case ENOTSUP, ENXIO: "it is no regular file"
      case EACCES: "its owner does not let others read it"
      default: Errno(code, "").reason
      }
    return LockError(
      description: "cannot use \(path), which keeps loads of one machine apart: \(reason); "
        + "remove it, or have its owner remove it"
    )
  }
}

/// Why the machine cannot be locked, in a sentence that says what to do.
struct LockError: Error, Sendable, Equatable, CustomStringConvertible {
  let description: String
}
