import Foundation

/// A scenario from the first packet to the report: the one place where the half that loads meets the
/// half that judges.
package struct ScenarioRun: Sendable {
  /// What a run came to.
  package struct Result: Sendable {
    /// Figures and verdicts; nil if nothing was recorded.
    package let summary: ScenarioSummary?

    /// What ended the run before its time, or kept its results from the disk.
    package let failure: (any Error)?

    /// Why the scenario cannot be run against this network; nil if it was.
    package var skipped: ScenarioSkip?

    /// What it came to in one word, as programs read it.
    package var word: String {
      let kept = failure == nil ? nil : RunResult.couldNotRun
      let result = RunResult.worst([summary?.result, kept].compactMap(\.self))
      return skipped != nil ? "SKIPPED" : (result ?? .couldNotRun).rawValue
    }
  }

  private let setup: RunSetup
  private let overrides: ThresholdOverrides

  /// Prepares runs with the same settings.
  ///
  /// Throws what is wrong with the file of limits.
  package init(_ setup: RunSetup) throws {
    self.setup = setup
    overrides = try Judge.readOverrides(setup.settings.thresholdsFile)
  }

  /// Judges recordings by the limits of these settings.
  package func judge(_ recording: RecordingLayout) -> Judge {
    Judge(recording, overrides: overrides, isStrict: setup.settings.isStrict)
  }

  /// Runs a scenario, judges what reached the disk whatever happened, and writes the results.
  ///
  /// A smoke run that was invalid, and did not fail all the same, is repeated once; what was recorded of
  /// it stays, below `invalid/`.
  /// `show` gets each report when it is on disk, or could not be written there.
  package func run(
    _ name: ScenarioName,
    into recording: RecordingLayout,
    control: RunControl,
    progress: ProgressMeter? = nil,
    remark: String? = nil,
    show: (String) -> Void
  ) async -> Result {
    func run(_ remark: String?) async -> Result {
      await runOnce(
        name,
        into: recording,
        control: control,
        progress: progress,
        remark: remark,
        show: show
      )
    }
    let first = await run(remark)
    // Other generators would not repeat it.
    guard setup.settings.profile == .smoke, !setup.settings.isPart,
      first.failure == nil, !control.isStopping,
      first.summary?.result == .invalid, let validity = first.summary?.validity,
      validity.isWorthRepeating
    else { return first }
    do {
      let name = name.rawValue
      try FileManager.default.createDirectory(
        atPath: recording.invalid.directory,
        withIntermediateDirectories: true
      )
      try FileManager.default.moveItem(
        atPath: recording.scenario(name).directory,
        toPath: recording.invalid.scenario(name).directory
      )
    } catch {
      return Result(summary: first.summary, failure: error)
    }
    let again =
      "this is the second try: the first was INVALID (\(validity.reason ?? "")), and is kept below invalid/"
    return await run([remark, again].compactMap(\.self).joined(separator: "; "))
  }

  private func runOnce(
    _ name: ScenarioName,
    into recording: RecordingLayout,
    control: RunControl,
    progress: ProgressMeter? = nil,
    remark: String? = nil,
    show: (String) -> Void
  ) async -> Result {
    var failure: (any Error)?
    let start = setup.settings.commonStart(of: name)
    start?.begin()
    progress?.begin(.starting)
    do {
      let watch = EarlyEnd(recording, overrides, control)
      defer { watch.cancel() }
      try await name.loaded.record(
        setup,
        into: recording,
        control: control,
        progress: progress,
        remark: remark
      ) { header in
        try overrides.check(header)
        try Judge.keepOverrides(setup.settings.thresholdsFile, in: recording)
        try watch.begin(header)
      }
    } catch {
      failure = error
      start?.giveUp(because: Failure.sentence(error))
      do {
        try judge(recording).summarise()
      } catch {
        failure = failure is ScenarioSkip ? error : failure
      }
      if let skip = failure as? ScenarioSkip {
        return Result(summary: nil, failure: nil, skipped: skip)
      }
    }
    progress?.begin(.judging)
    let name = name.rawValue
    guard FileManager.default.fileExists(atPath: recording.scenario(name).header) else {
      return Result(summary: nil, failure: failure)
    }
    do {
      let judge = judge(recording)
      let judged = try judge.evaluate(name)
      do {
        try judge.write(judged)
        try judge.summarise()
      } catch {
        failure = failure ?? error
      }
      show(judged.report)
      return Result(summary: judged.summary, failure: failure)
    } catch {
      return Result(summary: nil, failure: failure ?? error)
    }
  }
}

extension RunSetup {
  /// Runs the scenario of the settings once and reads what was recorded: one of the many runs of a search or a
  /// comparison, which is shown in its `place` among them.
  ///
  /// Throws what kept the run from being made, or its recording from being read.
  func record(
    _ place: String,
    into recording: RecordingLayout,
    control: RunControl
  ) async throws -> RecordingAnalysis {
    let scenario = settings.scenario
    let progress = ProgressMeter()
    let display = ProgressDisplay(progress, of: scenario, place, in: recording, self, control)
    return try await display.show {
      try await scenario.loaded.record(self, into: recording, control: control, progress: progress)
      progress.begin(.judging)
      return try RecordingAnalysis(scenario.rawValue, of: recording)
    }
  }
}
