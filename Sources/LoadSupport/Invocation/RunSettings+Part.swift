import EventIO
import Foundation

/// What a run takes part in.
extension RunSettings {
  /// Makes the run of some scenarios a part of a load of several generators, where a run id says so.
  ///
  /// An engine's own variables count only beside a run id: a batch script has them anyway.
  ///
  /// - Throws: which option is missing or cannot be, and what would be valid.
  package mutating func takePart(
    in scenarios: [ScenarioName],
    _ environment: [String: String]
  ) throws(SettingError) {
    guard let runID else {
      let valid = "left out without --run-id (LOADTEST_RUN_ID), which makes a run a part of a load"
      if let partIndex { throw Self.refusal(of: "index", partIndex, valid) }
      if let partCount { throw Self.refusal(of: "of", partCount, valid) }
      if startPoint != nil { throw Self.refusal(of: "start-at", "…", valid) }
      return
    }
    let (index, count) = try place(environment)
    part = RecordingPart(runID: runID, index: index, of: count, attempt: RecordingPart.newAttempt())
    try checkStart(scenarios)
    guard count > 1 else { return }
    guard serverURL != nil else {
      throw Self.refusal(
        of: "of",
        count,
        "1 where --mcp-url or --mcp-host names no server: parts load one that all of them reach"
      )
    }
    for scenario in scenarios { try check(scenario, in: count) }
    startPoint = startPoint ?? .file("\(resultsDirectory)/\(runID)/start")
  }

  /// The part's index and how many there are.
  private func place(
    _ environment: [String: String]
  ) throws(SettingError) -> (index: Int, count: Int) {
    func number(_ variable: String) throws(SettingError) -> Int? {
      guard let text = environment[variable] else { return nil }
      guard let number = Int(text), (0...RecordedNumber.parts.upperBound).contains(number) else {
        let valid = "a whole number up to \(RecordedNumber.parts.upperBound) beside a run id"
        throw SettingError(name: variable, value: text, valid: valid)
      }
      return number
    }
    var (index, count) = (partIndex, partCount)
    if index == nil { index = try number("JOB_COMPLETION_INDEX") }
    if index == nil {
      index = try number("SLURM_PROCID")
      if count == nil { count = try number("SLURM_NTASKS") }
    }
    guard let index else {
      throw Self.refusal(
        of: "index",
        "",
        "a part's number from 0 on beside --run-id, or come from JOB_COMPLETION_INDEX or SLURM_PROCID"
      )
    }
    guard let count else {
      throw Self.refusal(
        of: "of",
        "",
        "the number of parts beside --run-id, or come from SLURM_NTASKS beside SLURM_PROCID"
      )
    }
    guard RecordedNumber.parts.contains(count), index < count else {
      throw Self.refusal(of: "index", index, "less than the \(count) parts that --of tells")
    }
    return (index, count)
  }

  private func checkStart(_ scenarios: [ScenarioName]) throws(SettingError) {
    guard case .instant(let milliseconds) = startPoint else { return }
    let date = Date(timeIntervalSince1970: milliseconds / 1_000)
    let instant = ISO8601DateFormatter().string(from: date)
    guard startPoint?.isAhead(at: Date().timeIntervalSince1970 * 1_000) == true else {
      throw Self.refusal(of: "start-at", instant, StartPoint.valid)
    }
    guard scenarios.count < 2 else {
      throw Self.refusal(
        of: "start-at",
        instant,
        "a file where several scenarios are run: one instant is the begin of one load"
      )
    }
  }

  /// Refuses what several generators cannot make together.
  private func check(_ name: ScenarioName, in count: Int) throws(SettingError) {
    if let reason = name.scenario?.indivisible {
      throw Self.refusal(of: "of", count, "1 for \(name.rawValue): \(reason)")
    }
    let own = name.own?.workload.withWorkers(workers).adjusted(to: self)
    // Why it cannot be run at all is told when it is to be.
    guard let workload = own ?? (try? name.workload(self)) else { return }
    guard count <= workload.effectiveWorkers else {
      throw Self.refusal(
        of: "of",
        count,
        "at most the number of workers of \(name.rawValue), which are \(workload.effectiveWorkers): ask for more by "
          + "--workers"
      )
    }
  }

  private static func refusal(
    of option: String,
    _ value: some CustomStringConvertible,
    _ valid: String
  ) -> SettingError {
    let variable = option.asciiUppercased().replacing(byte: UInt8(ascii: "-"), with: "_")
    return SettingError(
      name: "--\(option) (LOADTEST_\(variable))",
      value: value.description,
      valid: valid
    )
  }
}
