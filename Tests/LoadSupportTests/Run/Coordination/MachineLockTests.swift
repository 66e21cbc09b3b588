import EventIO
import Glibc
import XCTest

@testable import LoadSupport

final class MachineLockTests: XCTestCase {
  func testLock_keepsOthersWaiting_untilItIsGivenBack() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let lock = try await MachineLock.acquire(at: path)
    let second = Task { try await MachineLock.acquire(at: path).release() }
    try await Task.sleep(for: .milliseconds(100))
    lock.release()
    try await second.value
  }

  func testLock_isSharedByPartsOfOneRun_andByNobodyElse() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let first = try await MachineLock.acquire(at: path, of: "night")
    let second = try await MachineLock.acquire(at: path, of: "night")
    for (runID, isHad) in [("day", false), (nil, false), ("nigh", false), ("night", true)] {
      let had = try await self.isHad(by: runID, at: path)
      XCTAssertEqual(had, isHad, runID ?? "no part")
    }
    // Whoever had it first may be gone before the others.
    first.release()
    for (runID, isHad) in [("day", false), (nil, false), ("night", true)] {
      let had = try await self.isHad(by: runID, at: path)
      XCTAssertEqual(had, isHad, runID ?? "no part")
    }
    second.release()
    let day = try await MachineLock.acquire(at: path, of: "day")
    let isHadByNight = try await isHad(by: "night", at: path)
    XCTAssertFalse(isHadByNight)
    day.release()
    let alone = try await MachineLock.acquire(at: path)
    let isHadByPart = try await isHad(by: "day", at: path)
    XCTAssertFalse(isHadByPart)
    alone.release()
  }

  private func isHad(by runID: String?, at path: String) async throws -> Bool {
    do {
      try await MachineLock.acquire(at: path, of: runID) { _ in
        throw LockError(description: "waiting")
      }.release()
      return true
    } catch let error as LockError {
      XCTAssertEqual(error.description, "waiting")
      return false
    }
  }

  /// All begin at the same moment, and none keeps another out.
  func testLock_isHadByAllParts_whenTheyBeginTogether() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let all = Barrier(8)
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          let lock = try await MachineLock.acquire(at: path, of: "night")
          await all.wait()
          lock.release()
        }
      }
      try await group.waitForAll()
    }
  }

  func testWaiting_isToldWhoHoldsTheLock_andForHowLong() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let lock = try await MachineLock.acquire(at: path)
    var note = LockNote()
    note.ending = .now() + .seconds(90)
    note.write(to: path)
    do {
      try await MachineLock.acquire(at: path) { holder in
        let holder = try XCTUnwrap(holder)
        XCTAssertEqual(holder.process, getpid())
        XCTAssertEqual(holder.user, String(cString: getpwuid(geteuid()).pointee.pw_name))
        XCTAssertFalse(holder.command.hasPrefix("/"), holder.command)
        XCTAssertLessThan(try XCTUnwrap(holder.age), .seconds(600))
        let left = try XCTUnwrap(holder.left)
        XCTAssertLessThanOrEqual(left, .seconds(90))
        XCTAssertGreaterThan(left, .zero)
        XCTAssertTrue(holder.description.hasPrefix("process \(getpid()) of "), "\(holder)")
        XCTAssertTrue(holder.description.contains(" and about "), "\(holder)")
        throw LockError(description: "seen")
      }.release()
      XCTFail("it was locked")
    } catch {
      XCTAssertEqual("\(error)", "seen")
    }
    lock.release()
  }

  func testHolder_isTheOneOfTheFile_amongTheKernelsLocks() {
    let locks = """
      1: POSIX  ADVISORY  WRITE 11 00:13:77 0 EOF
      2: FLOCK  ADVISORY  WRITE 12 fe:01:78 0 EOF
      3: FLOCK  ADVISORY  WRITE 13 fe:01:77 0 EOF
      3: -> FLOCK  ADVISORY  WRITE 14 fe:01:77 0 EOF
      4: FLOCK  ADVISORY  WRITE 0 fe:01:77 0 EOF
      5: FLOCK  ADVISORY
      """
    XCTAssertEqual(LockHolder.processes(lockingInode: 77, by: locks), [13])
    XCTAssertEqual(LockHolder.processes(lockingInode: 7, by: locks), [])
  }

  func testNote_isRead_andAnythingElseIsNone() {
    XCTAssertEqual(LockNote(parsing: "7 1000 0\n")?.process, 7)
    XCTAssertNil(LockNote(parsing: "7 1000 0\n")?.ending)
    XCTAssertEqual(LockNote(parsing: "7 1000 2000\n")?.ending?.nanoseconds, 2_000)
    XCTAssertNil(LockNote(parsing: "7 1000 2000\n")?.runID)
    XCTAssertEqual(LockNote(parsing: "7 1000 2000 night-1\n")?.runID, "night-1")
    for text in [
      "", "7", "7 1 2 3 4", "7 1 2 a/b", "-7 1 2", "7 -1 2", "7 1 x", "7 1 9223372036854775807",
      "a b c",
      "99999999999 1 2",
    ] { XCTAssertNil(LockNote(parsing: text), text) }
  }

  /// A file with another name besides is somebody's data, whatever lies at the lock's path.
  func testNote_isNotWritten_intoWhatHasAnotherName() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("1 2 0\n".utf8, to: "data")
    for (name, make) in [("hard", link), ("soft", symlink)] {
      let other = "\(directory.path)/\(name)"
      XCTAssertEqual(make(path, other), 0)
      LockNote().write(to: other)
      XCTAssertEqual(try String(contentsOfFile: path, encoding: .utf8), "1 2 0\n", name)
      unlink(other)
    }
    LockNote().write(to: path)
    XCTAssertTrue(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("\(getpid()) "))
    let long = try directory.write(String(repeating: "x", count: 151).utf8, to: "long")
    LockNote().write(to: long)
    XCTAssertEqual(try String(contentsOfFile: long, encoding: .utf8).count, 151)
  }

  func testFile_canBeReadByOthers_whateverTheUmask() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let before = umask(0o777)
    let lock: MachineLock
    do {
      defer { umask(before) }
      lock = try await MachineLock.acquire(at: path)
    }
    var status = stat()
    XCTAssertEqual(stat(path, &status), 0)
    XCTAssertEqual(status.st_mode & 0o777, 0o644)
    lock.release()
    // One that an older program made.
    chmod(path, 0o600)
    try await MachineLock.acquire(at: path).release()
    XCTAssertEqual(stat(path, &status), 0)
    XCTAssertEqual(status.st_mode & 0o777, 0o644)
  }

  func testLock_isOfTheFileThatIsThere_whenItWasRemovedMeanwhile() async throws {
    let path = try TemporaryDirectory().path + "/lock"
    let old = try await MachineLock.acquire(at: path)
    let waiting = Task { try await MachineLock.acquire(at: path) { _ in unlink(path) }.release() }
    try await Task.sleep(for: .milliseconds(200))
    old.release()
    try await waiting.value
    XCTAssertEqual(access(path, R_OK), 0)
  }

  func testLock_isRefused_whenSomethingElseLiesAtItsPath() async throws {
    let directory = try TemporaryDirectory().path
    let (link, folder, fifo) = ("\(directory)/link", "\(directory)/folder", "\(directory)/fifo")
    XCTAssertEqual(symlink("/etc/passwd", link), 0)
    XCTAssertEqual(mkdir(folder, 0o755), 0)
    XCTAssertEqual(mkfifo(fifo, 0o644), 0)
    for path in [link, folder, fifo] {
      do {
        try await MachineLock.acquire(at: path).release()
        XCTFail("\(path) was locked")
      } catch {
        XCTAssertTrue("\(error)".contains("cannot use \(path)"), "\(error)")
        XCTAssertTrue("\(error)".contains("remove it"), "\(error)")
      }
    }
  }
}

/// Lets nobody go on before all have come.
private actor Barrier {
  private var missing: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) {
    missing = count
  }

  func wait() async {
    missing -= 1
    guard missing > 0 else {
      for continuation in waiting { continuation.resume() }
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }
}
