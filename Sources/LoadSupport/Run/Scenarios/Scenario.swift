import Foundation

/// How one scenario loads a server; what it means is judged elsewhere, from the recording.
protocol Scenario: Sendable {
  /// Its name in files and on the command line.
  var name: ScenarioName { get }

  /// What a user may set of it.
  var overrides: Set<LoadOverride> { get }

  /// Why several generators cannot make its load together, in a clause; nil where they can.
  var indivisible: String? { get }

  /// Loads the network under test and returns when everything is on disk.
  func run(_ context: ScenarioContext) async throws
}

extension Scenario {
  var overrides: Set<LoadOverride> { [.duration, .workers, .commands] }

  var indivisible: String? { nil }

  /// Runs it in the recording of an invocation, which begins with its first scenario; what kept it from
  /// being run is noted there.
  ///
  /// Throws that reason, or why the directory cannot be written.
  func record(
    _ setup: RunSetup,
    into recording: RecordingLayout,
    control: RunControl,
    progress: ProgressMeter? = nil,
    remark: String? = nil,
    check: @escaping @Sendable (ScenarioHeader) throws -> Void = { _ in }
  ) async throws {
    do {
      let header = try RunHeader.begun(in: recording, part: setup.settings.part)
      try await run(
        ScenarioContext(
          setup,
          recording: recording,
          header: header,
          control: control,
          progress: progress,
          remark: remark,
          check: check
        )
      )
    } catch let skip as ScenarioSkip {
      try InvocationNotes.skipped(recording).add(name.rawValue, because: skip.description)
      throw skip
    } catch {
      // Where nothing can be written, the error itself is all there is.
      try? InvocationNotes.failed(recording).add(name.rawValue, because: "\(error)")
      throw error
    }
  }
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

  /// What restarts a live server; nil for the embedded one, and where the user names nothing.
  var restartCommand: RestartCommand? {
    get throws {
      guard let command = settings.restartCommand, settings.serverURL != nil else { return nil }
      return try RestartCommand(command, environment: setup.environment)
    }
  }

  private let recording: RecordingLayout
  private let header: RunHeader
  private let progress: ProgressMeter?
  private let remark: String?
  private let check: @Sendable (ScenarioHeader) throws -> Void

  /// Prepares a scenario's load in the recording that a header begins.
  ///
  /// `remark` is what readers of the reports must know. `check` is asked before any load whether what is to
  /// be loaded is what will be judged, and throws if not.
  init(
    _ setup: RunSetup,
    recording: RecordingLayout,
    header: RunHeader,
    control: RunControl,
    progress: ProgressMeter? = nil,
    remark: String? = nil,
    check: @escaping @Sendable (ScenarioHeader) throws -> Void = { _ in }
  ) {
    self.setup = setup
    self.recording = recording
    self.header = header
    self.control = control
    self.progress = progress
    self.remark = remark
    self.check = check
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

  /// A load of so many workers on a network, with the settings that all scenarios share.
  ///
  /// Throws what of the workload cannot be compiled for the network.
  func makeRun(
    of workload: Workload,
    data: DataRows = .none,
    workers: Int,
    on network: Network,
    targets: [SSHTarget]? = nil,
    assignments: [Int] = [],
    steps: [LoadStep]
  ) throws(WorkloadError) -> LoadRun {
    var plan = try WorkerPlan(
      workload,
      endpoint: network.endpoint,
      profile: network.profile,
      targets: targets ?? [network.target],
      assignments: assignments,
      data: data,
      timeouts: settings.timeouts,
      seed: settings.seed,
      spokenCommands: network.spokenCommands,
      statusCommands: network.statusCommands,
      share: settings.share
    )
    plan.tokens = settings.tokens
    plan.jitters = settings.jitters
    plan.connectionUse = settings.connectionUse
    var run = LoadRun(
      workers: workers,
      loops: settings.loops,
      plan: plan,
      steps: steps,
      servingCPUSeconds: network.servingCPUSeconds,
      serverResources: network.serverResources,
      progress: progress
    )
    if let programs = network.programs { run.leftBehind = { await programs.leftBehind() } }
    run.metricsPage = network.metricsPage
    // One generator looks for all.
    if settings.share.index == 0 { run.target = network.targetWatch(settings, control) }
    return run
  }

  private static let jitterRemark =
    "clients that failed together retry together: LOADTEST_JITTER=0 (--no-jitter) removes the randomness "
    + "from their pauses"

  /// What whoever sees the report of a part must know; nil for a load of one generator.
  ///
  /// It is no remark in the recording, which is to be merged.
  private var partNotice: String? {
    guard let part = header.part, part.of > 1 else { return nil }
    return
      "part \(part.index) of \(part.of) of the run \(part.runID): its report covers its share alone, and the "
      + "server's own figures cover all parts; `loadtest merge` judges the whole"
  }

  /// Runs a load and records it under the scenario's name.
  func record(
    _ run: LoadRun,
    of name: ScenarioName,
    on network: Network,
    exceedsLimits: Bool = false
  ) async throws {
    var scenario = ScenarioHeader(run, of: name, settings.profile, on: network.description)
    scenario.planDigest = settings.planDigest(run.plan)
    try check(scenario)
    let before = try await run.target?.count()
    var run = run
    run.target?.before = before
    run.commonStart = settings.commonStart(of: name)
    let layout = recording.scenario(name.rawValue)
    try FileManager.default.createDirectory(
      atPath: layout.directory,
      withIntermediateDirectories: true
    )
    try RecordingJSON.encodeFile(scenario)
      .write(to: URL(fileURLWithPath: layout.header), options: .atomic)
    // Where the limits are to be exceeded, that is no news.
    let limit = exceedsLimits ? nil : network.rateLimit
    let forecasts = [
      limit.flatMap { RateForecast.remark(run.steps, $0) }, PortForecast.remark(run),
      settings.jitters ? nil : Self.jitterRemark,
    ]
    let remarks = network.remarks + forecasts.compactMap(\.self)
    for remark in remarks + [partNotice].compactMap(\.self) { Notice.tell(remark) }
    let all = [remark].compactMap(\.self) + remarks
    try await run.run(
      into: layout,
      origin: header.clock,
      control: control,
      remark: all.isEmpty ? nil : all.joined(separator: "; ")
    )
  }
}
