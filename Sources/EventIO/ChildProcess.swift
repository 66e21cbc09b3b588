import CLinux
import Glibc

/// What to start as a child, and with which standard descriptors.
package struct ProcessSpecification: Sendable {
  /// Absolute path of the program; the search path is not consulted.
  package var executable: String

  /// The arguments after the program's name.
  package var arguments: [String]

  /// The environment; nil hands on our own.
  package var environment: [String: String]?

  /// Where the child starts; nil keeps ours.
  package var workingDirectory: String?

  /// Whether the child leads a session of its own, out of reach of the terminal's Ctrl-C.
  package var startsSession: Bool

  /// The signal that the child gets when this process ends; nil for none.
  package var deathSignal: Int32?

  /// Describes a child with inherited environment and directory.
  package init(
    _ executable: String,
    _ arguments: [String],
    environment: [String: String]? = nil,
    workingDirectory: String? = nil,
    startsSession: Bool = false,
    deathSignal: Int32? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.startsSession = startsSession
    self.deathSignal = deathSignal
  }
}

/// How a child ended.
package enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
  /// It exited with this code.
  case exited(Int32)

  /// This signal ended it.
  case signalled(Int32)

  /// Reads the status word of wait(2).
  package init(waitStatus: Int32) {
    let signal = waitStatus & 0x7F
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xFF) : .signalled(signal)
  }

  package var description: String {
    switch self {
    case .exited(let code): "exit status \(code)"
    case .signalled(let signal): "signal \(signal)"
    }
  }
}

/// A started child process, to be signalled and waited for exactly once.
///
/// Signals go through a pidfd, so that a process id that the kernel has given away again is never
/// hit.
package final class ChildProcess: Sendable {
  /// The child's process id.
  package let processID: pid_t

  private let handle: Descriptor

  private init(processID: pid_t, handle: consuming Descriptor) {
    self.processID = processID
    self.handle = handle
  }

  /// Starts a child; -1 stands for /dev/null.
  ///
  /// The caller keeps its own copies of the descriptors. A program that cannot be executed is an
  /// error here, not an exit status later.
  package static func spawn(
    _ specification: ProcessSpecification,
    standardInput: Int32 = -1,
    standardOutput: Int32 = -1,
    standardError: Int32 = -1
  ) throws(Errno) -> ChildProcess {
    let processID = try specification.withCStrings { path, arguments, environment, directory in
      var options = clinux_spawn_options(
        path: path,
        arguments: arguments,
        environment: environment,
        working_directory: directory,
        standard_input: standardInput,
        standard_output: standardOutput,
        standard_error: standardError,
        new_session: specification.startsSession ? 1 : 0,
        death_signal: specification.deathSignal ?? 0
      )
      return clinux_spawn(&options)
    }
    do throws(Errno) {
      let raw = try systemCall("pidfd_open") { clinux_pidfd_open(processID) }
      return ChildProcess(processID: processID, handle: Descriptor(owning: raw))
    } catch {
      kill(processID, SIGKILL)
      var status: Int32 = 0
      waitpid(processID, &status, 0)
      throw error
    }
  }

  /// Sends a signal to the child; to one that has ended it does nothing.
  package func signal(_ number: Int32) {
    _ = clinux_pidfd_send_signal(handle.rawValue, number)
  }

  /// Waits on the loop until the child has ended, reaps it, and says how it ended; nil when the
  /// deadline came first.
  ///
  /// On the loop.
  package func waitForExit(
    on loop: EventLoop,
    until deadline: MonotonicInstant? = nil
  ) async throws(Errno) -> ExitStatus? {
    let copy = try systemCall("dup") { fcntl(handle.rawValue, F_DUPFD_CLOEXEC, 3) }
    let channel = try Channel(Descriptor(owning: copy), on: loop)
    defer { channel.close() }
    guard await channel.waitReadable(until: deadline) == .ready else { return nil }
    return try wait()
  }

  /// Blocks until the child has ended, reaps it, and says how it ended.
  package func wait() throws(Errno) -> ExitStatus {
    var status: Int32 = 0
    _ = try systemCall("waitpid") { waitpid(processID, &status, 0) }
    return ExitStatus(waitStatus: status)
  }
}

extension ProcessSpecification {
  /// Lends the C form of path, arguments, environment and directory to a call that returns -1 with
  /// errno when it fails.
  fileprivate func withCStrings(
    _ body: (
      UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, UnsafePointer<CChar>?
    ) -> pid_t
  ) throws(Errno) -> pid_t {
    var argumentPointers = ([executable] + arguments).map { strdup($0) } + [nil]
    var environmentPointers: [UnsafeMutablePointer<CChar>?]
    if let environment {
      environmentPointers = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    } else {
      environmentPointers = Self.inheritedEnvironment().map { strdup($0) } + [nil]
    }
    let path = strdup(executable)
    let directory = workingDirectory.flatMap { strdup($0) }
    defer {
      for pointer in argumentPointers + environmentPointers + [path, directory] { free(pointer) }
    }
    guard let path else { throw Errno(ENOMEM, "start \(executable)") }
    return try systemCall("start \(executable)") {
      body(path, &argumentPointers, &environmentPointers, directory)
    }
  }

  private static func inheritedEnvironment() -> [String] {
    var entries: [String] = []
    var next = environ
    while let entry = next.pointee {
      entries.append(String(cString: entry))
      next += 1
    }
    return entries
  }
}
