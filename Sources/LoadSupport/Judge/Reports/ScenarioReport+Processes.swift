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
      _ text: (Double) -> String = { NumberText.grouped(Int($0)) }
    ) {
      guard let spread else { return }
      let p99 = spread.p99.map { ", p99 \(text($0))" } ?? ""
      section.addField(
        label,
        "p50 \(text(spread.p50))\(p99), max \(text(spread.max))\(unit), n = \(NumberText.grouped(spread.n))"
      )
    }
    add("Start time", processes.start, " ms until the first answer", NumberText.oneDecimal)
    add("Memory", processes.memory, " MiB resident at the end of the load, with all below it") {
      NumberText.oneDecimal($0 / 1_048_576)
    }
    add("Descriptors", processes.descriptors)
    add("Threads", processes.threads)
    let ends = [
      (
        processes.early,
        "by itself before it was to (\(processes.earlyEnds.joined(separator: ", ")))"
      ),
      (processes.terminated, "only by SIGTERM"), (processes.killed, "only by SIGKILL"),
      (processes.discarded, "killed at once, since nothing could be said to them any more"),
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
          + " on stdout, where nothing but messages of JSON-RPC may be"
      )
    }
    return section
  }
}
