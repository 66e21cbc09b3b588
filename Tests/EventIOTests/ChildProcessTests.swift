import CLinux
import Glibc
import XCTest

@testable import EventIO

final class ChildProcessTests: XCTestCase {
  private actor Runner: LoopBound {
    nonisolated let loop: EventLoop

    init(loop: EventLoop) {
      self.loop = loop
    }

    func outputOf(_ script: String) async throws -> (String, ExitStatus?) {
      let pipe = try Descriptor.pipe()
      let child = try ChildProcess.spawn(
        ProcessSpecification("/bin/sh", ["-c", script], environment: ["GREETING": "hello"]),
        standardOutput: pipe.writingEnd.rawValue
      )
      _ = consume pipe.writingEnd
      let channel = try Channel(pipe.readingEnd, on: loop)
      defer { channel.close() }
      let bytes = try await channel.readToEnd()
      return (String(decoding: bytes, as: UTF8.self), try await child.waitForExit(on: loop))
    }

    /// Changes this loop's thread alone: on Linux each has a priority of its own.
    func lowerPriority() throws {
      _ = try systemCall("setpriority") { setpriority(.init(PRIO_PROCESS.rawValue), 0, 19) }
    }

    func stayOnFirstCore() throws {
      _ = try systemCall("sched_setaffinity") { clinux_set_thread_core(0) }
    }

    func priority() -> Int32 { getpriority(.init(PRIO_PROCESS.rawValue), 0) }

    func priorityOfANewLoop() async throws -> Int32 {
      let loop = try EventLoop(name: "inner")
      defer { loop.stop() }
      return await Runner(loop: loop).priority()
    }

    func waitBriefly(for child: ChildProcess) async throws -> ExitStatus? {
      try await child.waitForExit(on: loop, until: .now() + .milliseconds(5))
    }

    func wait(for child: ChildProcess) async throws -> ExitStatus? {
      try await child.waitForExit(on: loop)
    }
  }

  private func withRunner<Result>(
    _ body: (Runner) async throws -> Result
  ) async throws -> Result {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    return try await body(Runner(loop: loop))
  }

  func testChild_getsEnvironmentAndGivesOutputAndStatus() async throws {
    try await withRunner { runner in
      let (text, status) = try await runner.outputOf("echo $GREETING; exit 3")
      XCTAssertEqual(text, "hello\n")
      XCTAssertEqual(status, .exited(3))
    }
  }

  func testChild_seesOnlyItsStandardDescriptors() async throws {
    let leaked = try systemCall("fcntl") { fcntl(0, F_DUPFD, 77) }
    defer { close(leaked) }
    try await withRunner { runner in
      let (text, _) = try await runner.outputOf(
        "[ -e /proc/$$/fd/\(leaked) ] && echo leaked || echo private"
      )
      XCTAssertEqual(text, "private\n")
    }
  }

  func testChild_hasDefaultSignals_whenTheParentIgnoresThem() async throws {
    let before = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, before) }
    try await withRunner { runner in
      let (_, status) = try await runner.outputOf("kill -PIPE $$; exit 0")
      XCTAssertEqual(status, .signalled(SIGPIPE))
    }
  }

  func testChild_hasThePriorityOfTheProcess_notOfTheThreadThatStartsIt() async throws {
    try await withRunner { runner in
      try await runner.lowerPriority()
      let (text, _) = try await runner.outputOf("cut -d ' ' -f 19 /proc/self/stat")
      XCTAssertEqual(text, "\(getpriority(.init(PRIO_PROCESS.rawValue), id_t(getpid())))\n")
    }
  }

  func testChild_hasTheCoresAndFileLimitOfTheProcess_notOfTheThreadThatStartsIt() async throws {
    var before = rlimit()
    getrlimit(.init(RLIMIT_NOFILE.rawValue), &before)
    _ = try systemCall("setrlimit") { clinux_raise_file_limit() }
    defer { setrlimit(.init(RLIMIT_NOFILE.rawValue), &before) }
    let script = "grep Cpus_allowed_list /proc/self/status; ulimit -n"
    try await withRunner { runner in
      let (expected, _) = try await runner.outputOf(script)
      try await runner.stayOnFirstCore()
      let (text, _) = try await runner.outputOf(script)
      XCTAssertEqual(text, expected)
      // That at the process's start, which another test may have raised since.
      let limit = try XCTUnwrap(text.split(separator: "\n").last.flatMap { UInt64($0) }, text)
      XCTAssertLessThanOrEqual(limit, UInt64(before.rlim_cur), text)
    }
  }

  func testLoop_hasThePriorityOfTheProcess_whenALoweredThreadStartsIt() async throws {
    try await withRunner { runner in
      try await runner.lowerPriority()
      let priority = try await runner.priorityOfANewLoop()
      XCTAssertEqual(priority, getpriority(.init(PRIO_PROCESS.rawValue), id_t(getpid())))
    }
  }

  func testSpawn_throws_whenTheProgramIsMissing() {
    XCTAssertThrowsError(try ChildProcess.spawn(ProcessSpecification("/nonexistent", []))) {
      XCTAssertEqual($0 as? Errno, Errno(ENOENT, "start /nonexistent"))
    }
  }

  func testWaitForExit_givesUp_atItsDeadline() async throws {
    try await withRunner { runner in
      let child = try ChildProcess.spawn(ProcessSpecification("/bin/sleep", ["60"]))
      let early = try await runner.waitBriefly(for: child)
      XCTAssertNil(early)
      child.signal(SIGKILL)
      let status = try await runner.wait(for: child)
      XCTAssertEqual(status, .signalled(SIGKILL))
    }
  }
}
