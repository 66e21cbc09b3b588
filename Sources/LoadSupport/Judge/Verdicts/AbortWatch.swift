import EventIO

/// Looks at a run while it goes on, and says which of the limits that end one has failed.
///
/// The more often one looks, the likelier chance shows something: look k at a limit has 6 ÷ (π² k²) of the
/// 1 % of false alarms, so that all of them together, however many, have no more than one look at the end
/// (the sum of 1 ÷ k² is π² ÷ 6). Looks are further apart the longer a stage lasts: each reads all
/// that has been recorded, and all of them together cost about three times what judging the run does.
struct AbortWatch: Sendable {
  private let recording: RecordingLayout
  private let scenario: String
  private let limits: [Threshold]

  /// How often there was something of each limit to look at.
  private var looks: [Int]

  /// The time until the next look; the first is counted from the beginning of the load.
  private(set) var nextLook: Duration

  /// So long after a stage has begun there may be enough to tell.
  private static let firstLook = 5.0

  /// Watches the scenario of a header; nil where none of its limits ends a run.
  ///
  /// - Throws: `ThresholdError` where a limit cannot be judged.
  init?(
    _ header: ScenarioHeader,
    in recording: RecordingLayout,
    overrides: ThresholdOverrides = .none
  ) throws(ThresholdError) {
    limits = try overrides.limits(of: header).filter(\.aborts)
    guard !limits.isEmpty else { return nil }
    self.recording = recording
    scenario = header.scenario
    looks = limits.map { _ in 0 }
    nextLook = .seconds(header.warmUpSeconds + Self.firstLook)
  }

  /// The verdict on the first limit that has failed so far, as after the run; nil where none has.
  ///
  /// What is under way is not recorded yet and cannot make a figure worse. Where it cannot be told yet
  /// whether failures come in clusters, none has failed.
  ///
  /// - Throws: when what is recorded cannot be read.
  mutating func look() throws -> Verdict? {
    let analysis = try RecordingAnalysis(scenario, of: recording)
    plan(after: analysis.aggregate.window)
    for index in limits.indices {
      let share = Self.parts(ofLook: looks[index] + 1)
      guard let verdict = try Verdict.general(limits[index], analysis, looks: share), verdict.n > 0
      else { continue }
      looks[index] += 1
      if verdict.outcome == .fail, verdict.dispersion != nil { return verdict }
    }
    return nil
  }

  /// In how many equal parts the false alarms are cut of which look k at a limit has one.
  static func parts(ofLook k: Int) -> Int {
    Int((Double(k) * Double(k) * Double.pi * Double.pi / 6).rounded(.up))
  }

  private mutating func plan(after window: MeasuredWindow) {
    let measured = window.slices.filter { $0.end > $0.start }
    guard let now = measured.map(\.end).max(),
      let begun = measured.filter({ $0.end == now }).map(\.start).max()
    else {
      nextLook = .seconds(Self.firstLook)
      return
    }
    nextLook = .seconds(max(Self.firstLook, Double(now - begun) / 1e9 / 2))
  }
}
