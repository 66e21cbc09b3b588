import EventIO
import Foundation
import Glibc
import LoadTesting
import XCTest

@testable import LoadSupport

/// A run of scenario tests in a process of its own: to be ended in every way there is, or against
/// servers and targets that no scenario test can pass with.
///
/// It has results and temporary directories of its own, so that what it leaves can be looked for.
final class NestedRun {
  let directory: String
  private let child: ChildProcess

  /// Starts the test program with some tests, such as `SomeTests` or `SomeTests/testIt`; through
  /// another program, such as a shell, if that is to be its parent or to change how it runs.
  convenience init(
    _ tests: [String] = ["CommandThroughputTests/testSuccessRate_isAtLeastItsFloor"],
    environment: [String: String],
    through wrapper: [String] = []
  ) throws {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).path
    let selection = tests.map { "LoadScenarioTests.\($0)" }.joined(separator: ",")
    try self.init(command: wrapper + [program, selection], environment: environment)
  }

  /// Starts a program of the suite, or one that starts it.
  init(command: [String], environment: [String: String]) throws {
    directory = FileManager.default.temporaryDirectory.path + "/nested-\(UUID())"
    try FileManager.default.createDirectory(
      atPath: directory + "/tmp",
      withIntermediateDirectories: true
    )
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LOADTEST_") }
    variables["LOADTEST_RESULTS_DIR"] = directory + "/results"
    variables["TMPDIR"] = directory + "/tmp"
    variables.merge(environment) { $1 }
    let output = try Descriptor.open(directory + "/output", O_WRONLY | O_CREAT, mode: 0o644)
    child = try ChildProcess.spawn(
      ProcessSpecification(command[0], Array(command.dropFirst()), environment: variables),
      standardOutput: output.rawValue,
      standardError: output.rawValue
    )
  }

  deinit {
    try? FileManager.default.removeItem(atPath: directory)
  }

  func signal(_ number: Int32) {
    child.signal(number)
  }

  func waitForExit() async throws -> ExitStatus {
    let child = child
    return try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try child.wait() }) }
    }
  }

  /// What the run has said so far.
  var output: String { (try? String(contentsOfFile: directory + "/output", encoding: .utf8)) ?? "" }

  /// The tests that failed, as `SomeTests.testIt`, with what they said.
  var failures: [String: String] {
    let lines = output.split(separator: "\n").compactMap { line in
      line.firstRange(of: ": error: ").map { line[$0.upperBound...] }
    }
    return Dictionary(
      lines.compactMap { line in
        line.firstRange(of: " : ").map { (String(line[..<$0.lowerBound]), String(line)) }
      },
      uniquingKeysWith: { "\($0)\n\($1)" }
    )
  }

  /// What the run came to in one scenario.
  func summary(of scenario: ScenarioName) throws -> ScenarioSummary {
    let recording = try XCTUnwrap(recording, output)
    return try RecordingJSON.decodeFile(
      ScenarioSummary.self,
      at: recording.scenario(scenario.rawValue).summary
    )
  }

  /// Skips the test where this machine was too busy for a valid run of a scenario, twice.
  func skipIfInvalid(_ scenario: ScenarioName) throws {
    guard let reason = try summary(of: scenario).validity?.reason else { return }
    throw XCTSkip("the run was INVALID: \(reason)")
  }

  /// The recording, once there is one.
  var recording: RecordingLayout? {
    let results = directory + "/results"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: results)) ?? []
    return names.first { $0.hasPrefix("loadtest_") }
      .map { RecordingLayout(directory: "\(results)/\($0)") }
  }

  /// Waits until lines of the measured window have reached the disk.
  func waitForLoad() async throws {
    try await wait(seconds: 120, for: "the load to begin") {
      guard let layout = recording?.scenario("command_throughput") else { return false }
      let lines = try? String(contentsOfFile: layout.samples(0), encoding: .utf8)
      return lines?.contains("\"phase\":\"measure\"") ?? false
    }
  }

  /// Waits until nothing of the embedded network is left: no process that names its directory, and
  /// no directory.
  func waitForCleanUp() async throws {
    try await wait(seconds: 30, for: "the network to be gone") { leftovers().isEmpty }
  }

  private func leftovers() -> [String] {
    let files =
      (try? FileManager.default.contentsOfDirectory(atPath: directory + "/tmp")) ?? []
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let running = processes.filter { entry in
      guard pid_t(entry) != nil,
        let arguments = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
      else { return false }
      // A zombie has no arguments any more.
      return String(decoding: arguments, as: UTF8.self).contains(directory + "/tmp")
    }
    return files + running
  }

  private func wait(
    seconds: Int,
    for what: String,
    _ condition: () -> Bool
  ) async throws {
    let deadline = MonotonicInstant.now() + .seconds(seconds)
    while !condition() {
      guard MonotonicInstant.now() < deadline else {
        throw NestedRunError(
          description: "waited \(seconds) s for \(what); left: \(leftovers()); output: \(output)"
        )
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

struct NestedRunError: Error, CustomStringConvertible {
  let description: String
}

extension XCTestCase {
  /// A server that a run can be pointed at, as at one of its user's.
  func withServer(
    limits: ServerLimits = .loadTest,
    links: [LinkCondition] = [],
    _ body: (EmbeddedNetwork) async throws -> Void
  ) async throws {
    let environment = ProcessInfo.processInfo.environment
    var settings = RunSettings()
    settings.sshd = environment["LOADTEST_SSHD"]
    let network = try await EmbeddedNetwork.start(
      RunSetup(settings, environment),
      limits: limits,
      links: links
    )
    do {
      try await body(network)
    } catch {
      await network.stop()
      throw error
    }
    await network.stop()
  }
}
