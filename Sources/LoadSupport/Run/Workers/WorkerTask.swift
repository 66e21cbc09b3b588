/// What one worker does during one step; it has that in hand with every request, and so by reference.
final class WorkerTask: Sendable {
  /// What, when and how often.
  let group: WorkerGroup

  /// The group's stages with their instants.
  let stages: [TimedStage]

  /// What it does in them.
  let stretches: [LoadStretch]

  /// Its number in the group, from 0.
  let position: Int

  /// Whether the step is over before its planned end; nil where it cannot be.
  let earlyEnd: EarlyStepEnd?

  init(
    group: WorkerGroup,
    stages: [TimedStage],
    stretches: [LoadStretch],
    position: Int,
    earlyEnd: EarlyStepEnd?
  ) {
    (self.group, self.stages, self.stretches) = (group, stages, stretches)
    (self.position, self.earlyEnd) = (position, earlyEnd)
  }

  /// The stage of an instant; the last one's after the end.
  func stage(at instant: Int64) -> TimedStage? {
    stages.first { instant < $0.window.end } ?? stages.last
  }

  /// A time in which a worker is busy in a stage of a closed loop.
  struct Turn {
    let stage: TimedStage
    let time: Range<Int64>
  }

  /// When the worker is busy in some stages.
  func turns(in stages: [TimedStage]) -> [Turn] {
    stages.compactMap { stage in
      stage.busyTime(ofWorker: position).map { Turn(stage: stage, time: $0) }
    }
  }
}
