import Glibc

extension Channel {
  /// Writes all bytes, waiting as often as it must.
  ///
  /// On the loop.
  ///
  /// - Throws: what the peer's end did, ETIMEDOUT at the deadline, ECANCELED when interrupted.
  package func writeAll(
    _ bytes: [UInt8],
    until deadline: MonotonicInstant? = nil
  ) async throws(Errno) {
    var offset = 0
    while offset < bytes.count {
      let result = try bytes.withUnsafeBufferPointer { all throws(Errno) in
        try write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[offset...])))
      }
      switch result {
      case .bytes(let count): offset += count
      case .wouldBlock:
        try Self.check(await waitWritable(until: deadline), "write")
      }
    }
  }

  /// Reads some bytes, waiting until there are any; empty at the end of file.
  ///
  /// On the loop.
  ///
  /// - Throws: what the peer's end did, ETIMEDOUT at the deadline, ECANCELED when interrupted.
  package func readSome(
    upTo capacity: Int = 65_536,
    until deadline: MonotonicInstant? = nil
  ) async throws(Errno) -> [UInt8] {
    while true {
      try Self.check(await waitReadable(until: deadline), "read")
      var count: Int?
      var failure: Errno?
      let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
        do throws(Errno) {
          if case .bytes(let read) = try self.read(into: UnsafeMutableRawBufferPointer(buffer)) {
            count = read
            initialized = read
          }
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      if count != nil { return bytes }
    }
  }

  /// Reads until the end of file.
  ///
  /// On the loop.
  package func readToEnd() async throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let some = try await readSome()
      if some.isEmpty { return bytes }
      bytes += some
    }
  }

  private static func check(_ result: WaitResult, _ operation: String) throws(Errno) {
    switch result {
    case .ready: return
    case .timedOut: throw Errno(ETIMEDOUT, operation)
    case .interrupted: throw Errno(ECANCELED, operation)
    }
  }
}
