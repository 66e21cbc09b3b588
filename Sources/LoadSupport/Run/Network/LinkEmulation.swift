import EventIO
import Foundation

/// Links with delay, jitter and loss to an sshd of this machine.
///
/// By the kernel's netem where that can be had, else by the program `loadtest` in its mode `relay`: a
/// process of its own, so that neither the load generator nor the server pays for it.
struct LinkEmulation: Sendable {
  /// How the links are emulated, for reports.
  let description: String

  /// Where the links are, but for undisturbed ones.
  let host: String

  /// The port behind which each link is, by the port that stands for its condition.
  let ports: [UInt16: UInt16]

  /// Starts the relay to a port of 127.0.0.1 and returns when it listens on every link.
  ///
  /// An undisturbed link is the target's port itself. The program is the path of `loadtest`; it ends
  /// with the other supervised ones, of which none else may be called `relay`. Throws a sentence
  /// that says what failed.
  static func start(
    _ conditions: [LinkCondition],
    to port: UInt16,
    seed: UInt64,
    program: String,
    processes: SupervisedProcesses
  ) async throws -> LinkEmulation {
    var ports: [UInt16: UInt16] = [:]
    for condition in conditions where condition.isUndisturbed { ports[condition.port] = port }
    let disturbed = conditions.filter { !$0.isUndisturbed }
    if disturbed.isEmpty { return relay(ports) }

    let name = "relay"
    let arguments = ["relay", "127.0.0.1:\(port)", String(seed)] + disturbed.map(\.argument)
    try await processes.start(name, program, arguments)
    let deadline = MonotonicInstant.now() + .seconds(15)
    while MonotonicInstant.now() < deadline {
      let log = (try? String(contentsOfFile: processes.log(of: name), encoding: .utf8)) ?? ""
      // The last line has no end yet, or is empty.
      for line in log.lines().dropLast() {
        guard let (nominal, actual) = link(in: line) else { continue }
        ports[nominal] = actual
      }
      if conditions.allSatisfy({ ports[$0.port] != nil }) { return relay(ports) }
      if let status = try await processes.end(of: name) {
        throw NetworkError("the relay ended at once (\(status)): \(log)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw NetworkError("the relay did not say within 15 s where it listens")
  }

  private static func relay(_ ports: [UInt16: UInt16]) -> LinkEmulation {
    LinkEmulation(
      description:
        "user-space TCP relay (it terminates TCP, so connects look one round trip faster)",
      host: "127.0.0.1",
      ports: ports
    )
  }

  /// Links by the kernel, behind which an sshd with this configuration is; nil where they cannot be
  /// had.
  static func startKernel(
    _ conditions: [LinkCondition],
    sshd: String,
    processes: SupervisedProcesses,
    configuration: (_ addresses: [String]) throws -> String
  ) async -> LinkEmulation? {
    let disturbed = conditions.filter { !$0.isUndisturbed }
    guard !disturbed.isEmpty, let programs = KernelLinks.available() else { return nil }
    let links = KernelLinks(disturbed)
    do {
      try await links.start(
        programs,
        sshd: sshd,
        configuration: configuration(disturbed.map { "\(links.innerAddress):\($0.port)" }),
        processes: processes
      )
    } catch {
      // A kernel that promised more than it holds: the relay does the same.
      return nil
    }
    return LinkEmulation(
      description: "kernel netem on the way out of the target",
      host: links.innerAddress,
      ports: Dictionary(uniqueKeysWithValues: disturbed.map { ($0.port, $0.port) })
    )
  }

  /// Reads `link 2322 listens on 127.0.0.1:45123`.
  private static func link(in line: Substring) -> (nominal: UInt16, actual: UInt16)? {
    let words = line.words().flatMap { $0.split(at: UInt8(ascii: ":")) }
    guard words.count == 6, words[0] == "link", let nominal = UInt16(words[1]),
      let actual = UInt16(words[5])
    else { return nil }
    return (nominal, actual)
  }
}
