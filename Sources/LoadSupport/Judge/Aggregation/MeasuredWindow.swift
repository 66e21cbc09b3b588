/// The time that is judged, as the recording's events tell it, in nanoseconds since the origin.
///
/// A scenario with steps has a slice for each, or several that take turns.
struct MeasuredWindow: Sendable, Equatable {
  /// How the window came to its end.
  enum Ending: String, Sendable, Codable, CaseIterable {
    /// As planned.
    case complete

    /// Somebody asked for an early end.
    case stopped

    /// The recording breaks off: the run was killed, or could not write any more.
    case brokenOff = "broken_off"

    /// The load never began.
    case neverBegan = "never_began"
  }

  /// A part of the window in which one step was measured.
  struct Slice: Sendable, Equatable {
    /// The step; nil in scenarios that have only one.
    let step: String?

    /// What the load does in it.
    var kind = Stage.Kind.steady

    /// Where it begins.
    let start: Int64

    /// Where it ends.
    let end: Int64

    /// When the last of its answers was in; its end in a recording that breaks off.
    let settled: Int64

    /// Workers that were to be busy all the time; nil where there were none.
    var workers: Int?

    /// The pause of each of them before a request, in nanoseconds.
    var thinkTime: Int64?

    /// What follows each other without a break has the same number: the same workers go on in another
    /// stage, and answer there what was asked before.
    var chain = 0

    /// Seconds from its beginning to its last answer.
    var secondsToSettle: Double { Double(settled - start) / 1e9 }

    /// Whether an instant lies in it.
    func contains(_ instant: Int64) -> Bool { instant >= start && instant < end }
  }

  /// Its slices in the order in which they began.
  let slices: [Slice]

  /// How it came to its end.
  let ending: Ending

  /// The chains of each step's slices.
  private let chains: [String?: Set<Int>]

  /// The part of it that lies in a stretch of time.
  func part(_ range: Range<Int64>) -> MeasuredWindow {
    MeasuredWindow(
      slices: slices.filter { $0.start < range.upperBound && $0.end > range.lowerBound }.map {
        Slice(
          step: $0.step,
          kind: $0.kind,
          start: max($0.start, range.lowerBound),
          end: min($0.end, range.upperBound),
          settled: min($0.settled, range.upperBound),
          workers: $0.workers,
          thinkTime: $0.thinkTime,
          chain: $0.chain
        )
      },
      ending: ending
    )
  }

  private init(slices: [Slice], ending: Ending) {
    self.slices = slices
    self.ending = ending
    chains = Self.chains(slices)
  }

  private static func chains(_ slices: [Slice]) -> [String?: Set<Int>] {
    Dictionary(grouping: slices, by: \.step).mapValues { Set($0.map(\.chain)) }
  }

  /// The window of a recording whose last sample was over at `lastDone`.
  init(events: [RunEvent], lastDone: Int64?) {
    let stopped = events.first { $0.event == .stopped || $0.event == .failed }?.at
    let drain = events.first { $0.event == .drain }
    let numbers = Self.chains(events)
    var slices: [Slice] = []
    // The coordinator says so when it left steps out.
    var isCut = drain?.message != nil
    // Where the step began that the events are of.
    var stepStart: Int64?
    for (position, event) in events.enumerated() {
      if event.event == .stepEnd { stepStart = nil }
      guard event.event == .measure, let planned = event.until else { continue }
      // Steps whose workers have a number of things to do may be over early.
      let over = events[position...].first { $0.event == .stepEnd }?.at
      // Sessions are closed when all steps are over, whatever a damaged line says.
      var end = min(planned, over ?? drain?.at ?? planned)
      if let stopped, stopped < end {
        end = stopped
        isCut = true
      } else if over == nil, drain == nil {
        end = min(end, lastDone ?? stepStart ?? event.at)
      }
      // Stages are announced when their step begins: one whose time never came was not measured.
      if let stepStart, stepStart < event.at, end <= event.at { continue }
      stepStart = stepStart ?? event.at
      end = max(event.at, end)
      slices.append(
        Slice(
          step: event.step,
          kind: event.kind ?? .steady,
          start: event.at,
          end: end,
          settled: max(end, over ?? end),
          workers: event.workers,
          thinkTime: event.thinkTime,
          chain: numbers[position] ?? position
        )
      )
    }
    self.slices = slices.sorted { $0.start < $1.start }
    chains = Self.chains(slices)
    let hasFailed = events.contains { $0.event == .failed }
    ending =
      slices.isEmpty
      ? .neverBegan
      : hasFailed ? .brokenOff : isCut ? .stopped : drain != nil ? .complete : .brokenOff
  }

