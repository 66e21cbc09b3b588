import EventIO

/// At which length calls are cut off, and by whom: one call of each length at the same time, with progress told and
/// without.
///
/// Then some are cancelled, and the target is asked whether their commands are gone. A command is a `sleep` whose
/// fraction of a second tells it from those of other runs.
struct LongCalls: DataScenario {
  let name = ScenarioName.longCalls
  let overrides: Set<LoadOverride> = [.duration]
  let indivisible: String? =
    "it makes one call of each length, and asks the target for what is left of all"

  /// How long a call would last that is cancelled, when that is, and when its command is to be gone: far before its
  /// own end.
  private static let cancelledSeconds = 60
  private static let cancelAfter = Duration.seconds(1)
  private static let patience = Duration.seconds(2)

  /// The command of a call of so many seconds, which it never lasts less than.
  private static func command(_ seconds: Int) -> String { "sleep \(seconds).000{run}" }

  private static func lengths(_ settings: RunSettings) -> [Int] {
    let usual = settings.profile.choose(
      smoke: [1, 5],
      quick: [1, 10, 30],
      standard: [1, 10, 30, 60, 120, 300]
    )
    guard let longest = settings.duration.map({ max(1, Int($0.seconds.rounded(.up))) }) else {
      return usual
    }
    return usual.filter { $0 < longest } + [longest]
  }

  func workload(_ settings: RunSettings) -> Workload {
    let lengths = Self.lengths(settings)
    var operations: [String: Workload.Operation] = [:]
    var groups: [Workload.Group] = []
    for seconds in lengths {
      for tellsProgress in [false, true] {
        let step = StepName.longCall(seconds: seconds, tellsProgress: tellsProgress)
        operations[step] = Workload.Operation(
          .command(Self.command(seconds)),
          timeout: .seconds(seconds) + settings.timeout,
          asksForProgress: tellsProgress
        )
        groups.append(Self.group(step, length: .seconds(seconds), workers: 1))
      }
    }
    operations[OperationName.cancelled] = Workload.Operation(
      .command(Self.command(Self.cancelledSeconds)),
      cancelAfter: Self.cancelAfter
    )
    let looks = [StepName.afterCalls: lengths, StepName.afterCancelling: [Self.cancelledSeconds]]
    for (step, lengths) in looks {
      operations.merge(Self.look(for: lengths, step)) { $1 }
    }
    func looking(_ step: String, pause: Duration) -> Workload.Step {
      var group = Self.group(step, length: pause + .seconds(10), workers: 1)
      group.mix = .inTurn([step])
      group.stages[0].thinkTime = .constant(pause)
      // It has cancelled nothing itself, so that its own SSH session is sound.
      group.firstWorker = groups.count - 1
      return Workload.Step(groups: [group])
    }
    let workers = groups.count - 1
    var cancelling = Self.group(StepName.cancelling, length: .seconds(3), workers: workers)
    cancelling.mix = .inTurn([OperationName.cancelled])
    return Workload(
      name.rawValue,
      operations: operations,
      sequences: Dictionary(
        uniqueKeysWithValues: looks.keys.map { step in
          (
            step,
            [OperationName.processes, OperationName.commandsGone].map { .call("\(step): \($0)") }
          )
        }
      ),
      steps: [
        Workload.Step(groups: groups),
        looking(StepName.afterCalls, pause: .seconds(1)),
        Workload.Step(groups: [cancelling]),
        looking(StepName.afterCancelling, pause: Self.patience),
      ]
    )
  }

  private static func group(_ step: String, length: Duration, workers: Int) -> Workload.Group {
    Workload.Group(
      workers: workers,
      mix: .inTurn([step]),
      stages: [Workload.Stage(step, length: length)],
      iterations: 1
    )
  }

  /// What asks the target for its processes: whether it tells of them, and whether none is a command of a call.
  ///
  /// It finds itself among them wherever it works.
  private static func look(
    for lengths: [Int],
    _ step: String
  ) -> [String: Workload.Operation] {
    let line = "ps -C sleep,ps -o args="
    return [
      "\(step): \(OperationName.processes)": Workload.Operation(
        .command(line),
        name: OperationName.processes,
        expect: .init(text: [line])
      ),
      "\(step): \(OperationName.commandsGone)": Workload.Operation(
        .command(line),
        name: OperationName.commandsGone,
        expect: .init(text: [line], noText: lengths.map(command))
      ),
    ]
  }
}
