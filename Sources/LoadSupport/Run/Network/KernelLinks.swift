import EventIO
import Foundation
import Glibc

/// Links by the kernel's own emulation: an sshd in a network namespace of its own, behind netem
/// (tc-netem(8)).
///
/// The namespace lives as long as the sshd in it, and the pair of interfaces as long as the namespace:
/// nothing of it outlives the supervisor. It takes root, iproute2 and a kernel with netem.
struct KernelLinks: Sendable {
  /// The programs that it takes.
  struct Programs: Sendable {
    let ip: String
    let unshare: String
  }

  /// The address of the machine's end of the pair.
  let outerAddress: String

  /// The address of sshd's end of the pair.
  let innerAddress: String

  private let interface: String
  private let conditions: [LinkCondition]

  /// Chooses addresses for a pair: four of the link-local ones (RFC 3927), which nobody routes.
  init(_ conditions: [LinkCondition], number: UInt32 = .random(in: 0 ... .max)) {
    self.conditions = conditions
    let third = 1 + number % 254
    let block = 4 * ((number / 254) % 63)
    outerAddress = "169.254.\(third).\(block + 1)"
    innerAddress = "169.254.\(third).\(block + 2)"
    interface = "lt" + String(number % 0xFFFF_FFFF, radix: 16)
  }

  /// Whether this machine can do it, with what it takes; nil if not.
  static func available() -> Programs? {
    guard geteuid() == 0 else { return nil }
    func find(_ name: String) -> String? {
      ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/run/current-system/sw/bin"]
        .map { "\($0)/\(name)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
    guard let ip = find("ip"), let tc = find("tc"), let unshare = find("unshare") else {
      return nil
    }
    let trial = ["--net", tc, "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]
    guard (try? OpenSSH.run(unshare, trial)) != nil else { return nil }
    return Programs(ip: ip, unshare: unshare)
  }

  /// What runs in the namespace: waits for its end of the pair, sets delays, becomes sshd.
  ///
  /// A band of a prio queue for each link, chosen by the port that the packets come from.
  func script(sshd: String, configuration: String) -> String {
    var lines = [
      "set -e", "PATH=/usr/sbin:/sbin:/usr/bin:/bin:/run/current-system/sw/bin:$PATH",
      "n=0; until ip link show dev inner >/dev/null 2>&1; do",
      "n=$((n + 1)); [ $n -lt 500 ]; sleep 0.02; done", "ip link set lo up",
      "ip address add \(innerAddress)/30 dev inner", "ip link set inner up",
      "tc qdisc add dev inner root handle 1: prio bands \(conditions.count + 1) priomap"
        + String(repeating: " 0", count: 16),
    ]
    for (index, link) in conditions.enumerated() {
      let band = "1:\(String(index + 2, radix: 16))"
      let loss = link.lossPercent > 0 ? " loss \(link.lossPercent)%" : ""
      lines += [
        "tc qdisc add dev inner parent \(band) netem delay \(link.delayMilliseconds)ms"
          + " \(link.jitterMilliseconds)ms\(loss) limit 10000",
        "tc filter add dev inner parent 1: protocol ip prio 1 u32 match ip sport \(link.port) 0xffff"
          + " flowid \(band)",
      ]
    }
    let words = [sshd, "-D", "-e", "-f", configuration].map(ServerCommand.quoted)
    lines.append("exec \(words.joined(separator: " "))")
    return lines.joined(separator: "\n")
  }

  /// Starts the sshd behind its links and returns when the nearest of them answers as late as it
  /// should.
  ///
  /// Throws a sentence when it does not; whatever was begun ends with the supervised processes.
  func start(
    _ programs: Programs,
    sshd: String,
    configuration: String,
    processes: SupervisedProcesses
  ) async throws {
    let name = "netem"
    let id = try await processes.start(
      name,
      programs.unshare,
      ["--net", "/bin/sh", "-c", script(sshd: sshd, configuration: configuration)]
    )
    for arguments in [
      ["link", "add", interface, "type", "veth", "peer", "name", "inner", "netns", String(id)],
      ["address", "add", "\(outerAddress)/30", "dev", interface],
      ["link", "set", interface, "up"],
    ] {
      try OpenSSH.run(programs.ip, arguments)
    }
    guard let near = conditions.min(by: { $0.delayMilliseconds < $1.delayMilliseconds }) else {
      return
    }
    let deadline = MonotonicInstant.now() + .seconds(10)
    while MonotonicInstant.now() < deadline {
      if let end = try await processes.end(of: name) { throw NetworkError("netem: \(end)") }
      let begin = MonotonicInstant.now()
      let greeting = try await processes.greeting(ofPort: near.port, host: innerAddress)
      if greeting.starts(with: "SSH-".utf8) {
        let took = (MonotonicInstant.now() - begin).seconds * 1000
        guard took >= near.delayMilliseconds - near.jitterMilliseconds else {
          throw NetworkError("netem does not delay: an answer took \(took) ms")
        }
        return
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw NetworkError("the sshd behind netem did not answer within 10 s")
  }
}
