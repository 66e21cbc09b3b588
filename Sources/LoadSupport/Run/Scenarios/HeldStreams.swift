import EventIO

/// What idle event streams cost a server, and what opening and breaking them leaves behind.
///
/// Clients hold a stream each beside a small load; then others open one and break it, over and over. As with sessions
/// steps are counts, not times, and between them the server is at rest and what it holds is read.
struct HeldStreams: DataScenario {
  let name = ScenarioName.heldStreams
  let overrides: Set<LoadOverride> = [.workers]
  let indivisible: String? =
    "what the server holds between stretches is of the streams of all generators"

  /// How many clients ask for something beside the streams, and break some later.
  private static let asking = 4

  /// How long nobody asks for anything before it is read what the server holds.
  private static let rest = Duration.seconds(1)

  /// Streams that are held, how long the load is without them and how long beside them; stretches of broken ones, and how
  /// many of each stretch.
  private static func plan(
    _ profile: RunProfile
  ) -> (held: Int, alone: Duration, hold: Duration, stretches: Int, broken: Int) {
    profile.choose(
      smoke: (50, .seconds(1), .seconds(3), 10, 32),
      quick: (200, .seconds(3), .seconds(8), 12, 60),
      standard: (1_000, .seconds(20), .seconds(60), 20, 60)
    )
  }

  func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    if settings.stdio != nil {
      throw ScenarioSkip(
        "a stdio server has one stream, its standard output, and no others to hold"
      )
    }
    let file = workload(settings).json.encoded
    let own = WorkloadFile(try Workload(parsing: file), directory: ".")
    try await context.run(own, as: name) { network in
      guard let refusal = try await StreamProbe.refusal(of: network, settings.timeouts) else {
        return
      }
      // A stream that begins and is broken off is one that a client cannot hold, which is what is to be judged.
      if refusal.outcome == .transportError, refusal.firstByte != nil { return }
      let kind = network.profile.form.era == .modern ? "subscriptions/listen" : "GET"
      if refusal.httpStatus == 405 || refusal.rpcCode == -32601 {
        throw ScenarioSkip(
          "the server has no event streams: it answers \(refusal.error ?? "405") to \(kind), as it may"
        )
      }
      throw ScenarioSkip(
        "the server holds no event stream: \(refusal.reason(for: kind))"
      )
    }
  }

  func workload(_ settings: RunSettings) -> Workload {
    let plan = Self.plan(settings.profile)
    let held = settings.workers ?? plan.held
    func group(_ step: String, _ operation: String, length: Duration) -> Workload.Group {
      Workload.Group(
        workers: Self.asking,
        firstWorker: 0,
        mix: .inTurn([operation]),
        stages: [Workload.Stage(step, length: length, pace: .milliseconds(20))]
      )
    }
    func breaking(_ step: String, _ streams: Int) -> Workload.Step {
      // A bound for a server that is too slow; one that is not is done long before.
      var group = group(step, OperationName.brokenStream, length: .milliseconds(600 * streams))
      group.iterations = max(1, streams / Self.asking)
      return Workload.Step(groups: [group])
    }
    var holding = group(StepName.holding, OperationName.heldStream, length: plan.hold)
    (holding.workers, holding.firstWorker, holding.iterations) = (held, Self.asking, 1)
    holding.stages[0].pace = nil
    let beside = group(StepName.besideStreams, OperationName.list, length: plan.hold)
    let alone = group(StepName.withoutStreams, OperationName.list, length: plan.alone)
    let stretch = breaking(StepName.breaking, plan.broken)
    return Workload(
      name.rawValue,
      workers: Self.asking + held,
      operations: [
        OperationName.list: Workload.Operation(.method("tools/list", nil)),
        OperationName.heldStream: Workload.Operation(.stream, cancelAfter: plan.hold),
        OperationName.brokenStream: Workload.Operation(.stream),
      ],
      steps: [
        breaking(StepName.warming, plan.broken * plan.stretches / 3),
        Workload.Step(groups: [alone]), .rest(0, Self.rest),
        Workload.Step(groups: [holding, beside]), .rest(1, Self.rest),
      ] + Array(repeating: stretch, count: plan.stretches) + [.rest(2, Self.rest)]
    )
  }
}
