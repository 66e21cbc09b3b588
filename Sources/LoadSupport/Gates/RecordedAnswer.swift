/// The answer of a gate that made many runs, judged again from their recordings, without load.
package enum RecordedAnswer: Sendable {
  case comparison(ComparisonReport)
  case capacity(CapacityReport)

  /// Judges a comparison or a search for the capacity again; nil where the directory holds neither.
  ///
  /// - Throws: when its plan or a recording is damaged, or there is none.
  package init?(in directory: String) throws {
    guard let plan = try GatePlan.read(in: directory) else { return nil }
    if let asked = plan.comparison {
      self = .comparison(try ComparisonPairs(rereading: plan, asked, in: directory).report)
    } else if let asked = plan.capacity {
      self = .capacity(try CapacityTrials(rereading: plan, asked, in: directory).report)
    } else {
      return nil
    }
  }

  /// The flags of a judgement that change nothing about the answer in a directory, each with what it is for;
  /// empty where there is none, or its plan cannot be read.
  package static func uselessFlags(in directory: String) -> [String: String] {
    guard let plan = try? GatePlan.read(in: directory) else { return [:] }
    var flags = ["--thresholds": "the recording of a run"]
    // A search that finds no rate has no verdict that could be held against it.
    if plan.capacity != nil { flags["--strict"] = "the recording of a run or of a comparison" }
    return flags
  }

  /// What the command that made it prints at its end.
  package var text: String {
    switch self {
    case .comparison(let report): report.text
    case .capacity(let report): report.text
    }
  }

  /// Writes its files anew.
  package func write(to directory: String, environment: [String: String]) throws {
    switch self {
    case .comparison(let report): try report.write(to: directory, environment: environment)
    case .capacity(let report): try report.write(to: directory)
    }
  }

  /// The exit status of the command that made it.
  package func exitStatus(isStrict: Bool) -> Int32 {
    switch self {
    case .comparison(let report): report.exitStatus(isStrict: isStrict)
    case .capacity(let report): report.exitStatus
    }
  }
}
