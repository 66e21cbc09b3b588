import CLinux
import Glibc

/// Signals as input of a descriptor, instead of interruptions of whatever runs.
///
/// The signals are blocked in the calling thread and in the threads that it starts from then on, so
/// make one before any other thread exists.
package struct SignalDescriptor: ~Copyable {
  private let descriptor: Descriptor

  /// Blocks the signals and waits for them from now on.
  package init(_ signals: [Int32]) throws(Errno) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let raw = try systemCall("signalfd") { clinux_signalfd(&set) }
    descriptor = Descriptor(owning: raw)
  }

  /// The descriptor's number, for poll.
  package var rawValue: Int32 { descriptor.rawValue }

  /// The next pending signal; nil if there is none.
  package func take() -> Int32? {
    let number = clinux_signalfd_take(descriptor.rawValue)
    return number == 0 ? nil : number
  }

  /// Blocks until a signal comes, and gives it.
  package func wait() throws(Errno) -> Int32 {
    while true {
      if let number = take() { return number }
      var wait = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
      _ = try systemCall("poll") { poll(&wait, 1, -1) }
    }
  }
}
