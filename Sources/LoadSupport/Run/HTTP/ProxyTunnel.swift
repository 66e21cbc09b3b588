import EventIO
import Glibc

/// Asks an HTTP proxy for a connection to a server (RFC 9110 §9.3.6).
struct ProxyTunnel: Sendable {
  /// The proxy and the server, as an error names them.
  let proxy: String
  let server: String

  /// The whole request for it.
  let request: [UInt8]

  /// More than that is no answer to a CONNECT.
  private static let longestHead = 65_536

  /// Asks for the connection and waits until it stands.
  ///
  /// - Throws: what the proxy answered instead.
  func open(
    over channel: Channel,
    until deadline: MonotonicInstant?
  ) async throws(Errno) -> WaitResult {
    var head: [UInt8] = []
    do throws(Errno) {
      try await channel.writeAll(request, until: deadline)
      while head.firstRange(of: "\r\n\r\n".utf8) == nil {
        let some = try await channel.readSome(upTo: 4096, until: deadline)
        head += some
        guard !some.isEmpty, head.count <= Self.longestHead else { throw failed("no answer") }
        if let deadline, deadline <= .now() { return .timedOut }
      }
    } catch {
      switch error.code {
      case ETIMEDOUT: return .timedOut
      case ECANCELED: return .interrupted
      default: throw error
      }
    }
    let status = String(decoding: head.dropFirst(9).prefix(3), as: UTF8.self)
    guard head.starts(with: "HTTP/1.".utf8), status.hasBytePrefix("2") else {
      let hint =
        status.hasSameBytes(as: "407") ? " (LOADTEST_PROXY_CREDENTIALS_FILE names some)" : ""
      throw failed("HTTP \(status.shown)\(hint)")
    }
    // The client speaks first in TLS.
    guard head.suffix(4).elementsEqual("\r\n\r\n".utf8) else { throw failed("more than an answer") }
    return .ready
  }

  private func failed(_ answer: String) -> Errno {
    Errno(protocolError: "the proxy \(proxy) gave \(answer) to CONNECT \(server)", "connect")
  }
}
