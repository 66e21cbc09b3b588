import EventIO
import Foundation

extension TrendReport {
  /// The tables for a terminal.
  package var text: String { TextPage(document(in: "")).text }

  /// The page, which links to the reports of runs below its directory.
  package func html(in directory: String) -> String { HTMLPage(document(in: directory)).text }

  private func document(in directory: String) -> Document {
    var last = ReportSection()
    last.add(.list(remarks.map { "\(quoted: $0)" }))
    last.add(
      .notes([
        "Bars are 95 % intervals. Runs of another load or machine stand by themselves. Nothing here is a verdict on a "
          + "change: `loadtest gate` judges nights, `loadtest compare` two builds."
      ]),
      for: [.page]
    )
    let runs = Set(courses.flatMap { $0.runs.map(\.recording.directory) }).count
    return Document(
      title: "Trend",
      summary: "\(NumberText.counted(runs, "run")), the latest last",
      sections: courses.map { Self.section($0, directory) } + [last]
    )
  }

  private static func section(_ course: Course, _ directory: String) -> ReportSection {
    var section = ReportSection(course.scenario)
    section.addNote("\(course.conditions.load); \(course.conditions.key)")
    let figures = course.runs.map { Self.figures(of: $0.summary) }
    let names = figures.last?.map(\.name) ?? []
    if course.runs.count > 1 {
      section.add(.tiles(names.map { .picture(chart($0, course, figures)) }))
    }
    section.add(
      .table(
        Table(
          label: course.scenario,
          columns: ["run", "started", "verdict", "success"]
            + names.map { .init($0, isTrailing: true) },
          rows: zip(course.runs, figures).map { run, figures in
            row(run, directory)
              + names.map { name in
                .optional(figures.first { $0.name == name }) {
                  .estimated($0.value, $0.interval?.range)
                }
              }
          }
        )
      )
    )
    return section
  }

  private static func row(_ run: Run, _ directory: String) -> [TableCell] {
    let summary = run.summary
    let page = run.recording.scenario(summary.scenario).html
    let isBelow = page.hasBytePrefix(directory + "/")
    return [
      isBelow
        ? .link(
          run.recording.testID,
          to: String(Substring(page.utf8.dropFirst(directory.utf8.count + 1)))
        )
        : .quoted(run.recording.testID),
      .text(summary.started), .badge(summary.badge),
      .share(summary.requests.successful, of: summary.requests.total),
    ]
  }

  /// A figure over the runs: a line through those that count, and what the others came to.
  private static func chart(
    _ name: String,
    _ course: Course,
    _ figures: [[Figure]]
  ) -> SVGChart {
    var points: [(x: Double, figure: Figure, meaning: Badge.Meaning)] = []
    for (index, run) in course.runs.enumerated() {
      guard let figure = figures[index].first(where: { $0.name == name }) else { continue }
      points.append((Double(index), figure, run.summary.badge.meaning))
    }
    func markers(_ meaning: Badge.Meaning) -> [(x: Double, y: Double)] {
      points.filter { $0.meaning == meaning }.map { (x: $0.x, y: $0.figure.value) }
    }
    let counting = points.filter { $0.meaning != .open }
    let line = counting.map { (x: $0.x, y: $0.figure.value) }
    let ranges = points.compactMap { point in
      point.figure.interval.map {
        (x: point.x, y: $0.lower...max($0.lower, $0.upper ?? point.figure.value))
      }
    }
    let series = [
      SVGChart.Series("", style: "s5", .ranges(ranges)),
      SVGChart.Series("PASS", style: "s0", .line(line, markers: markers(.good))),
      SVGChart.Series("FAIL", style: "s1", .line([], markers: markers(.bad))),
      SVGChart.Series("no verdict", style: "s3", .line([], markers: markers(.open))),
    ]
    let values = points.map(\.figure.value)
    let median = Array(values.dropLast()).median ?? 0
    return SVGChart(
      title: name,
      words: values.last.map { last in
        "\(NumberText.fourDigits(last)) in the latest run"
          + (median > 0
            ? ", \(NumberText.change(last / median)) from the median of the \(values.count - 1) before"
            : "")
      } ?? "",
      x: days(course.runs.map { String(Substring($0.summary.started.utf8.prefix(10).suffix(5))) }),
      y: .linear(
        name,
        // At least a tenth around the median, so that noise does not look like a change.
        values + [median * 0.9, median * 1.1]
          + ranges.flatMap { [$0.y.lowerBound, $0.y.upperBound] }
      ),
      series: series.filter { $0.hasMarks }
    )
  }

  /// An axis of runs, of which at most five have their day.
  private static func days(_ days: [String]) -> SVGChart.Axis {
    let step = max(1, (days.count + 3) / 5)
    return SVGChart.Axis(
      label: "run, by its day",
      low: -0.5,
      high: Double(days.count) - 0.5,
      isLogarithmic: false,
      ticks: stride(from: 0, to: days.count, by: step).map { (Double($0), days[$0]) }
    )
  }
}
