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
  private var unread: [UInt8] = []
  private var ends: [String: String] = [:]

  /// Starts a supervisor, the program `loadtest` in its mode of that name, with a new directory.
  static func start(
    executable: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> SupervisedProcesses {
    let environment = ChildEnvironment.of(environment)
    let place = temporaryDirectory(environment)
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
    let command: JSONValue = [
      "start": .string(name), "executable": .string(executable),
      "arguments": .array(arguments.map { .string($0) }), "output": .string(log(of: name)),
    ]
    ends[name] = nil
    return try await pid_t(ask(name, command, for: "pid"))
  }

  /// Signals a program that was started and everything below it; returns when that is done, after SIGKILL
  /// when they are gone.
  func signal(_ name: String, _ number: Int32) async throws {
    let command: JSONValue = ["signal": .number(String(number)), "name": .string(name)]
    _ = try await ask(name, command, for: "signalled")
  }

  /// Asks the supervisor something about a program, and waits for the number that the answer has.
  private func ask(_ name: String, _ command: JSONValue, for field: String) async throws -> Int {
    guard let commands else { throw NetworkError("the supervisor has been stopped") }
    try await commands.writeAll(command.encoded + [UInt8(ascii: "\n")])
    while true {
      let reply = try await nextReply(until: .now() + .seconds(10))
      guard reply["name"]?.string == name else { continue }
      if let reason = reply["failed"]?.string { throw NetworkError("\(name): \(reason)") }
      if let number = reply[field]?.integer { return number }
    }
  }

  /// The file that a program's output goes to.
  nonisolated func log(of name: String) -> String {
    "\(directory)/\(name).log"
  }

  /// How a program ended, if it has.
  func end(of name: String) throws -> String? {
    while let reply = try takeReply() ?? readReply() { note(reply) }
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
    loop.stop()
  }

  // MARK: Replies

  private func nextReply(until deadline: MonotonicInstant) async throws -> JSONValue {
    while true {
      if let reply = try takeReply() {
        note(reply)
        return reply
      }
      guard let replies else { throw NetworkError("the supervisor has been stopped") }
      let bytes = try await replies.readSome(until: deadline)
      guard !bytes.isEmpty else { throw NetworkError("the supervisor has ended unexpectedly") }
      unread += bytes
    }
  }

  /// Reads what is there without waiting.
  private func readReply() throws -> JSONValue? {
    guard let replies else { return nil }
    _ = try replies.read { unread += $0 }
    return try takeReply()
  }

  private func takeReply() throws -> JSONValue? {
    guard let end = unread.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    defer { unread.removeSubrange(...end) }
    return try JSONValue(parsing: unread[..<end])
  }

  private func note(_ reply: JSONValue) {
    if let name = reply["name"]?.string, let status = reply["exited"]?.string {
      ends[name] = status
    }
  }
}
