/// Whether a server's memory grows with the requests it serves, judged from one sustained load.
///
/// The first 40 % of the load count as warm-up. The rest is cut into blocks of 15 s, each of which
/// speaks with the median of its samples or, if these scatter less about their line, with the
/// minimum: where memory saws as it is collected, that halves the noise. The slope of a Theil-Sen
/// line through the blocks, divided by requests a second, is the growth in **bytes a request**, and
/// that is compared with a limit. It is not a test of significance: memory is autocorrelated, and
/// such tests then cry leak in a healthy server.
///
/// The limit is 12 bytes a request in a run of 600 s at 2,000 requests/s against a server of 100 MB
/// whose block values scatter by 1 %: a noise of 1 MB over the 720,000 requests after warm-up. It
/// scales with that noise (standard deviation of the block values about the line, in bytes) ÷
/// requests after warm-up. So it is a growth of 8.64 times the noise, in 24 blocks twelve standard
/// errors of the slope, where chance alone never gets. From two thirds of it on (8 bytes in that
/// run) the finding is a warning. Two bounds hold:
///
/// - Never above 64 bytes a request: one small object kept for each request must not pass as OK
///   because memory is noisy or requests are few. Noise that hides as much is INCONCLUSIVE.
/// - Never below a growth of 512 KiB in all, whatever the first bound says. The C library gives
///   memory back only from 128 KiB of free space on (mallopt(3), M_TRIM_THRESHOLD), and that for
///   each of its arenas: with four of them a process without a leak can come to hold as much.
///
/// What no rule tells apart in one run: growth that takes longer than the run to turn. Memory that
/// saws by megabytes with a period beyond the measured part looks like a leak on its way up, and so
/// can a start-up ramp with a time constant above a tenth of the load. The other way round, the
/// final third is known five times less well than the whole: at the limit one leak in seven looks
/// like a plateau, at twice the limit one in forty.
struct LeakTrend: Sendable, Equatable {
  /// The answers.
  enum Finding: String, Sendable, Codable {
    /// Growth is below the warning, two thirds of the limit.
    case ok = "OK"

    /// Memory grew, but in the final third at less than half of the whole slope: no leak.
    case plateau = "PLATEAU"

    /// Growth lies between the warning and the limit.
    case warn = "WARN"

    /// Growth reaches the limit.
    case leak = "LEAK"

    /// Too few blocks, no requests, or an interval of the slope too wide for the limit.
    case inconclusive = "INCONCLUSIVE"
  }

  /// The answer.
  let finding: Finding

  /// Growth in bytes a request; nil if unknown.
  let bytesPerRequest: Double?

  /// The 95 % confidence interval of the growth, in bytes a request; nil if unknown.
  let interval: ClosedRange<Double>?

  /// The growth in bytes a request from which it is a leak; nil if the noise is unknown.
  let limit: Double?

  /// The number of blocks after warm-up that had samples enough.
  let blocks: Int

  /// The number of samples in those blocks.
  let samples: Int

  /// The number of requests after warm-up.
  let requests: Int

  /// The line through the blocks, in bytes over seconds from the load's start; nil if there are too few.
  let line: TheilSen?

  /// The length of the warm-up in seconds, what is left over of blocks included.
  let warmUpSeconds: Double

  /// The answer in one sentence with its numbers.
  let explanation: String

  private static let warmUpShare = 0.4
  private static let blockSeconds = 15.0
  private static let fewestBlocks = 8
  private static let fewestSamplesInBlock = 3
  private static let referenceLimit = 12.0
  private static let referenceNoisePerRequest = 1e6 / 720_000
  private static let highestLimit = 64.0
  private static let leastGrowth = 524_288.0
  private static let warningShare = 8.0 / 12

  /// Judges samples of a server's memory, in bytes, at instants in seconds from the load's start.
  ///
  /// `requests` counts those of the whole load, which must come at about the same rate throughout.
  /// About one sample a second is expected; there may be gaps, and a block with fewer than three
  /// samples is left out.
  init(
    of samples: [(instantSeconds: Double, bytes: Double)],
    loadSeconds: Double,
    requests: Int
  ) {
    let blocks = Self.blocks(of: samples, loadSeconds: loadSeconds)
    let measuredSeconds = Self.blockSeconds * Double(Self.blockCount(loadSeconds: loadSeconds))
    let rate = loadSeconds > 0 ? Double(requests) / loadSeconds : 0
    let measured = rate * measuredSeconds
    warmUpSeconds = loadSeconds - measuredSeconds
    self.blocks = blocks.count
    self.samples = blocks.reduce(0) { $0 + $1.samples }
    self.requests = Int(measured.rounded())

    guard blocks.count >= Self.fewestBlocks, measured > 0,
      let medians = Fit(blocks.map { ($0.instant, $0.median) }),
      let minima = Fit(blocks.map { ($0.instant, $0.minimum) })
    else {
      finding = .inconclusive
      (bytesPerRequest, interval, limit, line) = (nil, nil, nil, nil)
      let seconds = Double(Self.fewestBlocks) * Self.blockSeconds / (1 - Self.warmUpShare)
      explanation =
        blocks.count < Self.fewestBlocks
        ? "a trend of memory needs at least \(NumberText.plain(seconds)) s of load with a sample per second "
          + "(\(Self.fewestBlocks) blocks of 15 s after the first \(NumberText.plain(Self.warmUpShare * 100)) % of it; "
          + "there are \(blocks.count))"
        : "no requests were counted, so memory cannot be set against them"
      return
    }
    let fit = minima.noise < medians.noise ? minima : medians
    let growth = fit.line.slope / rate
    let interval = fit.interval.lowerBound / rate...fit.interval.upperBound / rate
    let scaled = Self.referenceLimit * (fit.noise / measured) / Self.referenceNoisePerRequest
    let limit = max(min(scaled, Self.highestLimit), Self.leastGrowth / measured)
    (finding, explanation) = Self.finding(
      fit,
      growth,
      interval,
      limit,
      rate: rate,
      over: "\(blocks.count) blocks and \(NumberText.grouped(self.requests)) requests"
    )
    bytesPerRequest = growth
    line = fit.line
    self.interval = interval
    self.limit = limit
  }

