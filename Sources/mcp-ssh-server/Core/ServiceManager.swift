import Glibc

/// The service manager that started this process, if it wants to know when it is ready.
enum ServiceManager {
  /// Sends a state such as `READY=1` to the socket that systemd names (sd_notify(3)).
  ///
  /// Without such a socket, or with one that nobody reads, nothing happens: the service runs on.
  static func notify(_ state: String, environment: [String: String]) {
    guard let path = environment["NOTIFY_SOCKET"] else { return }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    // A leading @ stands for the NUL byte of an abstract address.
    if name.first == UInt8(ascii: "@") { name[0] = 0 }
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard !name.isEmpty, name.count < capacity else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let descriptor = socket(
      AF_UNIX,
      Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
      0
    )
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let length = MemoryLayout<sockaddr_un>.size - capacity + name.count
    let bytes = Array(state.utf8)
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(
          descriptor,
          bytes,
          bytes.count,
          Int32(MSG_NOSIGNAL),
          $0,
          socklen_t(length)
        )
      }
    }
  }
}
