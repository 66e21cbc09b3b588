import EventIO

/// What makes a run a part of a load that several generators make.
extension OptionGroup {
  package static let parts = OptionGroup(
    "several generators",
    RunOption(
      "--run-id",
      .runID,
      "the load of several generators that this one has a part of (a load of its own)",
      to: \.runID
    ),
    RunOption(
      "--index",
      .integer(0...RecordedNumber.parts.upperBound - 1),
      "which part, from 0 (JOB_COMPLETION_INDEX, or SLURM_PROCID)",
      to: \.partIndex
    ),
    RunOption(
      "--of",
      .integer(RecordedNumber.parts),
      "how many parts there are (SLURM_NTASKS, beside SLURM_PROCID)",
      to: \.partCount
    ),
    RunOption(
      "--start-at",
      .startPoint,
      "when all begin, or a file on shared storage by which they agree (RESULTS/RUN_ID/start)",
      to: \.startPoint
    )
  )
}

extension OptionValue where Value == String {
  /// What parts of one load have in common.
  fileprivate static let runID = OptionValue("ID") { text throws(InvalidValue) in
    guard RecordingPart.isRunID(text) else {
      throw .expected("1 to 64 letters, digits, '.', '_' and '-', and begin with no '.'")
    }
    return text
  }
}
