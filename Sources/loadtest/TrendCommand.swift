import EventIO
import Foundation
import LoadSupport

/// `loadtest trend`: what runs came to, one after the other, as a page.
struct TrendCommand: Command, Equatable {
  /// Directories of runs; empty for all below that of the results.
  var recordings: [String] = []

  /// The scenarios; empty for all.
  var scenarios: [ScenarioName] = []

  /// Where the page goes; nil for the directory of the results.
  var output: String?

  static let name = "trend"
  static let calls: [CommandCall] = [
    ("trend [RUN…]", "throughput and latency of all runs, one after the other")
  ]
  static let examples: [CommandCall] = [
    ("trend", "all runs below results/"),
    ("trend --scenario command_throughput", "of one scenario"),
    ("trend nightly/loadtest_* --output t.html", "runs that are kept elsewhere"),
  ]
  static let about = """
    Prints a table of the runs of each scenario and load, and writes a page with a picture of
    each figure and links to the reports. It judges nothing: `loadtest gate` does that.
    """
  static let exitStatus =
    "0 written, 2 bad usage, 3 no run was judged, or the page cannot be written"
  static let groups: [OptionGroup] = [.results]
  static let options: [ProgramOption<Self>] = [
    .scenarios("only this one; may be repeated (all)", to: \.scenarios),
    ProgramOption("--output", .text("FILE"), "the page (RESULTS/trend.html)", to: \.output),
  ]

  mutating func take(_ words: [String]) throws(UsageError) { recordings = words }

  /// Reads the runs, prints and writes what they came to.
  func run(_ setup: RunSetup) throws -> Int32 {
    let results = setup.settings.resultsDirectory
    let below = URL(fileURLWithPath: results).resolvingSymlinksInPath().path
    let layouts =
      recordings.isEmpty
      ? try RecordingLayout(directory: below).heldRecordings()
      : recordings.map { RecordingLayout(named: $0, setup.settings) }
    let report = TrendReport(of: layouts, scenarios: scenarios.map(\.rawValue))
    let page = URL(fileURLWithPath: output ?? "\(below)/trend.html").standardizedFileURL
    guard report.hasRuns else {
      Output.standard.write(report.text)
      Main.say("no run below \(results) was judged: `loadtest run` makes one")
      return 3
    }
    let writing = Result {
      let html = report.html(in: page.deletingLastPathComponent().path)
      try ResultFile.write(Data(html.utf8), to: page.path)
    }
    Output.standard.write(report.text)
    try writing.get()
    Main.say("results: \(page.path)")
    return 0
  }
}
