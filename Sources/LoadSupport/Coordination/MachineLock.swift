import EventIO
import Glibc

/// Keeps loads of one machine from running at the same time, in whichever processes they are.
///
/// Two loads at once would measure each other.
package struct MachineLock: ~Copyable {
  private let descriptor: Descriptor

  /// The file that stands for the machine.
  package static let path = "/tmp/mcp-ssh-loadtest.lock"

  /// Waits for the lock; it is given back when the value goes away, or the process ends.
  ///
  /// `waiting` is called once if somebody else holds it.
  package static func acquire(waiting: () -> Void = {}) async throws -> MachineLock {
    let descriptor = try open()
    var hasToldOfWaiting = false
    while true {
      do throws(Errno) {
        _ = try systemCall("flock \(path)") { flock(descriptor.rawValue, LOCK_EX | LOCK_NB) }
        return MachineLock(descriptor: descriptor)
      } catch {
        guard error.code == EWOULDBLOCK else { throw error }
      }
      if !hasToldOfWaiting { waiting() }
      hasToldOfWaiting = true
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Gives the lock back.
  package consuming func release() {}

  private init(descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// A file that another user made may be locked, but with O_CREAT the kernel refuses to open it in
  /// a sticky directory (fs.protected_regular).
  private static func open() throws(Errno) -> Descriptor {
    do throws(Errno) {
      return try Descriptor.open(path, O_RDONLY)
    } catch {
      guard error.code == ENOENT else { throw error }
      return try Descriptor.open(path, O_RDONLY | O_CREAT, mode: 0o644)
    }
  }
}
