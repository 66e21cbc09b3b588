import Glibc

/// The other end of a connected socket.
enum PeerAddress {
  /// The peer's numeric host; "unknown" when the connection is already gone.
  static func numericHost(of socket: Int32) -> String {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard getpeername(socket, address, &length) == 0 else { return Int32(-1) }
        return getnameinfo(
          address,
          length,
          &text,
          socklen_t(text.count),
          nil,
          0,
          Int32(NI_NUMERICHOST)
        )
      }
    }
    guard code == 0 else { return "unknown" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
