import Foundation

/// The pairs of a comparison so far, which are the same while they are made and when their recordings
/// are read again.
struct ComparisonPairs: Sendable {
  /// One of the two servers.
  enum Side: String, Sendable, CaseIterable {
    case base
    case head
  }

  private let asked: GatePlan.Comparison
  private let plan: GatePlan
  private let directory: String
  private var network: NetworkDescription?
  private var runs: [Side: ComparisonReport.Run] = [:]
  private(set) var pairs: [ComparisonReport.Pair] = []

  /// Begins a comparison below a directory, and writes down what is asked for.
  init(_ asked: GatePlan.Comparison, in directory: String) throws {
    self.asked = asked
    self.directory = directory
    plan = GatePlan(comparison: asked)
    try plan.write(to: directory)
  }

  /// Reads the pairs of a comparison again.
  ///
  /// - Throws: when a recording is damaged, or there is none.
  init(rereading plan: GatePlan, _ asked: GatePlan.Comparison, in directory: String) throws {
    self.asked = asked
    self.plan = plan
    self.directory = directory
    while let side = next, pairs.count < plan.end?.count ?? .max,
      let run = try RecordedTrial(asked.scenario, in: recording(side)),
      plan.end != nil || !run.isCutShort
    {
      if plan.end == nil, pairs.isEmpty { try run.throwIfItFailed(in: directory) }
      note(run, side)
    }
    try plan.check(pairs.count, "pairs", next: "\(name)-*", in: directory)
  }

  /// The server to run next; nil when the comparison is over.
  ///
  /// Base and head alternate as ABBA, so that a machine that becomes slower or faster bears on both alike.
  var next: Side? {
    let isOver =
      switch pairPlan.step {
      case .run: false
      case .look: ComparisonReport.verdict(pairs, pairPlan, tolerance: asked.tolerance).stands
      case .end: true
      }
    if runs.isEmpty, isOver { return nil }
    let order = pairs.count.isMultiple(of: 2) ? Side.allCases : Side.allCases.reversed()
    return order.first { runs[$0] == nil }
  }

  /// Which of the pairs count, and whether more are to be run.
  var pairPlan: PairPlan { ComparisonReport.plan(pairs, firstLook: asked.firstLook) }

  /// Where the next run of a server is recorded.
  func recording(_ side: Side) -> RecordingLayout {
    RecordingLayout(directory: "\(directory)/\(name)-\(side.rawValue)")
  }

  private var name: String { String(format: "pair-%02d", pairs.count + 1) }

  /// Takes a run of a server.
  mutating func note(_ run: RecordedTrial, _ side: Side) {
    switch run {
    case .recorded(let analysis):
      network = network ?? analysis.scenario.network
      runs[side] = ComparisonReport.Run(analysis)
    case .failed(let reason): runs[side] = ComparisonReport.Run(invalid: reason)
    }
    guard let base = runs[.base], let head = runs[.head] else { return }
    pairs.append(ComparisonReport.Pair(name: name, base: base, head: head))
    runs = [:]
  }

  /// Writes down how the comparison ended, and gives what it came to.
  func end() throws -> ComparisonReport {
    var plan = plan
    plan.end = GatePlan.End(count: pairs.count, isInterrupted: next != nil)
    try plan.write(to: directory)
    return report(isInterrupted: next != nil)
  }

  /// What the comparison came to by its recordings.
  var report: ComparisonReport { report(isInterrupted: plan.end?.isInterrupted ?? (next != nil)) }

  private func report(isInterrupted: Bool) -> ComparisonReport {
    ComparisonReport(
      scenario: asked.scenario,
      tolerance: asked.tolerance,
      pairs: pairs,
      firstLook: asked.firstLook,
      isInterrupted: isInterrupted,
      network: network,
      machine: plan.machine
    )
  }
}
