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
    let waiting = Task { try await MachineLock.acquire(at: path) { unlink(path) }.release() }
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
