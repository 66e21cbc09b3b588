import EventIO
import Foundation
import LoadSupport
import XCTest

@testable import loadtest

/// What each shell makes of its script, asked of the shell itself.
final class CompletionsTests: XCTestCase {
  /// Runs a shell with a script as a file; nil where the shell is not installed.
  private func run(_ shell: CompletionsCommand.Shell, _ command: String) throws -> [String]? {
    let path = "/usr/bin/\(shell.rawValue)"
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    let directory = FileManager.default.temporaryDirectory.path + "/completions-\(UUID())"
    try FileManager.default.createDirectory(
      atPath: directory,
      withIntermediateDirectories: true
    )
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let script = directory + "/script"
    try CompletionsCommand.script(shell).write(toFile: script, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": directory, "script": script]
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: output, as: UTF8.self)
    XCTAssertEqual(process.terminationStatus, 0, text)
    return text.split(separator: "\n").map(String.init)
  }

  private func assert(
    _ lines: [String]?,
    has words: [String],
    lacks others: [String] = [],
    line: UInt = #line
  ) throws {
    guard let lines else { throw XCTSkip("this shell is not installed") }
    let found = lines.map { String($0.prefix { $0 != "\t" }) }
    for word in words { XCTAssertTrue(found.contains(word), "\(word): \(lines)", line: line) }
    for word in others { XCTAssertFalse(found.contains(word), "\(word): \(lines)", line: line) }
  }

  private func bash(_ words: String...) throws -> [String]? {
    let list = words.map { "'\($0)'" }.joined(separator: " ")
    return try run(
      .bash,
      ". \"$script\"; COMP_WORDS=(loadtest \(list)); COMP_CWORD=\(words.count); _loadtest; "
        + "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
  }

  func testBash_completesCommandsFlagsValuesAndScenarios() throws {
    try assert(bash("ca"), has: ["capacity"], lacks: ["run"])
    try assert(bash("run", "--prof"), has: ["--profile"], lacks: ["--pairs"])
    try assert(bash("run", "--profile", ""), has: ["smoke", "quick", "standard"])
    try assert(bash("run", "comm"), has: ["command_throughput"])
    try assert(bash("run", "--tls-ca", "scr"), has: ["script"])
    try assert(bash("run", "--results-dir", "scr"), has: ["script"])
    try assert(bash("baseline", "a"), has: ["anchor", "accept"])
    try assert(bash("run", "--workers", ""), has: [], lacks: ["script", "all"])
    try assert(bash("workload", ""), has: ["command_throughput"], lacks: ["script"])
  }

  func testFish_completesCommandsFlagsValuesAndScenarios() throws {
    func fish(_ line: String) throws -> [String]? {
      try run(.fish, "source $script; complete -C '\(line)'")
    }
    try assert(fish("loadtest ca"), has: ["capacity"], lacks: ["run"])
    try assert(fish("loadtest run --prof"), has: ["--profile"])
    try assert(fish("loadtest run --profile "), has: ["smoke", "quick", "standard"])
    try assert(fish("loadtest run comm"), has: ["command_throughput"])
    try assert(fish("loadtest run --tls-ca scr"), has: ["script"])
  }

  /// Its own functions are stood in for: they write what they would show.
  func testZsh_completesCommandsFlagsValuesAndScenarios() throws {
    func zsh(_ words: String...) throws -> [String]? {
      let list = words.map { "'\($0)'" }.joined(separator: " ")
      return try run(
        .zsh,
        "compdef() { :; }; compadd() { [ \"$1\" = -- ] && shift; print -l -- $@; }; "
          + "_files() { print files; }; "
          + "_describe() { local i; for i in ${(P)2}; do print -r -- ${i%%:*}; done; }; "
          + ". $script; words=(loadtest \(list)); CURRENT=\(words.count + 1); _loadtest"
      )
    }
    try assert(zsh("ca"), has: ["capacity", "run"])
    try assert(zsh("run", "--prof"), has: ["--profile", "--help-all"], lacks: ["--pairs"])
    try assert(zsh("run", "--profile", ""), has: ["smoke", "quick", "standard"], lacks: ["files"])
    try assert(zsh("run", "comm"), has: ["command_throughput", "files"])
    try assert(zsh("run", "--tls-ca", "scr"), has: ["files"], lacks: ["all"])
    try assert(zsh("run", "--workers", ""), has: [], lacks: ["files", "all"])
  }
}
