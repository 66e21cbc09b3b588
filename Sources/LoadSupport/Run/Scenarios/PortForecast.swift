import EventIO
import Foundation

/// Whether a load would use up the ports of this machine by opening a connection for each request.
///
/// The end that closes a connection first keeps it in TIME_WAIT for 60 s on Linux, and with it the port if that end
/// is ours. Servers that heed `Connection: close` close first; nobody knows of one before the load.
struct PortForecast {
  /// Ports that connections may be opened from (`net.ipv4.ip_local_port_range`).
  var ports: Int

  /// `net.ipv4.tcp_tw_reuse`: 1 lets new connections have ports in TIME_WAIT after a second, 2 does on loopback.
  var reuse: Int

  private static let waitSeconds = 60.0

  /// What this machine has; nil where it does not tell.
  static var current: PortForecast? {
    func numbers(_ name: String) -> [Int]? {
      FileManager.default.contents(atPath: "/proc/sys/net/ipv4/\(name)")
        .map { String(decoding: $0, as: UTF8.self).words().compactMap { Int($0) } }
    }
    guard let range = numbers("ip_local_port_range"), range.count == 2,
      let reuse = numbers("tcp_tw_reuse")?.first
    else { return nil }
    return PortForecast(ports: range[1] - range[0] + 1, reuse: reuse)
  }

  /// What people must know before a load; nil where ports suffice, or its rate is the server's affair.
  static func remark(_ run: LoadRun) -> String? {
    guard run.plan.connectionUse == .perRequest, run.plan.endpoint.stdio == nil else { return nil }
    func rate(of group: WorkerGroup) -> Double {
      let rates = group.stages.compactMap(\.rate)
        .map { run.plan.share.rate($0, of: group.workers.range) }.map { max($0.from, $0.to) }
      return run.plan.workload.meanCalls(group.mix) * (rates.max() ?? 0)
    }
    let rates = run.steps.map { $0.groups.map(rate).reduce(0, +) }
    let endpoint = run.plan.endpoint
    let host = (endpoint.proxy?.url ?? endpoint.url).host
    return current?.remark(rates.max() ?? 0, isLoopback: ProxySettings.isLoopback(host))
  }

  /// The same for so many requests a second.
  func remark(_ rate: Double, isLoopback: Bool) -> String? {
    guard reuse != 1, !(reuse == 2 && isLoopback) else { return nil }
    let needed = rate * Self.waitSeconds
    guard needed > Double(ports) else { return nil }
    return
      "a new connection for each request: \(Int(min(rate, 1e9).rounded())) per second may hold "
      + "\(Int(min(needed, 1e9).rounded())) ports for the 60 s of TIME_WAIT where the server does not close first, and this "
      + "machine has \(ports) (net.ipv4.ip_local_port_range); a request that finds none is own_shortage and "
      + "makes the run INVALID: lower the rate, widen the range, or set net.ipv4.tcp_tw_reuse=1"
  }
}
