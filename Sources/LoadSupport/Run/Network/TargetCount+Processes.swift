import EventIO
import Glibc

extension TargetCount {
  /// Counts what is below the process that started an embedded sshd, whose logins have this directory as their
  /// home.
  ///
  /// A login is a child of a listener, which itself is no child of an sshd: what sshd splits off for a login (its
  /// privilege separation) is below that. A process that outlives its login comes to the supervisor, and is told from
  /// others there by the home that only sshd gives.
  init(below supervisor: pid_t, home directory: String) {
    let tree = ProcessTree()
    let home = [0] + Array("HOME=\(directory)".utf8) + [0]
    func isSSHD(_ id: pid_t) -> Bool { tree.living(id)?.name.containsBytes("sshd") ?? false }
    func parent(_ id: pid_t) -> pid_t { tree.living(id)?.parent ?? 0 }
    var logins = 0
    var strays: [String] = []
    for id in tree.descendants(of: supervisor) {
      guard let process = tree.living(id) else { continue }
      if isSSHD(id) {
        logins += isSSHD(process.parent) && !isSSHD(parent(process.parent)) ? 1 : 0
        continue
      }
      var ancestor = process.parent
      while ancestor > 1, ancestor != supervisor, !isSSHD(ancestor) { ancestor = parent(ancestor) }
      if !isSSHD(ancestor), Self.environment(of: id).firstRange(of: home) != nil {
        strays.append(process.name)
      }
    }
    self.init(logins: logins, strays: strays.sorted())
  }

  /// The variables that a process was started with, a zero before and behind each; empty where it is not ours to look at.
  private static func environment(of id: pid_t) -> [UInt8] {
    guard let file = try? Descriptor.open("/proc/\(id)/environ", O_RDONLY) else { return [] }
    return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
      guard case .bytes(let count)? = try? file.read(into: buffer) else { return [] }
      return [0] + Array(buffer[..<count]) + [0]
    }
  }
}
