import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

final class AuditFileTests: XCTestCase {
  private let directory = NSTemporaryDirectory() + "/mcp-ssh-server-audit-\(getpid())"

  override func setUpWithError() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws {
    try FileManager.default.removeItem(atPath: directory)
  }

  private func contents(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @ServerLoop
  private static func open(_ path: String) throws {
    _ = try AuditFile(path)
  }

  func testFile_isRefused_whenItIsNotOurOwnRegularFile() async throws {
    let file = "\(directory)/file"
    try "".write(toFile: file, atomically: false, encoding: .utf8)
    XCTAssertEqual(symlink(file, "\(directory)/link"), 0)
    XCTAssertEqual(symlink("\(directory)/nothing", "\(directory)/dangling"), 0)
    XCTAssertEqual(mkfifo("\(directory)/fifo", 0o600), 0)
    XCTAssertEqual(link(file, "\(directory)/hard"), 0)
    var refused = ["link", "dangling", "fifo", "hard", "file", "absent/file", ""]
    if geteuid() == 0 {
      let other = "\(directory)/other"
      try "".write(toFile: other, atomically: false, encoding: .utf8)
      XCTAssertEqual(chown(other, 65534, 65534), 0)
      refused.append("other")
    }
    for name in refused {
      do {
        try await Self.open("\(directory)/\(name)")
        XCTFail("\(name) was opened")
      } catch {
        XCTAssertTrue("\(error)".contains(directory), "\(error)")
      }
    }
    do {
      try await Self.open("/dev/null")
      XCTFail("a device was opened")
    } catch {}
    XCTAssertFalse(FileManager.default.fileExists(atPath: "\(directory)/nothing"))
    // With its other name gone it is ours alone.
    unlink("\(directory)/hard")
    try await Self.open(file)
  }

  func testFile_isForItsOwnerAlone_andKeepsWhatItHas() async throws {
    for (name, before) in [("new", nil), ("old", "{}\n"), ("cut", "{}\n{\"a")] {
      let path = "\(directory)/\(name)"
      try before?.write(toFile: path, atomically: false, encoding: .utf8)
      chmod(path, 0o644)
      try await Self.append("{\"b\":1}\n", to: path)
      let end = name == "cut" ? "\n{\"b\":1}\n" : "{\"b\":1}\n"
      XCTAssertEqual(try contents(path), (before ?? "") + end)
      var status = stat()
      XCTAssertEqual(stat(path, &status), 0)
      XCTAssertEqual(status.st_mode & 0o7777, 0o600, name)
    }
  }

  @ServerLoop
  private static func append(_ line: String, to path: String) throws {
    try AuditFile(path).append(Array(line.utf8))
  }

  func testTrail_goesOnInANewFile_whenReopened() async throws {
    let path = "\(directory)/trail"
    try await Self.writeAround(path, "\(directory)/trail.1")
    XCTAssertEqual(try events("\(directory)/trail.1"), ["start", "before", "moved"])
    XCTAssertEqual(try events(path), ["reopen", "after"])
  }

  @ServerLoop
  private static func writeAround(_ path: String, _ moved: String) throws {
    let trail = try AuditTrail(path: path, log: Log(level: .error))
    XCTAssertTrue(trail.write(AuditLine("before")))
    XCTAssertEqual(rename(path, moved), 0)
    XCTAssertTrue(trail.write(AuditLine("moved")))
    trail.reopen()
    XCTAssertTrue(trail.write(AuditLine("after")))
  }

  func testTrail_makesItsFileAnew_whenItWasRemoved() async throws {
    let path = "\(directory)/trail"
    try await Self.writeAroundRemoval(path)
    XCTAssertEqual(try events(path), ["after", "later"])
  }

  @ServerLoop
  private static func writeAroundRemoval(_ path: String) throws {
    let trail = try AuditTrail(path: path, log: Log(level: .error))
    unlink(path)
    XCTAssertTrue(trail.write(AuditLine("after")))
    XCTAssertTrue(trail.write(AuditLine("later")))
  }

  func testTrail_saysWhatIsMissing_whenItsFileCouldNotBeOpened() async throws {
    let path = "\(directory)/trail"
    try await Self.loseLines(path)
    XCTAssertEqual(try events(path), ["gap", "again"])
    XCTAssertTrue(try contents(path).contains("\"lines\":3"))
  }

  @ServerLoop
  private static func loseLines(_ path: String) throws {
    let trail = try AuditTrail(path: path, log: Log(level: .error))
    unlink(path)
    // In its place lies what must not be written through.
    XCTAssertEqual(symlink("/dev/null", path), 0)
    trail.reopen()
    for _ in 1...2 { XCTAssertFalse(trail.write(AuditLine("lost"))) }
    unlink(path)
    XCTAssertTrue(trail.write(AuditLine("again")))
  }

  private func events(_ path: String) throws -> [String?] {
    try contents(path).split(separator: "\n").map { line in
      try JSONValue(parsing: Array(line.utf8))["event"]?.string
    }
  }
}
