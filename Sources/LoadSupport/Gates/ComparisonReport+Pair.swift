extension ComparisonReport {
  /// One run of one server.
  struct Run: Sendable, Codable, Equatable {
    /// Its gating figures by name.
    let figures: [String: Double]

    /// Requests, and those that succeeded.
    let requests: Int
    let successful: Int

    /// What kept the load from being what was asked for by the server's doing alone; nil if nothing did.
    let failure: String?

    /// Why it counts for nothing; nil if it counts, or its server failed.
    let invalid: String?

    /// What disturbed the machine most; nil if nothing did.
    let disturbed: Validity.Disturbance?

    /// The gating figures.
    var metrics: [GateMetric: Double] {
      Dictionary(
        uniqueKeysWithValues: figures.compactMap { name, value in
          GateMetric(rawValue: name).map { ($0, value) }
        }
      )
    }

    /// Reads a run.
    init(_ analysis: RecordingAnalysis) {
      let failed = GateMetric.failed(of: analysis)
      figures = Dictionary(
        uniqueKeysWithValues: GateMetric.figures(of: analysis).map { ($0.key.rawValue, $0.value) }
      )
      requests = failed.requests
      successful = failed.requests - failed.failed
      let validity = Validity(analysis)
      failure = validity.serverFailure(analysis)
      invalid =
        failure != nil
        ? nil
        : analysis.aggregate.window.ending == .complete
          ? validity.biasReason : analysis.problems.first ?? "it broke off"
      disturbed = validity.disturbance
    }

    /// Makes one of its parts; without figures it is a run that could not be made.
    init(
      figures: [GateMetric: Double] = [:],
      requests: Int = 0,
      successful: Int = 0,
      failure: String? = nil,
      invalid: String? = nil,
      disturbed: Validity.Disturbance? = nil
    ) {
      self.figures = Dictionary(
        uniqueKeysWithValues: figures.map { ($0.key.rawValue, $0.value) }
      )
      self.requests = requests
      self.successful = successful
      self.failure = failure
      self.invalid = invalid
      self.disturbed = disturbed
    }
  }

  /// A run of each server, one directly after the other.
  struct Pair: Sendable, Codable, Equatable {
    /// What its recordings are called, with `-base` and `-head` behind it.
    let name: String
    let base: Run
    let head: Run

    /// Why it counts for nothing; nil if it counts, or a server failed.
    var invalid: String? {
      let reasons = [base.invalid.map { "base: \($0)" }, head.invalid.map { "head: \($0)" }]
        .compactMap(\.self)
      return failure == nil && !reasons.isEmpty ? reasons.joined(separator: "; ") : nil
    }

    /// What a server did to its load, so that there is nothing to compare; nil if none did anything.
    var failure: String? {
      head.failure.map { "head: \($0)" } ?? base.failure.map { "base: \($0)" }
    }

    /// How much the machine was disturbed in the worse of its runs, as `Validity.Disturbance.ratio`; 0 if
    /// by nothing, nil if the pair counts for nothing.
    var disturbance: Double? {
      (invalid ?? failure) == nil
        ? max(base.disturbed?.ratio ?? 0, head.disturbed?.ratio ?? 0) : nil
    }

    /// Puts two runs together.
    init(name: String, base: Run, head: Run) {
      self.name = name
      self.base = base
      self.head = head
    }
  }
}
