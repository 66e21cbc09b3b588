import EventIO
import Glibc

extension Network {
  /// How long an address may take to accept a connection.
  private static let patience: Int32 = 3_000

  /// Sees that something listens where the live server is to be; nothing without one.
  ///
  /// Nothing is asked of it, for somebody else's load may be under way there. Blocks.
  static func reach(_ settings: RunSettings) throws(NetworkError) {
    guard let url = settings.serverURL else { return }
    var failures: [String] = []
    do throws(AddressError) {
      let place = settings.proxies.proxy(for: url)?.url ?? url
      for address in try SocketAddress.resolve(host: place.host, port: place.port) {
        guard let failure = failure(connectingTo: address) else { return }
        failures.append("\(address): \(failure)")
      }
    } catch {
      failures.append("\(error)")
    }
    throw NetworkError(
      "the server \(url.withoutQuery) cannot be reached: \(failures.joined(separator: "; "))"
    )
  }

  private static func failure(connectingTo address: SocketAddress) -> String? {
    let descriptor: Descriptor
    do throws(Errno) {
      descriptor = try Socket.startConnecting(to: address)
    } catch {
      return error.reason
    }
    var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
    guard poll(&request, 1, patience) == 1 else { return "no answer within \(patience / 1_000) s" }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor.rawValue, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else {
      return Errno(code, "").reason
    }
    return nil
  }
}
