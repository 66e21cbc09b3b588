import EventIO
import Glibc

/// Keeps loads of one machine from running at the same time, in whichever processes they are.
///
/// Two loads at once would measure each other; the parts of one load are one.
struct MachineLock: ~Copyable {
  private let descriptor: Descriptor
  private let path: String

  /// The file that stands for the machine.
  static let path = "/tmp/mcp-ssh-loadtest.lock"

  /// Waits for the lock; it is given back when the value goes away, or the process ends.
  ///
  /// Parts of one load, which a run id names, have it together. Whoever gets it while it is free leaves the run id in
  /// the file, and shares it then; others may share what is of their run.
  ///
  /// `waiting` is called once if somebody else holds it, with who that is where the kernel tells. Throws
  /// what it throws, or a sentence if something else lies at `path`.
  static func acquire(
    at path: String = Self.path,
    of runID: String? = nil,
    waiting: (LockHolder?) async throws -> Void = { _ in }
  ) async throws -> MachineLock {
    var hasToldOfWaiting = false
    var tries = 0
    while true {
      let descriptor = try open(path)
      while !(try isTaken(descriptor, path, runID)) {
        // Who begins to share it has it alone for a moment.
        let isOfOthers = runID == nil || tries > 3
        if isOfOthers, !hasToldOfWaiting { try await waiting(LockHolder(of: descriptor)) }
        hasToldOfWaiting = hasToldOfWaiting || isOfOthers
        tries += 1
        try await Task.sleep(for: .milliseconds(50))
      }
      // Whoever removed the file meanwhile let others make and lock another one.
      if isFile(descriptor, at: path) {
        LockNote(runID: runID).write(to: path)
        return MachineLock(descriptor: descriptor, path: path)
      }
    }
  }

  /// Whether the lock could be had at once, also where the file is not the one at its path any more.
  private static func isTaken(
    _ descriptor: borrowing Descriptor,
    _ path: String,
    _ runID: String?
  ) throws -> Bool {
    let isAlone = try isLocked(descriptor, LOCK_EX, path)
    guard let runID else { return isAlone }
    guard try isAlone || isLocked(descriptor, LOCK_SH, path) else { return false }
    guard isFile(descriptor, at: path) else { return true }
    if isAlone {
      LockNote(runID: runID).write(to: path)
      guard isOf(runID, descriptor) else { throw refusal(path, EPERM) }
      // The kernel gives up the one lock before it gives the other: somebody may have been between (flock(2)).
      guard try isLocked(descriptor, LOCK_SH, path) else { return false }
    }
    if isOf(runID, descriptor) { return true }
    flock(descriptor.rawValue, LOCK_UN)
    return false
  }

  /// Whether those who hold the lock have parts of a run.
  private static func isOf(_ runID: String, _ descriptor: borrowing Descriptor) -> Bool {
    LockNote.read(descriptor)?.runID?.hasSameBytes(as: runID) ?? false
  }

  /// Whether the file could be locked in a way at once.
  private static func isLocked(
    _ descriptor: borrowing Descriptor,
    _ operation: Int32,
    _ path: String
  ) throws(Errno) -> Bool {
    do throws(Errno) {
      _ = try systemCall("flock \(path)") { flock(descriptor.rawValue, operation | LOCK_NB) }
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
      case EPERM: "it is another user's, and parts of one load leave the run id in it"
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
