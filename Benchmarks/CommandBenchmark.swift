import EventIO
import Foundation
import LoadSupport

/// What the server adds to SSH: commands a second through it, against plain `ssh HOST sh` loops that
/// are fed one command at a time, by turns on the same sshd.
enum CommandBenchmark {
  private static let rounds = 5
  private static let seconds = 4

  static func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let network = try await EmbeddedNetwork.start(
      RunSetup(
        settings: RunSettings(environment: environment),
        environment: environment,
        programs: Main.programs
      ),
      limits: .loadTest
    )
    do {
      for sessions in [1, 10] { try await compare(sessions, network, environment) }
    } catch {
      await network.stop()
      throw error
    }
    await network.stop()
  }

  private static func compare(
    _ sessions: Int,
    _ network: EmbeddedNetwork,
    _ environment: [String: String]
  ) async throws {
    print("commands a second with \(sessions) sessions, \(rounds) rounds of \(seconds) s by turns")
    var ours: [Double] = []
    var theirs: [Double] = []
    for round in 1...rounds {
      let mine = try await throughServer(sessions, network)
      let peer = try await plainLoops(sessions, network, environment)
      ours.append(mine)
      theirs.append(peer)
      print(
        String(
          format: "  round %d: mcp-ssh-server %.0f, plain ssh %.0f, ratio %.2f",
          round,
          mine,
          peer,
          mine / peer
        )
      )
    }
    print("  mcp-ssh-server \(Spread(ours))")
    print("  plain ssh      \(Spread(theirs))")
    print("  ratio          \(Spread(zip(ours, theirs).map { $0 / $1 }))")
  }

  private static func throughServer(
    _ sessions: Int,
    _ network: EmbeddedNetwork
  ) async throws -> Double {
    let directory = FileManager.default.temporaryDirectory.path + "/loadtest-bench-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let layout = ScenarioLayout(directory: directory)
    let run = LoadRun(
      workers: sessions,
      loops: 1,
      plan: try WorkerPlan(
        Workload("benchmark", operations: ["hostname": .command("hostname")], steps: []),
        endpoint: try MCPClientEndpoint(network.serverURL),
        profile: .standard,
        targets: [network.target]
      ),
      steps: [
        LoadStep(
          warmUp: .seconds(1),
          length: .fixed(.seconds(seconds)),
          groups: [
            WorkerGroup(
              workers: WorkerSelection(0..<sessions),
              mix: .inTurn(["hostname"])
            )
          ]
        )
      ]
    )
    try await run.run(into: layout, origin: .now(), control: RunControl())
    let aggregate = try Aggregate(
      try RecordedSamples(of: layout),
      events: RecordingJSON.decodeLines(RunEvent.self, at: layout.events).read,
      workload: ["hostname"]
    )
    return aggregate.averageRate()
  }

  private static func plainLoops(
    _ sessions: Int,
    _ network: EmbeddedNetwork,
    _ environment: [String: String]
  ) async throws -> Double {
    let loop = try EventLoop(name: "plain")
    defer { loop.stop() }
    let ssh = try OpenSSH.find(environment: environment).ssh
    let directory = network.directory
    let arguments = [
      "-F", "none", "-T", "-o", "ControlPath=none", "-o", "BatchMode=yes", "-o",
      "UserKnownHostsFile=\(directory)/known_hosts", "-i", "\(directory)/client_key", "-p",
      String(network.target.port), "\(network.target.user ?? "root")@127.0.0.1", "sh",
    ]
    let shells = (0..<sessions).map { _ in PlainShell(loop: loop) }
    for shell in shells { try await shell.open(ssh, arguments) }
    let start = MonotonicInstant.now()
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
      for shell in shells {
        group.addTask(executorPreference: loop.actorTasks) {
          try await shell.run(until: start + .seconds(seconds))
        }
      }
      return try await group.reduce(0, +)
    }
    let elapsed = (MonotonicInstant.now() - start).seconds
    for shell in shells { await shell.close() }
    return Double(counts) / elapsed
  }

  /// One `ssh HOST sh`, fed one command at a time.
  private actor PlainShell: LoopBound {
    nonisolated let loop: EventLoop
    private var child: ChildProcess?
    private var input: Channel?
    private var output: Channel?

    init(loop: EventLoop) {
      self.loop = loop
    }

    func open(_ ssh: String, _ arguments: [String]) async throws {
      let stdin = try Descriptor.pipe()
      let stdout = try Descriptor.pipe()
      child = try ChildProcess.spawn(
        ProcessSpecification(ssh, arguments),
        standardInput: stdin.readingEnd.rawValue,
        standardOutput: stdout.writingEnd.rawValue
      )
      input = try Channel(stdin.writingEnd, on: loop)
      output = try Channel(stdout.readingEnd, on: loop)
      try await runOnce()
    }

    func run(until end: MonotonicInstant) async throws -> Int {
      var count = 0
      while MonotonicInstant.now() < end {
        try await runOnce()
        count += 1
      }
      return count
    }

    private func runOnce() async throws {
      guard let input, let output else { return }
      try await input.writeAll(Array("hostname\n".utf8))
      var line: [UInt8] = []
      while line.last != UInt8(ascii: "\n") {
        let some = try await output.readSome(until: .now() + .seconds(20))
        if some.isEmpty { throw BenchmarkError(description: "ssh ended") }
        line += some
      }
    }

    func close() async {
      input?.close()
      output?.close()
      _ = try? await child?.waitForExit(on: loop)
    }
  }
}
