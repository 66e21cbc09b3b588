import EventIO
import Glibc

/// Sees whether a client hangs up while its request is being answered.
///
/// A client that has sent more already is not watched: what it sent hides the end. One that only says that it
/// sends no more (a half-closed connection) is taken for gone.
@ServerLoop
final class HangUpWatch {
  private let channel: Channel
  private var isOver = false

  /// Watches until a closed connection, which is told once, or until `end`.
  init(_ channel: Channel, _ action: @escaping @ServerLoop () -> Void) {
    self.channel = channel
    ServerLoop.start { [self] in
      let result = await withUnsafeContinuation { continuation in
        if isOver {
          continuation.resume(returning: WaitResult.interrupted)
        } else {
          channel.resumeWhenReadable(continuation, until: nil)
        }
      }
      if !isOver, result == .ready, isHungUp { action() }
    }
  }

  /// Leaves the input to whoever reads the next request.
  func end() {
    guard !isOver else { return }
    isOver = true
    channel.endReadWait()
  }

  private var isHungUp: Bool {
    var byte: UInt8 = 0
    let count = recv(
      channel.rawDescriptor,
      &byte,
      1,
      Int32(MSG_PEEK | MSG_DONTWAIT)
    )
    return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
  }
}
