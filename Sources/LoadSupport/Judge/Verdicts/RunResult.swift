import EventIO

/// What a run came to, in the one word that every output has for it.
package enum RunResult: String, Sendable, Codable, CaseIterable {
  case pass = "PASS"

  /// Nothing failed, and of something there is too little to tell.
  case inconclusive = "INCONCLUSIVE"

  /// Nothing failed, and a check kept a figure from being judged.
  case invalid = "INVALID"

  /// The recording ends in mid-run: the generator was killed.
  case brokenOff = "BROKEN_OFF"

  /// There was no load: something was missing, or nobody could begin.
  case couldNotRun = "COULD_NOT_RUN"

  /// A threshold failed.
  case fail = "FAIL"

  /// Somebody asked for an early end.
  case interrupted = "INTERRUPTED"

  /// The result of a scenario's recording, by its verdicts.
  ///
  /// That the server granted nobody a session is a verdict on the server, also where no load began for
  /// that reason.
  init(_ analysis: RecordingAnalysis, _ verdicts: [Verdict]) {
    let hasFailed = verdicts.contains { $0.outcome == .fail }
    let isRefused = verdicts.contains { $0.metric == .sessionsMissing && $0.outcome == .fail }
    switch analysis.aggregate.window.ending {
    case _ where analysis.isStopped: self = .interrupted
    case .stopped where !analysis.isAborted: self = .interrupted
    case .neverBegan where !isRefused: self = .couldNotRun
    case .brokenOff: self = .brokenOff
    case .neverBegan, .complete, .stopped:
      if hasFailed {
        self = .fail
      } else if verdicts.contains(where: { $0.invalidBy != nil }) {
        self = .invalid
      } else {
        let isOpen =
          analysis.isAborted || verdicts.isEmpty
          || verdicts.contains { $0.outcome == .inconclusive }
        self = isOpen ? .inconclusive : .pass
      }
    }
  }

  /// What several come to: the one that says most; nil of none.
  package static func worst(_ results: [RunResult]) -> RunResult? {
    allCases.last(where: results.contains)
  }

  /// As people read it.
  package var words: String { rawValue.replacing(byte: UInt8(ascii: "_"), with: " ") }

  /// Whether figures of the run are missing altogether.
  package var isCutShort: Bool {
    switch self {
    case .brokenOff, .couldNotRun, .interrupted: true
    case .pass, .inconclusive, .invalid, .fail: false
    }
  }

  /// The exit status of a program: 0 passed, 1 a threshold failed, 3 invalid or could not be run, 5
  /// inconclusive where that counts, 130 interrupted.
  package func exitStatus(isStrict: Bool) -> Int32 {
    switch self {
    case .pass: 0
    case .inconclusive: isStrict ? 5 : 0
    case .invalid, .brokenOff, .couldNotRun: 3
    case .fail: 1
    case .interrupted: 130
    }
  }
}
