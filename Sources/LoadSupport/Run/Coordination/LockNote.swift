import EventIO
import Glibc

/// What the holder of the machine's lock writes into its file for those who wait: `PID TAKEN ENDING`,
/// instants of the monotonic clock in nanoseconds, which all processes share, and behind them the run id where the
/// holders are parts of one load.
///
/// Only a help but for that: where the file is another user's nothing is written, and a note of a process that does
/// not hold the lock is none.
struct LockNote: Sendable, Equatable {
  /// The process that wrote it.
  let process: pid_t

  /// When it got the lock.
  let taken: MonotonicInstant

  /// When the load that it runs will end; nil where it does not know yet.
  var ending: MonotonicInstant?

  /// The load of which all who hold the lock have parts; nil where one holds it.
  let runID: String?

  /// The longest that is read.
  private static let limit = 150

  /// A note of this process and moment.
  init(runID: String? = nil) {
    process = getpid()
    taken = .now()
    self.runID = runID
  }

  /// Reads what a file says; nil if that is no note.
  static func read(_ file: borrowing Descriptor) -> LockNote? {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = pread(file.rawValue, &bytes, limit, 0)
    guard count > 0 else { return nil }
    return LockNote(parsing: String(decoding: bytes[..<count], as: UTF8.self))
  }

  /// Reads a note's text.
  init?(parsing text: String) {
    let words = text.words()
    guard words.count == 3 || words.count == 4, let process = pid_t(words[0]), process > 0,
      let taken = Int64(words[1]), let ending = Int64(words[2]),
      // As far from overflow as any clock of a machine that runs.
      (0...1 << 61).contains(taken), (0...1 << 61).contains(ending)
    else { return nil }
    runID = words.count == 4 ? String(words[3]) : nil
    guard runID.map(RecordingPart.isRunID) ?? true else { return nil }
    self.process = process
    self.taken = MonotonicInstant(nanoseconds: taken)
    self.ending = ending > 0 ? MonotonicInstant(nanoseconds: ending) : nil
  }

  /// Writes the note into the file at a path, if it is this user's own under that name alone: what another
  /// name leads to is somebody's data.
  func write(to path: String) {
    guard let file = try? Descriptor.open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK) else { return }
    var status = stat()
    guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_nlink == 1, status.st_size <= Self.limit
    else { return }
    let instants = "\(taken.nanoseconds) \(ending?.nanoseconds ?? 0)"
    let text = "\(process) \(instants)\(runID.map { " \($0)" } ?? "")\n"
    guard ftruncate(file.rawValue, 0) == 0 else { return }
    try? file.writeAll(Array(text.utf8))
  }
}
