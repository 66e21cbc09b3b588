import Glibc

/// A call of `long_calls`: how long it was to last, and how it ended.
struct LongCall: Sendable {
  /// What ended it.
  enum Ending: Sendable, Equatable {
    /// The answer, when its command was over.
    case answer

    /// An answer that says that it worked, before its command can have been over.
    case early

    /// A status of HTTP.
    case status(Int)

    /// An answer of the server's that says that it failed.
    case refusal

    /// A reset of the connection.
    case reset

    /// The end of the connection, or of the stream that the answer was to come in.
    case closed

    /// Nothing, up to its timeout.
    case silence

    /// Something that says nothing of the way: the generator's own shortage, or the run's end.
    case own
  }

  /// Its stage.
  let step: String

  /// How long its command takes.
  let seconds: Int

  /// Whether the server was asked to tell of its progress.
  let asksForProgress: Bool

  /// What became of it.
  let attempt: Attempt

  let ending: Ending

  /// All of a recording, the shortest first.
  ///
  /// - Throws: when a file that could be read before cannot be any more.
  static func all(_ analysis: RecordingAnalysis) throws -> [LongCall] {
    let planned = Self.planned(analysis)
    let samples = try analysis.samples { sample in planned.contains { $0.step == sample.step } }
    return planned.flatMap { step, seconds, asksForProgress in
      samples.filter { $0.step == step && $0.operation == step }.map {
        LongCall(step, seconds, asksForProgress, $0.attempt)
      }
    }
  }

  /// The calls that were planned, by their stages.
  static func planned(
    _ analysis: RecordingAnalysis
  ) -> [(step: String, seconds: Int, asksForProgress: Bool)] {
    (analysis.scenario.stages ?? []).flatMap { stage in
      [false, true].compactMap { asks in
        guard let seconds = stage.seconds.flatMap({ Int(exactly: $0) }) else { return nil }
        let name = StepName.longCall(seconds: seconds, tellsProgress: asks)
        return stage.name == name ? (name, seconds, asks) : nil
      }
    }
    .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  private init(_ step: String, _ seconds: Int, _ asksForProgress: Bool, _ attempt: Attempt) {
    (self.step, self.seconds, self.asksForProgress) = (step, seconds, asksForProgress)
    self.attempt = attempt
    let lasted = attempt.done - (attempt.sent ?? attempt.planned)
    ending =
      switch attempt.outcome {
      case .success: lasted < Int64(seconds) * 1_000_000_000 ? .early : .answer
      case .httpError, .rateLimited: attempt.httpStatus.map { .status($0) } ?? .refusal
      case .transportError: attempt.systemError == Int(ECONNRESET) ? .reset : .closed
      case .protocolError: .closed
      case .timeout: .silence
      case .toolError, .rpcError, .rejected, .wrongAnswer: .refusal
      case .ownShortage, .dropped, .interrupted: .own
      }
  }

  /// How long it lasted, in seconds.
  var lasted: Double { Double(attempt.done - (attempt.sent ?? attempt.planned)) / 1e9 }

  /// Whether something ended it before its command was over, or kept its answer back.
  var isCut: Bool { ending != .answer && ending != .own }

  /// When the server first told of its progress, in seconds from the request on; nil where it did not.
  var firstProgressSeconds: Double? {
    guard let first = attempt.firstProgress, let sent = attempt.sent else { return nil }
    return Double(first - sent) / 1e9
  }

  /// Whether more than two notifications of its progress came: of those that are sent at equal distances, and one
  /// more at the call's end, the first comes at half of its length at the latest.
  var tellsOfDelay: Bool { ending == .answer && attempt.progress ?? 0 > 2 }

  /// Whether they came later than they can have been sent.
  private var isDelayed: Bool { tellsOfDelay && firstProgressSeconds ?? 0 > Double(seconds) / 2 }

  /// Those of some calls whose progress came later than it can have been sent.
  ///
  /// Where it came soon in another call, a call that lasts for less than four times as long is too short to tell:
  /// the half of it is about when the first is sent.
  static func delayed(_ calls: [LongCall]) -> [LongCall] {
    let soonest =
      calls.filter { $0.tellsOfDelay && !$0.isDelayed }
      .compactMap(\.firstProgressSeconds).min() ?? 0
    return calls.filter { $0.isDelayed && Double($0.seconds) >= 4 * soonest }
  }

  /// What ended it, in words.
  var endingText: String {
    switch ending {
    case .answer: "its answer"
    case .early: "an answer before the command ended"
    case .status(let status): "HTTP \(status)"
    case .refusal: "an error from the server"
    case .reset: "a connection reset"
    case .closed: "a closed connection"
    case .silence: "no answer in time"
    case .own: "the generator"
    }
  }
}
