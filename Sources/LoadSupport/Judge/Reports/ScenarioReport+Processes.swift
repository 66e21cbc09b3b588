import EventIO

extension ScenarioReport {
  /// What the processes of a stdio server cost and left; nil for a server over HTTP.
  var processes: ReportSection? {
    guard let processes = summary.serverProcesses else { return nil }
    var section = ReportSection("Server process", "one for each worker")
    func add(
      _ label: String,
      _ spread: ServerProcesses.Spread?,
      _ unit: String = "",
      _ text: (Double) -> String = NumberText.plain
    ) {
      guard let spread else { return }
      let p99 = spread.p99.map { ", p99 \(text($0))" } ?? ""
      section.addField(
        label,
        "p50 \(text(spread.p50))\(p99), max \(text(spread.max))\(unit), n = \(NumberText.grouped(spread.n))"
      )
    }
    add("Start time", processes.start, " until the first answer", NumberText.time)
    add("Memory", processes.memory, " MiB resident at the end of the load, with all below it") {
      NumberText.mebibytes($0)
    }
    add("Descriptors", processes.descriptors)
    add("Threads", processes.threads)
    let ends = [
      (
        processes.early,
        "too early, by itself (\(processes.earlyEnds.joined(separator: ", ")))"
      ),
      (processes.terminated, "only by SIGTERM"), (processes.killed, "only by SIGKILL"),
      (processes.discarded, "killed at once, because nothing could be sent to them any more"),
    ].filter { $0.0 > 0 }.map { "\(NumberText.grouped($0)) \($1)" }
    section.addField(
      "Ended",
      NumberText.grouped(processes.ended)
        + (ends.isEmpty ? "" : ": " + ends.joined(separator: ", "))
    )
    section.addField(
      "Left behind",
      processes.leftBehind == 0
        ? "nothing"
        : NumberText.grouped(processes.leftBehind) + ": "
          + processes.leftNames.joined(separator: ", ")
    )
    if processes.strayLines > 0 {
      section.addField(
        "Stray output",
        NumberText.counted(processes.strayLines, "line")
          + " on stdout, where only JSON-RPC messages are allowed"
      )
    }
    return section
  }
}
