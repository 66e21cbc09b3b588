import EventIO
import Foundation
import XCTest

@testable import mcp_ssh_server

/// Attempts to read outside of `--file-root`, or to have a path run as a command, on every shell of this
/// machine: names with everything in them that means something to a shell, a file system or a letter.
final class CatFileAttemptTests: LongTestCase {
  /// Parts of names.
  private static let parts = [
    "'", "\"", "`touch F`", "$(touch F)", ";touch F", "\n", "\r\n", "\\", "*", "?", "[", "-", "--",
    " ",
    "\t", "~", "#", "&", "|", "<", ">", "(", ")", "{", "}", "!", "^", "=", "%s", "\u{1}",
    "\u{1B}[2J",
    "\u{301}", "\u{200D}", "\u{FE0F}", "\u{600}", "\u{202E}", "\u{A0}", "é", "e\u{301}", "日", "x",
    ".",
    "/'\u{301}`touch F`'\u{301}", "');hostname(){ echo x; };('",
  ]

  /// Directories with files of the same names inside and outside of the root.
  private struct Place {
    let directory = NSTemporaryDirectory() + "/cat-attempts-\(UUID())"

    var root: String { directory + "/root" }

    init() throws {
      for name in ["/root", "/root-x", "/outside", "/work"] {
        try FileManager.default.createDirectory(
          atPath: directory + name,
          withIntermediateDirectories: true
        )
      }
      write("secret", to: "/outside/file")
      write("secret", to: "/root-x/file")
      // What a name without its line end would lead to, and the other way round.
      write("secret", to: "/root\n")
      write("good", to: "/root/file")
    }

    func write(_ text: String, to name: String) {
      _ = FileManager.default.createFile(atPath: directory + name, contents: Data(text.utf8))
    }

    func link(_ name: String, to target: String) throws {
      try FileManager.default.createSymbolicLink(
        atPath: root + name,
        withDestinationPath: target
      )
    }
  }

  func testPath_isData_whateverItHolds() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = TestRandom(seed: seed)
    let place = try Place()
    defer { try? FileManager.default.removeItem(atPath: place.directory) }
    let tool = CatFileTool(roots: [place.root], limitBytes: 1000)
    let free = CatFileTool(roots: ["/"], limitBytes: 1000)
    var names: Set<String> = []
    while names.count < 110 {
      let count = Int.random(in: 1...4, using: &random)
      let name = (0..<count).map { _ in Self.parts.randomElement(using: &random) ?? "" }.joined()
      if !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." { names.insert(name) }
    }
    let inside = Array(names)
    for name in inside { place.write(name, to: "/root/\(name)") }
    // Names that do not exist, in directories that do not exist either.
    let absent = inside.prefix(20).map { "\(place.root)/none/\($0)" }
    for shell in TestShell.all {
      let commands = inside.map { tool.command(for: "\(place.root)/\($0)", limit: 1000) }
      let outcomes =
        try await shell.run(
          commands
            + inside.prefix(20).map { free.command(for: "\(place.root)/\($0)", limit: 1000) },
          directory: place.directory + "/work"
        )
      for (name, outcome) in zip(inside + inside.prefix(20), outcomes) {
        XCTAssertEqual(
          outcome.standardOutput,
          Array(name.utf8),
          "seed \(seed), \(shell): \(name.debugDescription)"
        )
      }
      let failures = try await shell.run(
        (absent + absent.map { $0 + "\n" }).map { tool.command(for: $0, limit: 1000) },
        directory: place.directory + "/work"
      )
      for (path, outcome) in zip(absent + absent, failures) {
        XCTAssertTrue(
          outcome.standardOutput.isEmpty && outcome.exitStatus != 0,
          "seed \(seed), \(shell): \(path.debugDescription)"
        )
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: place.directory + "/work")
      XCTAssertEqual(left, [], "seed \(seed), \(shell)")
    }
  }

  func testRoot_isNotLeft_whateverLeadsOutOfIt() async throws {
    let place = try Place()
    defer { try? FileManager.default.removeItem(atPath: place.directory) }
    try place.link("/link", to: "../outside/file")
    try place.link("/link\n", to: "../outside/file")
    try place.link("/up", to: "..")
    try place.link("/dots", to: "../root/../root-x")
    try place.link("/good\n", to: "file")
    try place.link("/bad\n", to: "../root\n")
    try place.link("/self", to: place.root)
    try place.link("/zero", to: "/dev/zero")
    try place.link("/input", to: "/proc/self/fd/0")
    let (root, directory) = (place.root, place.directory)
    let outside = [
      "\(directory)/outside/file", "\(directory)/root-x/file", "\(directory)/root\n",
      "\(root)/link",
      "\(root)/link\n", "\(root)/up/outside/file", "\(root)/dots/file", "\(root)/../outside/file",
      "\(root)/./../outside/file", "\(root)/bad\n", "\(root)/self/../outside/file", "\(root)/zero",
      "\(root)/input", "\(root)/up/root\n", "\(root)//..//outside//file", "/etc/passwd",
      "//etc/passwd", "/proc/self/root/etc/passwd", "/proc/self/cwd/outside/file", "\(root)\n",
      "\(root)*/file", "\(root)-x/file", "\(root)/..", "/", "/dev/stdin", "/dev/fd/0",
      "/proc/self/environ",
    ]
    let inside = [
      "\(root)/file", "\(root)/self/file", "\(root)/good\n", "\(root)/../root/file",
      "//\(root)/./file",
      "\(root)/up/root/file",
    ]
    let tool = CatFileTool(roots: [root, "\(directory)/none"], limitBytes: 1000)
    for shell in TestShell.all {
      let refused = try await shell.run(outside.map { tool.command(for: $0, limit: 1000) })
      for (path, outcome) in zip(outside, refused) {
        let statuses = [CatFileTool.outsideStatus, CatFileTool.unresolvedStatus]
        XCTAssertEqual(outcome.standardOutput, [], "\(shell): \(path.debugDescription)")
        XCTAssertTrue(statuses.contains(outcome.exitStatus), "\(shell): \(path.debugDescription)")
      }
      let read = try await shell.run(inside.map { tool.command(for: $0, limit: 1000) })
      for (path, outcome) in zip(inside, read) {
        XCTAssertEqual(outcome.standardOutput, Array("good".utf8), "\(shell): \(path)")
      }
    }
  }
}
