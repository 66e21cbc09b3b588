import CLinux
import EventIO
import Foundation
import Glibc

/// The process that outlives a run by moments: it starts the embedded network's programs, and takes
/// every one of their descendants down when the runner lets go of a pipe.
///
/// Nothing in the runner can be relied on for that, because the runner may be killed. The runner
/// holds the only writing end of our standard input; its end, however it comes, is an end of file
/// here. Descendants that lost their parents come to us, since we are their subreaper: sshd's
/// sessions outlive their listener, and commands outlive their sessions.
///
/// The runner writes one JSON object a line and reads one back: `{"start": NAME, "executable": …,
/// "arguments": […], "output": FILE}` gives `{"name": NAME, "pid": N}` or `{"name": NAME, "failed":
/// REASON}`. The end of a started program is told by `{"name": NAME, "exited": STATUS}`. With `"input"` and
/// `"errors"` besides, all three are FIFOs that the program is spoken to over. `{"signal": NUMBER, "group": PID}`
/// signals the group of a program that was started. `{"signal": NUMBER, "name": NAME}` signals a started program and
/// all below it, and gives `{"name": NAME, "signalled": COUNT}`, after SIGKILL when all of them are gone.
struct Supervisor {
  private let directory: String
  private var children: [pid_t: String] = [:]

  /// All that were ever started, which may have left a group behind.
  private var started: Set<pid_t> = []
  private var unread: [UInt8] = []

  /// Serves until the runner is gone; the directory is removed at the end.
  static func run(directory: String) -> Int32 {
    var supervisor = Supervisor(directory: directory)
    do throws(Errno) {
      try supervisor.serve()
      return 0
    } catch {
      Output.errors.write("supervisor: \(error)\n", patience: .zero)
      return 3
    }
  }

  private init(directory: String) {
    self.directory = directory
  }

  private mutating func serve() throws(Errno) {
    _ = try systemCall("prctl") { clinux_set_child_subreaper() }
    let signals = try SignalDescriptor([SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGPIPE])

    defer { takeDown() }
    while true {
      var waits = [
        pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0),
      ]
      _ = try systemCall("poll") { poll(&waits, nfds_t(waits.count), -1) }
      while let signal = signals.take() {
        // Ctrl-C is the runner's business.
        if signal == SIGTERM { return }
      }
      reap()
      if waits[0].revents != 0, try !takeCommands() { return }
    }
  }

  /// Answers whether the runner is still there.
  private mutating func takeCommands() throws(Errno) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = try systemCall("read") { read(0, &buffer, buffer.count) }
    if count == 0 { return false }
    unread += buffer[..<count]
    while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Array(unread[..<end])
      unread.removeSubrange(...end)
      if let command = try? JSONValue(parsing: line) { take(command) }
    }
    return true
  }

  private mutating func take(_ command: JSONValue) {
    guard let number = command["signal"]?.integer else {
      start(command)
      return
    }
    guard let group = command["group"]?.integer else {
      signal(Int32(truncatingIfNeeded: number), command["name"]?.string ?? "")
      return
    }
    // The runner asks while somebody of the group is there, so that its number is no other's.
    let id = pid_t(truncatingIfNeeded: group)
    if started.contains(id) { kill(-id, Int32(truncatingIfNeeded: number)) }
  }

  private mutating func start(_ command: JSONValue) {
    guard let name = command["start"]?.string, let executable = command["executable"]?.string,
      let output = command["output"]?.string
    else {
      reply(["name": "?", "failed": "the command lacks start, executable or output"])
      return
    }
    do throws(Errno) {
      let specification = ProcessSpecification(
        executable,
        command["arguments"]?.array?.compactMap(\.string) ?? [],
        startsSession: true,
        deathSignal: SIGKILL
      )
      let child: ChildProcess
      if let input = command["input"]?.string, let errors = command["errors"]?.string {
        child = try Self.spawn(specification, over: (input, output, errors))
      } else {
        let file = try Descriptor.open(output, O_WRONLY | O_CREAT | O_APPEND)
        child = try ChildProcess.spawn(
          specification,
          standardOutput: file.rawValue,
          standardError: file.rawValue
        )
      }
      children[child.processID] = name
      started.insert(child.processID)
      reply(["name": .string(name), "pid": .number(String(child.processID))])
    } catch {
      reply(["name": .string(name), "failed": .string("\(error)")])
    }
  }

  /// Starts a program over FIFOs whose other ends the runner holds, or opens next.
  private static func spawn(
    _ specification: ProcessSpecification,
    over fifos: (input: String, output: String, errors: String)
  ) throws(Errno) -> ChildProcess {
    // Without a peer an open for writing would wait for ever where the runner is gone.
    func open(_ path: String, _ access: Int32) throws(Errno) -> Descriptor {
      let end = try Descriptor.open(path, access | O_NONBLOCK)
      try end.setNonBlocking(false)
      return end
    }
    let input = try open(fifos.input, O_RDONLY)
    let output = try open(fifos.output, O_WRONLY)
    let errors = try open(fifos.errors, O_WRONLY)
    return try ChildProcess.spawn(
      specification,
      standardInput: input.rawValue,
      standardOutput: output.rawValue,
      standardError: errors.rawValue
    )
  }

  /// Signals a child and everything below it, and nothing else: a child that has not been waited for keeps
  /// its id, and one further below is known by its id and the time of its start.
  private mutating func signal(_ number: Int32, _ name: String) {
    guard let child = children.first(where: { $0.value.hasSameBytes(as: name) })?.key else {
      reply(["name": .string(name), "failed": "it is not running"])
      return
    }
    let targets = ([child] + ProcessTree().descendants(of: child)).compactMap { id in
      ProcessTree.Process(id).map { (id: id, start: $0.startTicks) }
    }
    func remaining() -> [pid_t] {
      targets.filter { ProcessTree.Process($0.id)?.startTicks == $0.start }.map(\.id)
    }
    for id in remaining() { kill(id, number) }
    // Until then its port is not free. Those below come to us when their parents are gone.
    let patience = MonotonicInstant.now() + .seconds(5)
    while number == SIGKILL, !remaining().isEmpty, MonotonicInstant.now() < patience {
      reap()
      usleep(1_000)
    }
    reply(["name": .string(name), "signalled": .number(String(targets.count))])
  }

  private mutating func reap() {
    var status: Int32 = 0
    while true {
      let processID = waitpid(-1, &status, WNOHANG)
      guard processID > 0 else { return }
      guard let name = children.removeValue(forKey: processID) else { continue }
      reply([
        "name": .string(name), "exited": .string("\(ExitStatus(waitStatus: status))"),
      ])
    }
  }

  private func reply(_ value: JSONValue) {
    // A runner that is gone shows at standard input.
    let line = value.encoded + [UInt8(ascii: "\n")]
    _ = write(1, line, line.count)
  }

  // MARK: The end

  /// Asks the started programs to end, waits a moment, and ends whatever is left.
  private mutating func takeDown() {
    // Each leads a session: a shell and the server that it runs are asked alike.
    for processID in children.keys { kill(-processID, SIGTERM) }
    let patience = MonotonicInstant.now() + .milliseconds(500)
    while !children.isEmpty, MonotonicInstant.now() < patience {
      usleep(5_000)
      reap()
    }
    // What is killed may have forked meanwhile, and its children then come to us: until none is
    // left.
    while true {
      for processID in ProcessTree().descendants(of: getpid()) { kill(processID, SIGKILL) }
      var status: Int32 = 0
      if waitpid(-1, &status, 0) == -1, errno == ECHILD { break }
    }
    try? FileManager.default.removeItem(atPath: directory)
  }
}