  /// The number of the chain of each event that begins a slice, by the event's position.
  ///
  /// A stage follows another of its step where it begins at the other's planned end and is of the same
  /// group. Where several do, nothing tells which workers went where.
  private static func chains(_ events: [RunEvent]) -> [Int: Int] {
    var numbers: [Int: Int] = [:]
    let ends = events.indices.filter { events[$0].event == .stepEnd }
    let begins = events.indices.filter { events[$0].event == .measure }
      .sorted { events[$0].at < events[$1].at }
    let steps = Dictionary(grouping: begins) { begin in ends.first { $0 > begin } }
    for stages in steps.values {
      func follows(_ next: Int, _ stage: Int) -> Bool {
        events[stage].until == events[next].at && events[stage].group == events[next].group
      }
      for stage in stages {
        let before = stages.filter { follows(stage, $0) }
        let isOnly = before.count == 1 && stages.count { follows($0, before[0]) } == 1
        numbers[stage] = isOnly ? numbers[before[0]] ?? before[0] : stage
      }
    }
    return numbers
  }

  /// Where it begins.
  var start: Int64 { slices.first?.start ?? 0 }

  /// Where it ends.
  var end: Int64 { slices.map(\.end).max() ?? 0 }

  /// Whether it has several steps, which differ on purpose.
  var hasSteps: Bool { slices.contains { $0.step != nil } }

  /// Whether all that some steps did, or all did, is a load that stayed the same.
  func isSteady(_ steps: [String]? = nil) -> Bool {
    slices.allSatisfy { slice in
      slice.kind == .steady || !(steps?.contains { $0 == slice.step } ?? true)
    }
  }

  /// The names of its steps in the order in which they began.
  var steps: [String] {
    slices.compactMap(\.step).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Its length in seconds, or that of some steps' slices; what steps have at the same time counts
  /// once.
  func seconds(of steps: [String]? = nil) -> Double {
    var total: Int64 = 0
    var reached = Int64.min
    for slice in slices where steps?.contains(where: { $0 == slice.step }) ?? true {
      total += max(0, slice.end - max(slice.start, reached))
      reached = max(reached, slice.end)
    }
    return Double(total) / 1e9
  }

  /// The steps whose load stayed the same, in the order in which they began.
  var steadySteps: [String] { steps.filter { isSteady([$0]) } }

  /// The times in which what was under test was away on purpose, or nobody could tell yet that it was back.
  var outages: [Range<Int64>] {
    slices.filter { $0.kind == .outage }.map { $0.start..<max($0.start, $0.settled) }
  }

  /// The slices of some steps, or all.
  func slices(of steps: [String]?) -> [Slice] {
    slices.filter { slice in steps?.contains { $0 == slice.step } ?? true }
  }

  /// Whether what a step plans at an instant is measured.
  func measures(_ step: String?, at instant: Int64) -> Bool {
    for slice in slices where slice.contains(instant) && slice.step == step { return true }
    return false
  }

  /// The slice in which what was planned in a step came to its end: one of that step, or of the stage that
  /// the same workers had gone on to; nil for none.
  func slice(at instant: Int64, from step: String?) -> Slice? {
    var other: Slice?
    for slice in slices where slice.contains(instant) {
      if slice.step == step { return slice }
      if chains[step]?.contains(slice.chain) == true { other = slice }
    }
    return other
  }

  /// The slices whose time what was planned in a step may take up.
  func slices(from step: String?) -> [Slice] {
    guard let chains = chains[step] else { return [] }
    return slices.filter { $0.step == step || chains.contains($0.chain) }
  }
}
