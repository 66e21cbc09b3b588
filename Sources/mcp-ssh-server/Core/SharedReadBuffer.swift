import EventIO

/// The one buffer that everything on the loop reads into, for what was read is taken out at once.
@ServerLoop
enum SharedReadBuffer {
  private static let storage = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 65_536,
    alignment: 16
  )

  /// Reads what is there and lends it; false at the end of input.
  ///
  /// Finding nothing is no error: the next wait is then a real one.
  static func read(
    from channel: Channel,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(Errno) -> Bool {
    switch try channel.read(into: storage) {
    case .wouldBlock: return true
    case .bytes(0): return false
    case .bytes(let count):
      body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
      return true
    }
  }

  /// Takes out what is there without waiting and lends it piece by piece; errors end it.
  static func drain(_ channel: Channel, _ body: (UnsafeRawBufferPointer) -> Void) {
    while let result = try? channel.read(into: storage), case .bytes(let count) = result, count > 0
    {
      body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }
  }
}
