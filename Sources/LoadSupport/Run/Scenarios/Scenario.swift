import Foundation

/// How one scenario loads a server; what it means is judged elsewhere, from the recording.
package protocol Scenario: Sendable {
  /// Its name in files and on the command line.
  var name: ScenarioName { get }

  /// Loads the network under test and returns when everything is on disk.
  func run(_ context: ScenarioContext) async throws
}

/// Why a scenario cannot be run against the network under test: it is neither passed nor failed.
package struct ScenarioSkip: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  /// Makes a reason of a sentence that says what is missing and how to give it.
  package init(_ description: String) {
    self.description = description
  }
}

/// What a scenario works with: settings, a place for its recording, a network when it wants one.
package struct ScenarioContext: Sendable {
  private let setup: RunSetup

  /// Ends the run early.
  package let control: RunControl

  /// What the user set.
  package var settings: RunSettings { setup.settings }

  private let recording: RecordingLayout
  private let header: RunHeader
  private let progress: ProgressMeter?
  private let remark: String?
  private let check: @Sendable (ScenarioHeader) throws -> Void

  /// Begins or continues the recording of an invocation: makes its directory and `run.json`.
  ///
  /// `remark` is what readers of the reports must know. `check` is asked before any load whether what is to be loaded
  /// is what will be judged, and throws if not. Throws a sentence when the directory cannot be written.
  init(
    _ setup: RunSetup,
    recording: RecordingLayout,
    control: RunControl,
    progress: ProgressMeter? = nil,
    remark: String? = nil,
    check: @escaping @Sendable (ScenarioHeader) throws -> Void = { _ in }
  ) throws {
    self.check = check
    self.setup = setup
    self.recording = recording
    self.control = control
    self.progress = progress
    self.remark = remark
    do {
      try FileManager.default.createDirectory(
        atPath: recording.directory,
        withIntermediateDirectories: true
      )
      if FileManager.default.fileExists(atPath: recording.runHeader) {
        header = try RecordingJSON.decodeFile(RunHeader.self, at: recording.runHeader)
      } else {
        header = RunHeader(testID: recording.testID)
        try RecordingJSON.encodeFile(header)
          .write(to: URL(fileURLWithPath: recording.runHeader), options: .atomic)
      }
    } catch {
      throw RunError.unwritable(
        setup.settings.resultsDirectory,
        Failure.reason(error)
      )
    }
  }

  /// Opens the network under test for the time of the call, and closes it however that ends.
  func withNetwork(
    _ wishes: Network.Wishes = Network.Wishes(),
    _ body: (Network) async throws -> Void
  ) async throws {
    let network = try await Network.open(
      setup,
      wishes: wishes,
      control: control
    )
    do {
      try await body(network)
    } catch {
      await network.close()
      throw error
    }
    await network.close()
  }

  /// A run of so many workers on a network, with the settings that all scenarios share.
  func run(
    workers: Int,
    on network: Network,
    targets: [SSHTarget]? = nil,
    heldSessions: ClosedRange<Int> = 1...1,
    steps: [LoadStep]
  ) -> LoadRun {
    LoadRun(
      workers: workers,
      loops: settings.loops,
      plan: WorkerPlan(
        endpoint: network.endpoint,
        profile: network.profile,
        targets: targets ?? [network.target],
        timeouts: settings.timeouts,
        seed: settings.seed,
        heldSessions: heldSessions,
        spokenCommands: network.spokenCommands,
        statusCommands: network.statusCommands
      ),
      steps: steps,
      servingCPUSeconds: network.servingCPUSeconds,
      progress: progress
    )
  }

  /// Runs a load and records it under the scenario's name.
  func record(
    _ run: LoadRun,
    of name: ScenarioName,
    on network: Network,
    exceedsLimits: Bool = false
  ) async throws {
    let scenario = ScenarioHeader(run, of: name, settings.profile, on: network.description)
    try check(scenario)
    let layout = recording.scenario(name.rawValue)
    try FileManager.default.createDirectory(
      atPath: layout.directory,
      withIntermediateDirectories: true
    )
    try RecordingJSON.encodeFile(scenario)
      .write(to: URL(fileURLWithPath: layout.header), options: .atomic)
    // Where the limits are to be exceeded, that is no news.
    let limit = exceedsLimits ? nil : network.rateLimit
    let remarks =
      network.remarks + [limit.flatMap { RateForecast.remark(run.steps, $0) }].compactMap(\.self)
    for remark in remarks { Notice.tell(remark) }
    let all = [remark].compactMap(\.self) + remarks
    try await run.run(
      into: layout,
      origin: header.clock,
      control: control,
      remark: all.isEmpty ? nil : all.joined(separator: "; ")
    )
  }
}
