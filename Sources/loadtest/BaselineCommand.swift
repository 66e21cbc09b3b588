import EventIO
import Foundation
import LoadSupport

/// `loadtest baseline`: the levels that nights are compared with for good.
struct BaselineCommand {
  /// What can be done with them.
  enum Action: String, CaseIterable {
    case anchor
    case accept
    case show
  }

  /// What a command line asks for.
  struct Options: Equatable {
    let action: Action

    /// The scenarios; empty for all of the history.
    var scenarios: [ScenarioName] = []

    /// The directory of the history; nil for the usual one.
    var history: String?

    /// The directory of the baselines; nil for the one beside the history.
    var baselines: String?

    /// Why a level is accepted.
    var reason = ""

    /// Its first night; nil for the one with which the figures changed.
    var since: Night?
  }

  /// The flags with a value that only this command has.
  static let flags = ["--history", "--baselines", "--scenario", "--reason", "--since"]

  /// Where baselines lie unless it is said.
  static func directory(besides history: String) -> String {
    URL(fileURLWithPath: history).standardizedFileURL.deletingLastPathComponent()
      .appending(path: "baselines").path
  }

  let options: Options
  let settings: RunSettings
  var isJSON = false

  /// Does it for each scenario, prints the baselines; gives the exit status.
  func run() throws -> Int32 {
    let history = NightHistory(
      directory: options.history ?? settings.resultsDirectory + "/history"
    )
    let directory = options.baselines ?? Self.directory(besides: history.directory)
    var names = options.scenarios.map(\.rawValue)
    if names.isEmpty { names = try history.scenarios() }
    var files: [BaselineFile] = []
    var failures = 0
    for name in names {
      var file = try BaselineFile(of: name, in: directory)
      if options.action != .show {
        let content = try history.read(name)
        do throws(BaselineError) {
          file.put(try baseline(NightSeries(content), in: file))
        } catch {
          failures += 1
          Main.say("\(name): \(error)")
          files.append(file)
          continue
        }
        try file.write(to: directory)
      }
      files.append(file)
    }
    if isJSON {
      Output.standard.write(try RecordingJSON.encodeFile(files))
    } else {
      Output.standard.write(files.flatMap(Self.lines).joined(separator: "\n") + "\n")
    }
    // Of all that there are, some may have nothing to anchor or to accept.
    let isAnyDone = failures < names.count && (failures == 0 || options.scenarios.isEmpty)
    return isAnyDone || options.action == .show ? 0 : 3
  }

  private func baseline(
    _ series: NightSeries?,
    in file: BaselineFile
  ) throws(BaselineError) -> Baseline {
    guard let series else { throw BaselineError("the history has no night of it") }
    let old = file[series.conditions]
    let today = Night(Date())
    guard options.action == .accept else {
      return try Baseline(anchoring: series, replacing: old, on: today)
    }
    // Where figures changed one after the other, all are at their new level since the last of them.
    let suspects = GateMetric.allCases.compactMap {
      GateFinding($0, of: series, anchor: old?.anchor)?.suspect?.night
    }
    guard let since = options.since ?? suspects.max() else {
      throw BaselineError(
        "no figure has changed, so that there is nothing to accept; where a new level is to begin "
          + "all the same, name its first night by --since DATE"
      )
    }
    return try Baseline(
      accepting: series,
      since: since,
      because: options.reason,
      replacing: old,
      on: today
    )
  }

  private static func lines(_ file: BaselineFile) -> [String] {
    guard !file.baselines.isEmpty else { return ["\(file.scenario): no baseline"] }
    return file.baselines.flatMap { baseline in
      ["\(file.scenario) on \(baseline.key); \(baseline.load)"]
        + ([baseline.anchor] + baseline.earlier.reversed()).enumerated().map { index, anchor in
          (index == 0 ? "  now      " : "  earlier  ") + line(anchor)
        }
    }
  }

  private static func line(_ anchor: Baseline.Anchor) -> String {
    let medians = GateMetric.allCases.compactMap { metric in
      NightLine.Figure(anchor.values(of: metric.rawValue, without: [])).map {
        "\(metric.rawValue) \(NumberText.plain($0.median))"
      }
    }
    let nights = anchor.nights.map(\.night)
    return "made \(anchor.made) of \(nights.count) nights"
      + (nights.first.map { ", \($0) to \(nights.last ?? $0)" } ?? "")
      + ": " + medians.joined(separator: ", ") + (anchor.reason.map { " (\($0))" } ?? "")
  }
}
