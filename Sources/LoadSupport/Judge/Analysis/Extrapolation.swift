/// What the measured throughput would be on more cores, by models that say what they are.
///
/// Workers on fixed cores show how those cores saturate, not what others would do. So there is the
/// linear model that users know, and the bound by service demand beside it: X(c) ≤ c ÷ D, where
/// D is the CPU time a request of everything that serves it (Denning and Buzen, "The Operational
/// Analysis of Queueing Network Models", 1978).
struct Extrapolation: Sendable, Equatable {
  /// How much the estimate is worth, by how busy the cores were that it starts from; one run on one number
  /// of cores never gives more than MEDIUM.
  enum Confidence: String, Sendable {
    /// Below half: something else than CPU limits the throughput.
    case low = "LOW"

    /// From half on.
    case medium = "MEDIUM"

    /// Utilisation was not measured.
    case unknown = "UNKNOWN"

    /// The confidence at a utilisation from 0 to 1.
    init(utilisation: Double?) {
      switch utilisation {
      case nil: self = .unknown
      case let share? where share < 0.5: self = .low
      default: self = .medium
      }
    }
  }

  /// The cores of the machine that the estimate is for.
  static let targetCores = 8

  /// Successes a second.
  let rate: Double

  /// Their 95 % interval.
  let rateInterval: ClosedRange<Double>

  /// The cores that the server's side had.
  let cores: Int

  /// The share of those cores that the server's side used; nil where it was not measured.
  let utilisation: Double?

  /// CPU-seconds a request of everything that serves it; nil where it was not measured.
  let demandSeconds: Double?

  /// Estimates from a recording; nil where the cores are unknown, or successes are too few for an interval
  /// of their rate.
  init?(_ analysis: RecordingAnalysis) {
    let aggregate = analysis.aggregate
    guard let cores = analysis.scenario.network.serverCores, cores > 0, aggregate.successes() > 0,
      let slice = aggregate.window.slices.first, let interval = aggregate.rateInterval()
    else { return nil }
    rateInterval = interval
    self.cores = cores
    rate = aggregate.averageRate()
    // The scrapes do not end with the window: what they cover is used for time and CPU alike.
    let scrapes = analysis.metrics.timeline(
      ServerMetricsLine.servingCPU,
      from: slice.start,
      until: slice.end
    )
    // A counter that stood still or fell while requests were served does not tell what they cost.
    if let first = scrapes.first, let last = scrapes.last, last.at > first.at,
      last.value > first.value
    {
      let seconds = Double(last.at - first.at) / 1e9
      let share = (last.value - first.value) / (seconds * Double(cores))
      utilisation = share
      demandSeconds = share * Double(cores) / rate
    } else {
      utilisation = nil
      demandSeconds = nil
    }
  }

  /// The factor of the linear model: the ratio of cores × 0.85, and 1 for as many cores.
  var scalingFactor: Double {
    cores == Self.targetCores ? 1 : Double(Self.targetCores) / Double(cores) * 0.85
  }

  /// The linear model's estimate in requests a second.
  var linearRate: Double { rate * scalingFactor }

  /// What the service demand allows at most on the target's cores, in requests a second.
  var demandBound: Double? { demandSeconds.map { Double(Self.targetCores) / $0 } }

  /// What the throughput may be: from the linear model of the least rate measured to what the demand
  /// allows, or to the rates' ratio of cores where that is not known.
  var range: ClosedRange<Double> {
    let lower = rateInterval.lowerBound * scalingFactor
    let linear = rateInterval.upperBound * Double(Self.targetCores) / Double(cores)
    return lower...max(linearRate, demandBound ?? linear)
  }

  /// How much the estimate is worth.
  var confidence: Confidence { Confidence(utilisation: utilisation) }

  /// The report's section.
  var section: ReportSection {
    var section = ReportSection("Extrapolation", "to 8 CPU / 16GB RAM")
    section.isRuled = true
    section.addField("Measured RPS", "\(NumberText.oneDecimal(rate)) (on \(cores) cores)")
    let estimate = NumberText.estimate(linearRate, range)
    section.addField(
      "Estimated RPS",
      "\(estimate.between ?? "") (on \(Self.targetCores) cores; linear model: \(estimate.value))"
    )
    section.addField("Scaling factor", "\(NumberText.twoDecimals(scalingFactor))x")
    section.addField(
      "Confidence",
      "\(confidence.rawValue) (based on linear scaling model, one run)"
    )
    if let utilisation, let demandSeconds, let demandBound {
      section.addNote(
        "Linear model: ratio of cores x 0.85. The server's side (server, ssh, sshd) used "
          + "\(NumberText.oneDecimal(utilisation * 100)) % of its cores; the load generator shares them "
          + "on the embedded network."
      )
      section.addNote(
        "Demand bound: \(NumberText.twoDecimals(demandSeconds * 1000)) ms of CPU per request allow at most "
          + "\(NumberText.plain(demandBound.rounded())) requests/s on \(Self.targetCores) cores."
      )
    } else {
      section.addNote("How busy the server's cores were could not be measured.")
    }
    return section
  }

  /// The figures for machines.
  var figures: [String: Double] {
    var figures = [
      "estimated_per_s": linearRate, "estimated_low_per_s": range.lowerBound,
      "estimated_high_per_s": range.upperBound, "scaling_factor": scalingFactor,
      "server_cores": Double(cores),
    ]
    figures["server_utilisation"] = utilisation
    figures["demand_cpu_s_per_request"] = demandSeconds
    figures["demand_bound_per_s"] = demandBound
    return figures
  }
}
