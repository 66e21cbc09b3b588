import CLinux
import Glibc

/// A resolved address that a socket can connect or bind to.
package struct SocketAddress: Sendable, CustomStringConvertible {
  private var storage: sockaddr_storage
  private let length: socklen_t

  /// The address family, AF_INET or AF_INET6.
  package var family: Int32 { Int32(storage.ss_family) }

  private init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
    storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { target in
      target.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
    }
    self.length = length
  }

  /// Resolves a name or a literal address.
  ///
  /// Blocks: call it before any load, not on a loop.
  ///
  /// - Throws: the resolver's message with the name.
  package static func resolve(
    host: String,
    port: UInt16
  ) throws(AddressError) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    defer { if list != nil { freeaddrinfo(list) } }
    guard code == 0 else {
      throw AddressError(host: host, reason: String(cString: gai_strerror(code)))
    }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next {
      if let address = entry.pointee.ai_addr {
        addresses.append(SocketAddress(copying: address, length: entry.pointee.ai_addrlen))
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }

  /// Lends the address in the form that system calls take.
  package func withSocketAddress<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// The port, in host order.
  package var port: UInt16 {
    // Both families keep the port in bytes 2 and 3, in network order.
    withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
  }

  /// The same host at another port.
  package func with(port: UInt16) -> SocketAddress {
    var other = self
    withUnsafeMutableBytes(of: &other.storage) { bytes in
      bytes[2] = UInt8(port >> 8)
      bytes[3] = UInt8(port & 0xFF)
    }
    return other
  }

  /// The numeric host without the port.
  package var host: String {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = withSocketAddress { address, length in
      getnameinfo(
        address,
        length,
        &text,
        socklen_t(text.count),
        nil,
        0,
        Int32(NI_NUMERICHOST)
      )
    }
    guard code == 0 else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  package var description: String {
    family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// The address that a bound socket has.
  package static func local(of descriptor: borrowing Descriptor) throws(Errno) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let raw = descriptor.rawValue
    _ = try systemCall("getsockname") {
      withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
      }
    }
    return withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        SocketAddress(copying: $0, length: length)
      }
    }
  }
}

/// A host name that could not be resolved.
package struct AddressError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name that was looked up.
  package let host: String

  /// What the resolver said.
  package let reason: String

  /// Makes an error of a name and what is wrong with it.
  package init(host: String, reason: String) {
    self.host = host
    self.reason = reason
  }

  package var description: String { "cannot resolve \(host): \(reason)" }
}

/// Stream sockets: listening, accepting, connecting.
package enum Socket {
  /// Opens a listening socket; port 0 takes a free one.
  package static func listen(
    on address: SocketAddress,
    backlog: Int32 = 1024
  ) throws(Errno) -> Descriptor {
    let descriptor = try open(address.family)
    let raw = descriptor.rawValue
    setOption(raw, SOL_SOCKET, SO_REUSEADDR)
    _ = try systemCall("bind \(address)") { address.withSocketAddress { bind(raw, $0, $1) } }
    _ = try systemCall("listen") { Glibc.listen(raw, backlog) }
    return descriptor
  }

  /// A port of loopback that nobody listens on now; somebody else may take it before its use.
  package static func freeLoopbackPort() throws -> UInt16 {
    guard let address = try SocketAddress.resolve(host: "127.0.0.1", port: 0).first else {
      throw AddressError(host: "127.0.0.1", reason: "it has no address")
    }
    return try SocketAddress.local(of: try listen(on: address)).port
  }

  /// Takes one waiting connection off a listening channel; nil when there is none.
  ///
  /// On the loop.
  package static func accept(from listener: Channel) throws(Errno) -> Descriptor? {
    let raw = listener.rawDescriptor
    do throws(Errno) {
      let accepted = try systemCall("accept") { clinux_accept(raw, nil, nil) }
      disableDelay(accepted)
      return Descriptor(owning: accepted)
    } catch {
      guard error.code == EAGAIN else { throw error }
      listener.inputRanDry()
      return nil
    }
  }

  /// Starts to connect without waiting: output becomes possible when that is decided, and
  /// `waitUntilOpen` of its channel then tells how.
  package static func startConnecting(to address: SocketAddress) throws(Errno) -> Descriptor {
    let descriptor = try open(address.family)
    let raw = descriptor.rawValue
    try descriptor.setNonBlocking(true)
    disableDelay(raw)
    do throws(Errno) {
      _ = try systemCall("connect to \(address)") {
        address.withSocketAddress { Glibc.connect(raw, $0, $1) }
      }
    } catch {
      if error.code != EINPROGRESS { throw error }
    }
    return descriptor
  }

  /// The pending error of a socket, zero if it has none.
  static func connectionError(of channel: Channel) -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let result = getsockopt(channel.rawDescriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return result == 0 ? code : errno
  }

  private static func open(_ family: Int32) throws(Errno) -> Descriptor {
    let raw = try systemCall("socket") {
      socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }
    return Descriptor(owning: raw)
  }

  /// Requests and answers go out at once (no Nagle).
  private static func disableDelay(_ raw: Int32) {
    setOption(raw, Int32(IPPROTO_TCP), TCP_NODELAY)
  }

  private static func setOption(_ raw: Int32, _ level: Int32, _ option: Int32) {
    var on: Int32 = 1
    _ = setsockopt(raw, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
  }
}
