import Glibc
import Synchronization

/// A standard stream that may be slow, full, closed or gone: what cannot be written ends nothing.
///
/// Whoever writes to a terminal that is stopped, or to a pipe that nobody reads, waits for ever. So
/// writers say how long they wait, and what is left goes out with the next write. After a failure
/// nothing is tried any more, and `failure` tells of it. Any thread may write; blocks.
public final class Output: Sendable {
  /// Where results go.
  public static let standard = Output(1)

  /// Where everything else goes that people are told.
  public static let errors = Output(2)

  /// The most that is handed over at once: what a pipe or a terminal that is ready takes without
  /// making its writer wait (pipe(7)).
  private static let portion = 512

  private let descriptor: Int32
  private let state = Mutex(State())

  private struct State {
    var unsent: ArraySlice<UInt8> = []
    var failure: Errno?

    /// Lines at the end of a terminal, in whose place comes what is written next.
    var drawn: [String] = []
  }

  /// A stream over a descriptor that others own.
  package init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// What kept text from being written for good; nil if nothing has.
  package var failure: Errno? { state.withLock { $0.failure } }

  /// Writes text, and what is left of earlier text before it; waits as long as nothing can be written,
  /// at most for `patience`, then leaves the rest to the next call.
  public func write(_ text: String, patience: Duration = .seconds(10)) {
    write(text.utf8, patience: patience)
  }

  /// The same with bytes.
  package func write(_ bytes: some Sequence<UInt8>, patience: Duration = .seconds(10)) {
    // Both may be the same terminal.
    if self !== Output.errors { Output.errors.draw([]) }
    state.withLock { state in
      let removal = removal(&state)
      state.unsent += removal
      state.unsent += bytes
      send(&state, patience)
    }
  }

  /// Writes text that is worth nothing later, if the stream takes everything before it at once.
  package func offer(_ text: String) {
    state.withLock { state in
      send(&state, .zero)
      guard state.unsent.isEmpty else { return }
      state.unsent += text.utf8
      send(&state, .zero)
    }
  }

  /// Shows lines at the end of a terminal, the first of them bold if they are to be, in the place of those that were
  /// drawn before.
  package func draw(_ lines: [String], isBold: Bool = false) {
    state.withLock { state in
      send(&state, .zero)
      guard state.unsent.isEmpty, !lines.isEmpty || !state.drawn.isEmpty else { return }
      let removal = removal(&state)
      state.unsent += removal
      for (index, line) in lines.enumerated() {
        state.unsent += (isBold && index == 0 ? "\u{1B}[1m\(line)\u{1B}[0m\n" : "\(line)\n").utf8
      }
      state.drawn = lines
      send(&state, .zero)
    }
  }

  /// What takes drawn lines away, and whatever was typed behind them: a terminal that became narrower has wrapped
  /// them.
  private func removal(_ state: inout State) -> [UInt8] {
    guard !state.drawn.isEmpty else { return [] }
    let columns = size.columns
    let rows = state.drawn.reduce(0) {
      $0 + max(1, ($1.unicodeScalars.count + columns - 1) / columns)
    }
    state.drawn = []
    return Array("\r\u{1B}[\(rows)A\u{1B}[J".utf8)
  }

  /// Columns and rows of the terminal; 80 and 24 where it is none, or does not know.
  package var size: (columns: Int, rows: Int) {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    func known(_ number: UInt16, _ usual: Int) -> Int {
      isKnown && number > 0 ? Int(number) : usual
    }
    return (known(size.ws_col, 80), known(size.ws_row, 24))
  }

  /// Writes what is left, however long that takes.
  package func finish() {
    state.withLock { send(&$0, nil) }
  }

  private func send(_ state: inout State, _ patience: Duration?) {
    guard state.failure == nil else {
      state.unsent = []
      return
    }
    while !state.unsent.isEmpty {
      guard waitUntilReady(patience) else { return }
      let count = state.unsent.prefix(Self.portion).withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      let code = errno
      if count >= 0 {
        state.unsent = state.unsent.dropFirst(count)
      } else if code != EINTR, code != EAGAIN {
        state.failure = Errno(code, "write to descriptor \(descriptor)")
        state.unsent = []
      }
    }
  }

  /// Whether the stream takes something, or says why not, before the time is up.
  private func waitUntilReady(_ patience: Duration?) -> Bool {
    var waits = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let count = poll(&waits, 1, patience.map { Int32($0 / .milliseconds(1)) } ?? -1)
      if count >= 0 { return count > 0 }
      // Any other error is the write's to tell.
      if errno != EINTR { return true }
    }
  }
}
