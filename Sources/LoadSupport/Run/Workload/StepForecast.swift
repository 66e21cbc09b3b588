import EventIO

/// What is known of a step before it begins, for whoever watches the load.
struct StepForecast: Sendable, Equatable {
  /// A stage of the step, or its warm-up.
  struct Stretch: Sendable, Equatable {
    /// The names of all that is done in it.
    var names: [String] = []

    /// Its number among the stages of the load, from 1.
    var number = 1
    var isWarmUp = false

    /// When it begins and ends, in nanoseconds from the step's beginning.
    var time: Range<Int64> = 0..<0

    /// Requests a second that are to arrive; nil in a closed loop.
    var rate: Workload.Ramp?

    /// Workers that take part.
    var workers = Workload.Ramp.steady(0)
  }

  let stretches: [Stretch]

  /// Whether it lasts as long as it may, whatever the server does.
  let isTimed: Bool

  /// Seconds that it may take, and that it takes as far as the plan tells.
  let longest: Double
  let expected: Double

  /// Its requests, where its workers have several each to make, and no time to fill.
  let requests: Double?
}

extension StepForecast {
  /// What is known of the steps of a load, or of a generator's share of it.
  static func all(
    _ steps: [LoadStep],
    of workload: Workload,
    _ share: LoadShare
  ) -> [StepForecast] {
    var stages = 0
    return steps.map { step in
      let forecast = StepForecast(step, of: workload, share, after: stages)
      stages = forecast.stretches.last?.number ?? stages
      return forecast
    }
  }

  private init(_ step: LoadStep, of workload: Workload, _ share: LoadShare, after stages: Int) {
    let window = LoadWindow(start: 0, warmUp: step.warmUp, duration: step.length.longest)
    longest = Double(window.end) / 1e9
    let groups = step.groups
    // Workers that have a number of things to do are done before the time is over.
    let isCounted =
      !groups.isEmpty
      && groups.allSatisfy {
        $0.iterationLimit != nil && $0.stages.count == 1 && $0.stages[0].rate == nil
      }
    let planned = groups.map(\.plannedSeconds).max() ?? 0
    expected = isCounted ? min(longest, planned) : longest - (step.fault?.patience.seconds ?? 0)
    isTimed = !isCounted && step.fault == nil && step.length == .fixed(step.length.longest)
    let counts = groups.map { group in
      Double((group.iterationLimit ?? 0) * group.count(in: share)) * workload.meanCalls(group.mix)
    }
    let areSeveral = groups.contains { $0.iterationLimit ?? 0 > 1 }
    requests = isCounted && areSeveral ? counts.reduce(0, +) : nil

    let timed = groups.map { ($0, $0.timed(in: window)) }
    let leading = timed.map(\.1).max { $0.count < $1.count } ?? []
    let times = leading.map { $0.window.measureStart..<$0.window.end }
    var stretches = (times.isEmpty ? [0..<window.end] : times).enumerated().map { index, time in
      var stretch = Stretch(number: stages + index + 1, time: time)
      for (group, stages) in timed {
        guard let stage = stages.first(where: { time.lowerBound < $0.window.end }) ?? stages.last
        else { continue }
        stretch.add(stage.plan, of: group, workload, share)
      }
      return stretch
    }
    if step.warmUp > .zero {
      var warmUp = stretches[0]
      (warmUp.isWarmUp, warmUp.time) = (true, 0..<window.measureStart)
      // It has the load that the first stage begins with.
      warmUp.rate = warmUp.rate.map { .steady($0.from) }
      warmUp.workers = .steady(warmUp.workers.from)
      stretches.insert(warmUp, at: 0)
    }
    self.stretches = stretches
  }
}

extension StepForecast.Stretch {
  /// Adds what a group does in it.
  fileprivate mutating func add(
    _ stage: Workload.Stage,
    of group: WorkerGroup,
    _ workload: Workload,
    _ share: LoadShare
  ) {
    if let own = stage.name, !names.contains(own) { names.append(own) }
    if let arrivals = stage.rate.map({ share.rate($0, of: group.workers.range) }) {
      let calls = workload.meanCalls(group.mix)
      let before = rate ?? .steady(0)
      rate = .init(from: before.from + arrivals.from * calls, to: before.to + arrivals.to * calls)
    }
    let busy =
      stage.workers.map { share.busy($0, of: group.workers.range) }
      ?? .steady(Double(group.count(in: share)))
    workers = .init(from: workers.from + busy.from, to: workers.to + busy.to)
  }
}

extension WorkerGroup {
  /// How many of a generator's workers are in it.
  fileprivate func count(in share: LoadShare) -> Int {
    min(workers.limit ?? .max, share.own(workers.range).count)
  }

  /// The seconds that its plan tells of a number of iterations: those of their pauses, else its stage's.
  fileprivate var plannedSeconds: Double {
    guard let stage = stages.first else { return 0 }
    let pause = max(stage.thinkTime.mean, stage.pace ?? .zero)
    return pause > .zero
      ? pause.seconds * Double(iterationLimit ?? 1) : stage.length?.seconds ?? 0
  }
}
