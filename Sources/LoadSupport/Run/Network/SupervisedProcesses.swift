import EventIO
import Foundation
import Glibc

/// Why a network could not be brought up or used, in a sentence that says what to do.
package struct NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  /// Makes an error of a sentence.
  ///
  /// It may quote a server or a program, and is shown on one line.
  package init(_ description: String) {
    self.description = description.shown
  }
}

/// Programs that end with us, whatever happens to us: the runner's side of the supervisor.
actor SupervisedProcesses: LoopBound {
  nonisolated let loop: EventLoop

  /// A private directory that is removed when the programs are taken down.
  nonisolated let directory: String

  private var supervisor: ChildProcess?
  private var commands: Channel?
  private var replies: Channel?
  private var unsent: [UInt8] = []
  private var isSending = false
  private var isDown = false
  private var reader: Task<Void, Never>?

  /// What was said of programs, by their names: the answers to what was asked of them, and how they ended.
  private var answers: [String: JSONValue] = [:]
  private var ends: [String: String] = [:]

  /// What programs left behind, by the last look.
  private var knownToBeLeft: Set<pid_t> = []

  /// How many have been started over pipes.
  private var programs = 0

  /// Starts a supervisor, the program `loadtest` in its mode of that name, with a new directory.
  static func start(
    executable: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> SupervisedProcesses {
    let environment = ChildEnvironment.of(environment)
    let place = temporaryDirectory(environment)
    // The X's are those that mkdtemp(3) fills in.
    var template = Array("\(place)/loadtest-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw NetworkError(
        "cannot make a directory in \(place): \(Errno(errno, "").reason); set TMPDIR to a directory "
          + "that can be written"
      )
    }
    let directory = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) },
      as: UTF8.self
    )
    let processes = SupervisedProcesses(
      directory: directory,
      loop: try EventLoop(name: "supervised")
    )
    do {
      try await processes.open(executable: executable, environment: environment)
      return processes
    } catch {
      processes.loop.stop()
      try? FileManager.default.removeItem(atPath: directory)
      throw error
    }
  }

  /// TMPDIR, unless its name has a byte that means something to OpenSSH's files and options, where no
  /// version of OpenSSH can quote them all: blanks, `%`, quotes, `$`.
  private static func temporaryDirectory(_ environment: [String: String]) -> String {
    let plain = "/._-+,@:=".utf8
    guard let path = environment["TMPDIR"], path.hasBytePrefix("/"),
      path.utf8.allSatisfy({ byte in
        plain.contains(byte) || byte >= 0x80
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      })
    else { return "/tmp" }
    return path
  }

  private init(directory: String, loop: EventLoop) {
    self.directory = directory
    self.loop = loop
  }

  private func open(executable: String, environment: [String: String]) throws {
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    supervisor = try ChildProcess.spawn(
      ProcessSpecification(
        executable,
        ["supervise", directory],
        environment: environment,
        startsSession: true
      ),
      standardInput: input.readingEnd.rawValue,
      standardOutput: output.writingEnd.rawValue,
      standardError: 2
    )
    commands = try Channel(input.writingEnd, on: loop)
    replies = try Channel(output.readingEnd, on: loop)
    reader = Task(executorPreference: loop.actorTasks) { await self.readReplies() }
  }

  /// The process id of the supervisor, below which everything runs; nil when it has been stopped.
  var supervisorID: pid_t? { supervisor?.processID }

  /// Starts a program and gives its process id; its output goes to a file in the directory.
  @discardableResult
  func start(
    _ name: String,
    _ executable: String,
    _ arguments: [String]
  ) async throws -> pid_t {
    try await start([
      "start": .string(name), "executable": .string(executable),
      "arguments": .array(arguments.map { .string($0) }), "output": .string(log(of: name)),
    ])
  }

  private func start(_ command: JSONValue) async throws -> pid_t {
    let name = command["start"]?.string ?? ""
    ends[name] = nil
    let reply = try await ask(command, about: name)
    guard let id = reply["pid"]?.integer else {
      throw NetworkError("\(name): it was not started")
    }
    return pid_t(id)
  }

  /// Signals a program that was started and everything below it; returns when that is done, after SIGKILL
  /// when they are gone.
  func signal(_ name: String, _ number: Int32) async throws {
    _ = try await ask(
      ["signal": .number(String(number)), "name": .string(name)],
      about: name
    )
  }

  /// Asks the supervisor something about a program, and gives what it says.
  private func ask(_ command: JSONValue, about name: String) async throws -> JSONValue {
    answers[name] = nil
    try await send(command)
    let answer = try await news(until: .now() + .seconds(10)) {
      answers.removeValue(forKey: name)
    }
    guard let answer else { throw NetworkError("\(name): the supervisor does not answer") }
    if let reason = answer["failed"]?.string { throw NetworkError("\(name): \(reason)") }
    return answer
  }

  /// The file that a program's output goes to.
  nonisolated func log(of name: String) -> String {
    "\(directory)/\(name).log"
  }

  /// What a program has said, in whichever encoding: what is no UTF-8 is U+FFFD.
  nonisolated func output(of name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: log(of: name)) ?? Data(), as: UTF8.self)
  }

  /// What it said last, for people.
  nonisolated func lastWords(of name: String) -> String {
    output(of: name).lastLineShown ?? "it said nothing"
  }

  /// How a program ended, if it has.
  func end(of name: String) throws -> String? {
    if isDown { throw Self.hasEnded }
    return ends[name]
  }

  /// Takes everything down and returns when it is gone.
  func stop() async {
    guard let supervisor else { return }
    self.supervisor = nil
    commands?.close()
    // The supervisor needs moments; one that hangs is killed, and its children with it.
    let status = try? await supervisor.waitForExit(on: loop, until: .now() + .seconds(15))
    if status == nil {
      supervisor.signal(SIGKILL)
      _ = try? await supervisor.waitForExit(on: loop)
      try? FileManager.default.removeItem(atPath: directory)
    }
    replies?.close()
    await reader?.value
    loop.stop()
  }

  // MARK: Commands and replies

  private static let hasEnded = NetworkError("the supervisor has ended unexpectedly")

  /// Sends a command behind those that wait to be sent.
  private func send(_ command: JSONValue) async throws {
    guard let commands else { throw NetworkError("the supervisor has been stopped") }
    unsent += command.encoded + [UInt8(ascii: "\n")]
    guard !isSending else { return }
    isSending = true
    defer { isSending = false }
    while !unsent.isEmpty {
      let next = unsent
      unsent = []
      try await commands.writeAll(next)
    }
  }

  /// Waits until a look at what was said finds something; nil at the deadline.
  private func news<Found>(
    until deadline: MonotonicInstant,
    _ look: () -> Found?
  ) async throws -> Found? {
    while true {
      if let found = look() { return found }
      if isDown { throw Self.hasEnded }
      let present = MonotonicInstant.now()
      guard present < deadline else { return nil }
      // Each reply ends the sleep.
      _ = await loop.sleep(until: min(deadline, present + .seconds(1)))
    }
  }

  /// Takes in what the supervisor says until it says no more.
  private func readReplies() async {
    var unread: [UInt8] = []
    while let replies, let bytes = try? await replies.readSome(), !bytes.isEmpty {
      unread += bytes
      while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        if let reply = try? JSONValue(parsing: unread[..<end]) { note(reply) }
        unread.removeSubrange(...end)
      }
      loop.interruptSleepers()
    }
    isDown = true
    loop.interruptSleepers()
  }

  private func note(_ reply: JSONValue) {
    guard let name = reply["name"]?.string else { return }
    if let status = reply["exited"]?.string {
      ends[name] = status
    } else {
      answers[name] = reply
    }
  }
}

