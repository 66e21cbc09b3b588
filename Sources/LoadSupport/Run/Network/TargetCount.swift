import EventIO
import Glibc

/// How many logins and processes there are on a target at one moment.
struct TargetCount: Sendable, Equatable {
  /// Connections to its sshd, or what the user's command printed.
  let logins: Int

  /// The names of processes that a login began and that are below none any more; nil where nobody can look.
  let strays: [String]?

  /// What a command printed.
  init(printed logins: Int) {
    (self.logins, strays) = (logins, nil)
  }

  /// Counts what is below the process that started an embedded sshd, whose logins have this directory as their
  /// home.
  ///
  /// A login is a child of a listener, which itself is no child of an sshd: what sshd splits off for a login (its
  /// privilege separation) is below that. A process that outlives its login comes to the supervisor, and is told from
  /// others there by the home that only sshd gives.
  init(below supervisor: pid_t, home directory: String) {
    let tree = ProcessTree()
    let home = Array("HOME=\(directory)".utf8)
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
      if !isSSHD(ancestor), Self.environment(of: id).split(separator: 0).contains(home[...]) {
        strays.append(process.name)
      }
    }
    self.logins = logins
    self.strays = strays.sorted()
  }

  /// The variables that a process was started with, each ended by a zero; empty where it is not ours to look at.
  private static func environment(of id: pid_t) -> [UInt8] {
    guard let file = try? Descriptor.open("/proc/\(id)/environ", O_RDONLY) else { return [] }
    return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
      guard case .bytes(let count)? = try? file.read(into: buffer) else { return [] }
      return Array(buffer[..<count])
    }
  }
}

/// Counts what is on the target around a load.
struct TargetWatch: Sendable {
  /// Counts once; throws a sentence where that cannot be done.
  let count: @Sendable () async throws(NetworkError) -> TargetCount

  /// How long to wait between two counts.
  let pause: Duration

  /// How long what ends by itself may take to be gone, and how long nothing must change until it is taken to stay.
  private static let patience = (longest: Duration.seconds(10), unchanged: Duration.seconds(2))

  /// Counts until nothing is left beside so many logins more that the server says it keeps, or until it stays.
  func countAfter(_ before: TargetCount, kept: Int) async throws(NetworkError) -> TargetCount {
    let end = MonotonicInstant.now() + Self.patience.longest
    var last = try await count()
    var since = MonotonicInstant.now()
    func isSettled() -> Bool {
      last.logins <= before.logins + kept
        && last.strays?.count ?? 0 <= before.strays?.count ?? 0
    }
    while !isSettled(), .now() < end, .now() < since + Self.patience.unchanged {
      do { try await Task.sleep(for: pause) } catch { return last }
      let next = try await count()
      if next != last { since = .now() }
      last = next
    }
    return last
  }
}
