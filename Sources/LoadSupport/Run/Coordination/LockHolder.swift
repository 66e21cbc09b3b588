import EventIO
import Foundation
import Glibc

/// Who holds the machine's lock, as far as others may know it: the kernel tells the process, and the
/// process tells in the file when its load will end.
struct LockHolder: Sendable, Equatable, CustomStringConvertible {
  /// The process.
  let process: pid_t

  /// Its program and what it was asked for, without flags: their values may be secrets.
  let command: String

  /// Whose process it is.
  let user: String

  /// For how long it has had the lock; nil where it cannot tell.
  let age: Duration?

  /// How long the load that it runs now will go on, at least; nil where it cannot tell.
  let left: Duration?

  /// What a waiting user is told.
  var description: String {
    "process \(process) of \(user) (\(command))"
      + (age.map { ", for \(Self.text($0)) so far" } ?? "")
      + (left.map { $0 > .zero ? " and about \(Self.text($0)) more" : ", about to end" } ?? "")
  }

  /// Looks for the holder of a lock on a file; nil where the kernel does not tell of it.
  init?(of file: borrowing Descriptor) {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { return nil }
    let note = LockNote.read(file)
    let processes = Self.processes(
      lockingInode: UInt64(status.st_ino),
      by: String(
        decoding: FileManager.default.contents(atPath: "/proc/locks") ?? Data(),
        as: UTF8.self
      )
    )
    guard let process = processes.first(where: { $0 == note?.process }) ?? processes.first else {
      return nil
    }
    self.process = process
    command = Self.command(of: process)
    user = Self.user(of: process)
    let known = note?.process == process ? note : nil
    let now = MonotonicInstant.now()
    age = known.map { max(.zero, now - $0.taken) }
    left = known?.ending.map { max(.zero, $0 - now) }
  }

  /// The processes that hold a lock by flock(2) on an inode, in a text like that of `/proc/locks`
  /// (proc(5)): `1: FLOCK  ADVISORY  WRITE 708 00:13:11 0 EOF`, where others wait behind an arrow.
  static func processes(lockingInode inode: UInt64, by locks: String) -> [pid_t] {
    locks.lines().compactMap { line in
      let words = line.words()
      guard words.count > 5, words[1].hasSameBytes(as: "FLOCK"), let process = pid_t(words[4]),
        process > 0, words[5].split(at: UInt8(ascii: ":")).last.flatMap({ UInt64($0) }) == inode
      else { return nil }
      return process
    }
  }

  private static func command(of process: pid_t) -> String {
    let text = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
    let words = String(decoding: text, as: UTF8.self).split(at: 0)
    guard let program = words.first?.split(at: UInt8(ascii: "/")).last else { return "unknown" }
    let rest = words.dropFirst().prefix { !$0.hasBytePrefix("-") }
    return String(([program] + rest).joined(separator: " ").shown.cut(toBytes: 100))
  }

  private static func user(of process: pid_t) -> String {
    var status = stat()
    guard stat("/proc/\(process)", &status) == 0 else { return "unknown" }
    guard let entry = getpwuid(status.st_uid) else { return "user \(status.st_uid)" }
    return String(cString: entry.pointee.pw_name).shown
  }

  private static func text(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    return seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
  }
}
