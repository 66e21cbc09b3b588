extension Verdict {
  /// Judges that nothing of the load is left on the target; nil where nobody looked.
  ///
  /// Connections in a pool are no fault as long as the server says that it keeps them. One that says nothing may keep
  /// as many as sessions were open at once, which nobody can tell from a leak.
  static func leftOnTarget(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict? {
    guard let target = analysis.target else { return nil }
    guard let after = target.loginsAfter else {
      return .unknown(
        threshold,
        "what is on the target could not be counted after the load: \(target.failure ?? "no reason is known")"
      )
    }
    let pool = pooled(analysis)
    let growth = Double(after - target.loginsBefore) - (pool.map { $0.after - $0.before } ?? 0)
    let left = max(0, growth)
    let strays = max(0, (target.straysAfter ?? 0) - (target.straysBefore ?? 0))
    let words = words(target, after, pool, strays)
    let verdict = count(
      threshold,
      left + Double(strays),
      n: analysis.aggregate.lines,
      words
    )
    // Strays are nobody's, and so is what no session can have needed.
    guard verdict.outcome == .fail, pool == nil, left <= Double(target.sessions),
      Double(strays) <= threshold.limit
    else { return verdict }
    return .unknown(
      threshold,
      words
        + "; no more than the \(NumberText.counted(target.sessions, "SSH session")) that may have been open at once, "
        + "and the server does not say whether it keeps connections (\(ServerMetricName.poolIdle))"
    )
  }

  /// Logins that the server says it keeps unused; nil where it does not tell.
  private static func pooled(
    _ analysis: RecordingAnalysis
  ) -> (before: Double, after: Double)? {
    // All processes of a stdio server have ended.
    if analysis.serverProcesses != nil { return (0, 0) }
    func idle(_ occasion: ServerMetricsLine.Occasion) -> Double? {
      analysis.metrics.totals(occasion)?[ServerMetricName.poolIdle]
    }
    return idle(.after).map { (idle(.before) ?? 0, $0) }
  }

  private static func words(
    _ target: RecordedTarget,
    _ after: Int,
    _ pool: (before: Double, after: Double)?,
    _ strays: Int
  ) -> String {
    func kept(_ count: Double?) -> String {
      count.map { $0 > 0 ? " (\(NumberText.plain($0)) in the server's pool)" : "" } ?? ""
    }
    let counted =
      target.straysAfter == nil ? "LOADTEST_TARGET_CHECK printed" : "logins on the target:"
    var words =
      "\(counted) \(NumberText.grouped(target.loginsBefore))\(kept(pool?.before)) before the load and "
      + "\(NumberText.grouped(after))\(kept(pool?.after)) after it"
    guard strays > 0 else { return words }
    words += strays == 1 ? "; 1 process" : "; \(NumberText.grouped(strays)) processes"
    return words + " of ended logins still ran there: "
      + (target.strayNames ?? []).joined(separator: ", ")
  }
}
