import EventIO

/// Whether a load would run into a rate limit that its server tells of.
enum RateForecast {
  /// What people must know before the load; nil where it keeps to the limit, or how much it will ask is
  /// not known.
  ///
  /// Each worker has an MCP session of its own. In a closed loop it asks as fast as it is answered, at best
  /// as fast as before the load.
  static func remark(_ steps: [LoadStep], _ limit: Network.RateLimit) -> String? {
    let most = steps.flatMap { step in
      let length = (step.warmUp + step.length.longest) / .seconds(1)
      let seconds = min(limit.windowSeconds, length)
      return step.groups.compactMap { requests(of: $0, in: seconds, limit.requestSeconds) }
    }.max()
    guard let most, most > Double(limit.requests) else { return nil }
    let shown = most < 1e15 ? String(Int(most.rounded())) : "\(most)"
    return
      "the server lets an MCP session make \(limit.requests) requests in \(limit.windowSeconds) s "
      + "(\(ServerMetricName.rateLimit)), and this load would make up to some \(shown): the rest comes back as "
      + "rate_limited; raise the server's limit, or lower the load per session (LOADTEST_RATE, more workers)"
  }

  private static func requests(
    of group: WorkerGroup,
    in seconds: Double,
    _ requestSeconds: Double?
  ) -> Double? {
    let workers = Double(max(1, min(group.workers.range.count, group.workers.limit ?? .max)))
    let most = group.iterationLimit.map(Double.init) ?? .infinity
    // As if the stage that asks most went on all the time.
    let rates = group.stages.compactMap { stage -> Double? in
      if let rate = stage.rate { return max(rate.from, rate.to) / workers }
      guard let requestSeconds else { return nil }
      let each = max(requestSeconds + stage.thinkTime.mean.seconds, stage.pace?.seconds ?? 0)
      return 1 / max(1e-6, each)
    }
    return rates.max().map { min(most, $0 * seconds) }
  }
}
