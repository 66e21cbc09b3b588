extension RestartRecoveryJudge {
  /// How many clients had been served again, from the beginning of each outage on.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    // The samples could be read for the verdicts, and a picture is none.
    guard let outages = try? OutageRecovery.all(analysis).filter({ !$0.served.isEmpty }),
      !outages.isEmpty
    else { return nil }
    let courses = outages.map { [(x: 0, y: 0)] + $0.course }
    let clients = Double(analysis.scenario.workers)
    return SVGChart(
      title: "Clients served again after each outage",
      words: "A marker is a client's first success; \(NumberText.plain(clients)) clients ask.",
      x: .linear("seconds from the outage's beginning", courses.flatMap { $0 }.map(\.x)),
      y: .linear("clients", [0, clients]),
      series: zip(outages, courses).enumerated().map { index, outage in
        SVGChart.Series(
          outage.0.step,
          style: "s\(index % 6)",
          .line(outage.1, markers: Array(outage.1.dropFirst()))
        )
      }
    )
  }
}