// MARK: Programs that are spoken to

extension SupervisedProcesses: ProgramHost {
  // Whoever asks has a loop of its own, where the waits here must not go on.

  nonisolated func start(
    _ executable: String,
    _ arguments: [String]
  ) async throws -> StartedProgram {
    try await Task(executorPreference: loop.actorTasks) {
      try await self.startOverPipes(executable, arguments)
    }.value
  }

  nonisolated func end(of name: String, within patience: Duration) async -> String? {
    await Task(executorPreference: loop.actorTasks) {
      await self.ended(name, until: .now() + patience)
    }.value
  }

  nonisolated func signal(group: pid_t, _ number: Int32) async {
    await Task(executorPreference: loop.actorTasks) { await self.tell(group: group, number) }.value
  }

  private func startOverPipes(
    _ executable: String,
    _ arguments: [String]
  ) async throws -> StartedProgram {
    programs += 1
    let name = "program-\(programs)"
    let paths = ["input", "output", "errors"].map { "\(directory)/\(name).\($0)" }
    defer { for path in paths { unlink(path) } }
    for path in paths { _ = try systemCall("mkfifo \(path)") { mkfifo(path, 0o600) } }
    let output = try Descriptor.open(paths[1], O_RDONLY | O_NONBLOCK)
    let errors = try Descriptor.open(paths[2], O_RDONLY | O_NONBLOCK)
    let id = try await start([
      "start": .string(name), "executable": .string(executable),
      "arguments": .array(arguments.map { .string($0) }), "input": .string(paths[0]),
      "output": .string(paths[1]), "errors": .string(paths[2]),
    ])
    let input: Descriptor
    do throws(Errno) {
      input = try Descriptor.open(paths[0], O_WRONLY | O_NONBLOCK)
    } catch {
      // It has ended by now: what is written then goes nowhere, and its end will be told.
      guard error.code == ENXIO else { throw error }
      input = try Descriptor.open(paths[0], O_RDWR | O_NONBLOCK)
    }
    return StartedProgram(
      name: name,
      processID: id,
      input: input.release(),
      output: output.release(),
      errors: errors.release()
    )
  }

  private func ended(_ name: String, until deadline: MonotonicInstant) async -> String? {
    do {
      return try await news(until: deadline) { ends[name] }
    } catch {
      return "the supervisor ended it"
    }
  }

  private func tell(group: pid_t, _ number: Int32) async {
    // A supervisor that is down has taken all groups with it.
    try? await send(["group": .number(String(group)), "signal": .number(String(number))])
  }

  /// What is below the supervisor and has not ended a moment later, by name.
  ///
  /// Once all programs have ended, they left it behind. What there was at the last look does not count again.
  func leftBehind() async -> [String] {
    guard let id = supervisorID else { return [] }
    var left: [pid_t: String] = [:]
    for _ in 0..<10 {
      let tree = ProcessTree()
      let new = tree.descendants(of: id).filter { !knownToBeLeft.contains($0) }
      left = Dictionary(
        uniqueKeysWithValues: new.compactMap { id in tree.living(id).map { (id, $0.name) } }
      )
      if left.isEmpty { return [] }
      _ = await loop.sleep(until: .now() + .milliseconds(50))
    }
    knownToBeLeft.formUnion(left.keys)
    return left.values.sorted()
  }
}