  private static func finding(
    _ fit: Fit,
    _ growth: Double,
    _ interval: ClosedRange<Double>,
    _ limit: Double,
    rate: Double,
    over count: String
  ) -> (Finding, String) {
    let warning = limit * warningShare
    let halfWidth = (interval.upperBound - interval.lowerBound) / 2
    let shown = NumberText.estimate(growth, interval)
    let numbers =
      "\(shown.value) bytes per request (95 % interval \(shown.between ?? ""), limit "
      + "\(NumberText.oneDecimal(limit))) over \(count)"
    // One healthy run in forty has an interval above its true growth, however wide; none has one
    // that stays above the limit when it is made twice as wide.
    if halfWidth > warning, interval.lowerBound - halfWidth <= limit {
      return (
        .inconclusive,
        "memory is too noisy to judge, a longer load would tell: it grew by \(numbers)"
      )
    } else if growth < warning {
      return (.ok, "memory grew by \(numbers)")
    } else if fit.finalThirdSlope < fit.line.slope / 2 {
      let final = NumberText.oneDecimal(fit.finalThirdSlope / rate)
      return (.plateau, "memory levels off: it grew by \(numbers), by \(final) in the final third")
    } else if growth < limit {
      return (.warn, "memory may leak: it grew by \(numbers)")
    } else {
      return (.leak, "memory leaks: it grew by \(numbers)")
    }
  }
}

extension LeakTrend {
  /// Judges the memory of a recorded server; nil where that does not report it.
  init?(_ analysis: RecordingAnalysis) {
    let window = analysis.aggregate.window
    let values = analysis.metrics.timeline(
      ServerMetricName.memory,
      from: window.start,
      until: window.end
    )
    guard !values.isEmpty else { return nil }
    self.init(
      of: values.map {
        (instantSeconds: Double($0.at - window.start) / 1e9, bytes: $0.value)
      },
      loadSeconds: window.seconds(),
      requests: analysis.aggregate.requests().values.reduce(0, +)
    )
  }

  private struct Block {
    let instant: Double
    let median: Double
    let minimum: Double
    let samples: Int
  }

  /// How many whole blocks follow the warm-up; what is left over is added to the warm-up.
  private static func blockCount(loadSeconds: Double) -> Int {
    guard loadSeconds.isFinite, loadSeconds > 0 else { return 0 }
    return Int(loadSeconds * (1 - warmUpShare) / blockSeconds)
  }

  private static func blocks(
    of samples: [(instantSeconds: Double, bytes: Double)],
    loadSeconds: Double
  ) -> [Block] {
    let count = blockCount(loadSeconds: loadSeconds)
    let start = loadSeconds - Double(count) * blockSeconds
    let measured = samples.filter { start <= $0.instantSeconds && $0.instantSeconds < loadSeconds }
    let groups = Dictionary(grouping: measured) { Int(($0.instantSeconds - start) / blockSeconds) }
    return groups.sorted { $0.key < $1.key }.compactMap { _, samples in
      let bytes = samples.map(\.bytes)
      guard samples.count >= fewestSamplesInBlock, let median = bytes.median,
        let instant = samples.map(\.instantSeconds).median, let minimum = bytes.min()
      else { return nil }
      return Block(instant: instant, median: median, minimum: minimum, samples: samples.count)
    }
  }

  /// A line through block values, which must be at least five.
  private struct Fit {
    let line: TheilSen

    /// The interval of the slope, in bytes a second.
    let interval: ClosedRange<Double>

    /// The standard deviation of the blocks about the line, in bytes.
    let noise: Double

    /// The slope of the last third of the blocks, in bytes a second.
    let finalThirdSlope: Double

    init?(_ points: [(x: Double, y: Double)]) {
      guard let line = TheilSen(points), let interval = line.interval,
        let final = TheilSen(Array(points.suffix((points.count + 2) / 3)))
      else { return nil }
      let squares = points.reduce(0) { $0 + line.residual(of: $1) * line.residual(of: $1) }
      self.line = line
      self.interval = interval
      noise = (squares / Double(points.count - 2)).squareRoot()
      finalThirdSlope = final.slope
    }
  }
}
