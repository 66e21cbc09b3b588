import EventIO
import Glibc

/// What clients did and were refused, line by line in a file, for whoever must answer for it later.
///
/// What is to be done is written before it is done and again, with its outcome, afterwards; what cannot
/// be written before is not done. Lines are in the kernel's hands when the calls return: they survive the
/// server's end, not that of the machine.
@ServerLoop
final class AuditTrail {
  private let path: String
  private let log: Log
  private var file: AuditFile?
  private var lostCount = 0
  private var callCount = 0

  /// Opens the file and says in it that the server begins.
  ///
  /// - Throws: why the file cannot be one of a trail. One that only has no room is none of these.
  init(path: String, log: Log) throws(Errno) {
    self.path = path
    self.log = log
    file = try AuditFile(path)
    var line = AuditLine("start")
    line.add("pid", Int(getpid()))
    write(line)
  }

  /// The part of an id that lines name a session by: ids are secrets, and half of one opens nothing.
  nonisolated static func shortened(_ id: String) -> String {
    String(decoding: id.utf8.prefix(8), as: UTF8.self)
  }

  /// A number for what is done next, by which its lines are known.
  func nextCall() -> Int {
    callCount += 1
    return callCount
  }

  /// Writes a line; false if it could not be written.
  ///
  /// After lines that could not, the first that can follows one that says how many they were. A file that
  /// could not be opened is tried again, and one that was removed is made anew.
  @discardableResult
  func write(_ line: AuditLine) -> Bool {
    do throws(Errno) {
      let file = try openedFile()
      if lostCount > 0 {
        var gap = AuditLine("gap")
        gap.add("lines", lostCount)
        try file.append(gap.finished)
        lostCount = 0
        log.write(.warning, "the audit trail is written again", ["file": path])
      }
      try file.append(line.finished)
      return true
    } catch {
      if lostCount == 0 {
        let fields: KeyValuePairs = ["file": path, "reason": "\(error)"]
        log.write(.error, "the audit trail cannot be written: commands are refused", fields)
      }
      lostCount += 1
      return false
    }
  }

  private func openedFile() throws(Errno) -> AuditFile {
    if let file, !file.isRemoved { return file }
    let opened = try AuditFile(path)
    file = opened
    return opened
  }

  /// Goes on in the file that has the name now, after the old one was moved away.
  func reopen() {
    file = nil
    write(AuditLine("reopen"))
  }
}
