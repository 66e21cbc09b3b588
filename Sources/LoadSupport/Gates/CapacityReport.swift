import Foundation

/// What a search for the capacity found: for people, for machines, and as a picture.
package struct CapacityReport: Sendable, Codable {
  /// One trial.
  struct Trial: Sendable, Codable, Equatable {
    /// Arrivals a second that were asked for.
    let ratePerSecond: Double

    /// Successes a second.
    let reachedPerSecond: Double

    /// Percentiles of successes; nil where nothing succeeded.
    let latency: ScenarioSummary.Latency?

    /// Requests, and those that succeeded.
    let requests: Int
    let successful: Int

    /// What it came to.
    let result: CapacitySearch.Result

    /// Why, in a sentence.
    let reason: String

    /// Its recording, relative to the search's directory.
    let recording: String

    private enum CodingKeys: String, CodingKey {
      case ratePerSecond = "rate_per_s"
      case reachedPerSecond = "reached_per_s"
      case latency = "latency_ms"
      case requests
      case successful
      case result
      case reason
      case recording
    }
  }

  /// The version of the file's format; nil in a file of before there was one.
  private(set) var format: Int? = 1

  /// The objective.
  let objective: String

  /// The highest rate that held; nil where none did.
  let holdsPerSecond: Double?

  /// The lowest rate above it that did not; nil where none was seen.
  let breaksPerSecond: Double?

  /// The answer in a sentence.
  package let answer: String

  /// The trials in their order.
  let trials: [Trial]

  /// What was under test, and by what.
  let network: NetworkDescription?
  let machine: Machine

  private enum CodingKeys: String, CodingKey {
    case format
    case objective
    case holdsPerSecond = "holds_per_s"
    case breaksPerSecond = "breaks_per_s"
    case answer
    case trials
    case network
    case machine
  }

  /// Puts a search together.
  init(
    objective: ServiceObjective,
    ending: CapacitySearch.Ending?,
    isInterrupted: Bool,
    trials: [Trial],
    network: NetworkDescription?,
    machine: Machine
  ) {
    self.objective = objective.description
    parts = objective.parts
    self.trials = trials
    self.isInterrupted = isInterrupted
    self.network = network
    self.machine = machine
    switch ending {
    case .found(let holds, let breaks):
      holdsPerSecond = holds
      let last = trials.last { $0.ratePerSecond == breaks }
      breaksPerSecond = last?.result == .invalid ? nil : breaks
      let valid = trials.filter { $0.ratePerSecond == holds && $0.result != .invalid }
      let times = valid.count { $0.result == .holds }
      answer =
        "\(NumberText.oneDecimal(holds))/s meets \(objective) (in \(times) of "
        + "\(NumberText.counted(valid.count, "valid trial"))); "
        + (breaks.map { rate in
          last?.result == .invalid
            ? "\(NumberText.oneDecimal(rate))/s could not be judged: \(last?.reason ?? "")"
            : "\(NumberText.oneDecimal(rate))/s does not"
        } ?? "that is the highest rate that was tried")
    case .nothingHolds(let rate):
      holdsPerSecond = nil
      breaksPerSecond = rate
      answer =
        "not even \(NumberText.oneDecimal(rate))/s meets \(objective): start at a lower rate (--from) or loosen "
        + "the objective"
    case .noValidTrial:
      holdsPerSecond = nil
      breaksPerSecond = nil
      let invalid = trials.reversed().prefix { $0.result == .invalid }.count
      answer =
        "no answer: the last \(invalid == 1 ? "trial was" : "\(invalid) trials were") invalid; "
        + (trials.last?.reason ?? "")
    case nil:
      holdsPerSecond = nil
      breaksPerSecond = nil
      answer =
        isInterrupted
        ? "no answer: the search was interrupted"
        : "no answer: this version of the program would have continued the search differently"
    }
  }

  /// What a program ends with: 0 a rate holds, 1 not even the lowest does, 3 no answer, 130 interrupted.
  package var exitStatus: Int32 {
    if holdsPerSecond == nil, breaksPerSecond == nil { return isInterrupted ? 130 : 3 }
    return holdsPerSecond != nil ? 0 : 1
  }

  /// The parts of the objective; not in the file, which has them as the text that a command line takes.
  private(set) var parts: [ServiceObjective.Part] = []

  /// Whether somebody asked for an early end; not in the file, whose answer says so.
  private var isInterrupted = false

  /// Writes `capacity.json` and `capacity.html` into a directory.
  package func write(to directory: String) throws {
    try ResultFile.write(RecordingJSON.encodeFile(self), to: directory + "/capacity.json")
    try ResultFile.write(Data(html.utf8), to: directory + "/capacity.html")
  }
}
