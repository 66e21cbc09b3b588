/// What a user may set of a load without another workload.
enum LoadOverride: Sendable, CaseIterable {
  case duration
  case workers
  case rate
  case thinkTime
  case warmUp
  case commands

  /// Which loads it is for, in words that follow "for".
  var purpose: String {
    switch self {
    case .duration: "a load of a known length"
    case .workers: "a load with one number of workers"
    case .rate: "command_throughput, sustained_load, workloads of one stage"
    case .thinkTime: "command_throughput, sustained_load, workloads of one stage"
    case .warmUp: "command_throughput, sustained_load, workloads of one step"
    case .commands: "scenarios of the suite that run commands"
    }
  }
}
