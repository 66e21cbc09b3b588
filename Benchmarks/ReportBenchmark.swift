import EventIO
import Foundation
import Glibc
import LoadSupport

/// What reports cost: a recording of a million lines judged by `loadtest report`, beside `wc -l`
/// over the same files.
enum ReportBenchmark {
  private static let lines = 1_000_000
  private static let workers = 10
  private static let ratePerSecond = 2_000.0

  static func run() async throws {
    let results = FileManager.default.temporaryDirectory.path + "/loadtest-bench-\(UUID())"
    try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: results) }
    let recording = RecordingLayout(directory: results + "/loadtest_bench")
    let files = try await write(recording)
    let bytes = try files.map { path in
      try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }.reduce(0, +)
    print("\(lines) lines, \(bytes / 1_000_000) MB, 3 rounds by turns")
    for round in 1...3 {
      let ours = try measure(Main.programs + "/loadtest", ["report", recording.directory])
      let peer = try measure("/usr/bin/wc", ["-l"] + files)
      print(
        String(
          format: "  round %d: loadtest report %.2f s, wc -l %.2f s, ratio %.1f",
          round,
          ours,
          peer,
          ours / peer
        )
      )
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    print("  most memory of a process: \(usage.ru_maxrss / 1024) MB")
  }

  private static func measure(_ program: String, _ arguments: [String]) throws -> Double {
    let start = MonotonicInstant.now()
    let child = try ChildProcess.spawn(ProcessSpecification(program, arguments))
    let status = try child.wait()
    // A million made-up latencies may miss a limit; what counts is that they were judged.
    guard status == .exited(0) || status == .exited(1) else {
      throw BenchmarkError(description: "\(program) ended: \(status)")
    }
    return (MonotonicInstant.now() - start).seconds
  }

  /// Writes the recording that a run of such a rate would leave; gives its sample files.
  private static func write(_ recording: RecordingLayout) async throws -> [String] {
    let layout = recording.scenario(ScenarioName.commandThroughput.rawValue)
    try FileManager.default.createDirectory(
      atPath: layout.directory,
      withIntermediateDirectories: true
    )
    let header = RunHeader(testID: recording.testID)
    try RecordingJSON.encodeFile(header).write(to: URL(fileURLWithPath: recording.runHeader))
    let seconds = Double(lines) / ratePerSecond
    let scenario = """
      {"scenario": "command_throughput", "title": "", "profile": "standard", "workers": \(workers),
       "loops": 1, "warm_up_s": 0, "duration_s": \(seconds), "arrivals": "closed", "seed": 1,
       "commands": {"hostname": "hostname", "whoami": "whoami", "cat": "cat /etc/hostname"},
       "tool_profile": "standard", "timeout_s": 30,
       "network": {"kind": "live", "server": "http://h:3000/mcp", "target": "t:22", "details": {}}}
      """
    try Data(scenario.utf8).write(to: URL(fileURLWithPath: layout.header))
    let end = Int64(seconds * 1e9)
    let events = [
      RunEvent(.measure, at: 0, until: end), RunEvent(.drain, at: end),
      RunEvent(.end, at: end, attempts: lines),
    ]
    try Data(events.flatMap { try RecordingJSON.encodeLine($0) })
      .write(to: URL(fileURLWithPath: layout.events))
    var random = SeededRandom(seed: 1)
    let origin = ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0)
    let operations = ["hostname", "whoami", "cat"]
    var files: [String] = []
    for worker in 0..<workers {
      let writer = try LineWriter(path: layout.samples(worker))
      let recorder = SampleRecorder(writer: writer, origin: origin)
      for number in 0..<lines / workers {
        let planned = Int64(Double(number * workers + worker) / ratePerSecond * 1e9)
        var attempt = Attempt(
          outcome: .success,
          planned: planned,
          done: planned + Int64(5e6 * -log(1 - random.uniform()))
        )
        attempt.sent = planned + 20_000
        attempt.firstByte = attempt.done
        attempt.httpStatus = 200
        recorder.record(
          Sample(
            worker: worker,
            operation: operations[number % operations.count],
            phase: .measure,
            attempt: attempt
          )
        )
        if number % 10_000 == 0 { writer.flush() }
      }
      try await writer.close()
      files.append(layout.samples(worker))
    }
    return files
  }
}
