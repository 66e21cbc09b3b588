import EventIO
import Foundation
import LoadSupport

/// `loadtest baseline`: the levels that nights are compared with for good.
struct BaselineCommand: Command, Equatable {
  /// What can be done with them.
  enum Action: String, CaseIterable {
    case anchor
    case accept
    case show
  }

  /// What is to be done; nil until it is known.
  var action: Action?

  /// The scenarios; empty for all of the history.
  var scenarios: [ScenarioName] = []

  /// The directory of the history; nil for the usual one.
  var history: String?

  /// The directory of the baselines; nil for the one beside the history.
  var baselines: String?

  /// Why a level is accepted.
  var reason: String?

  /// Its first night; nil for the one with which the figures changed.
  var since: Night?
  var isJSON = false

  static let name = "baseline"
  static let calls: [CommandCall] = [
    ("baseline anchor | accept | show", "the levels that nights are compared with")
  ]
  static let examples: [CommandCall] = [
    ("baseline anchor", "freeze the latest good nights as the baseline"),
    ("baseline accept --reason 'new kernel'", "take tonight's level as the new one"),
    ("baseline show", "print what nights are compared with"),
  ]
  static let completedWords = ["anchor", "accept", "show"]
  static let about = """
      anchor    freezes the latest 15 to 30 nights that did not fail, for every later night
                to be compared with: a slow creep is seen against these only
      accept    takes the present level as the new one, since the night with which figures
                changed or since --since; what is older counts no more. Earlier anchors
                stay in the file, with the reason
      show      prints them

    Hardware and load are those of the history's latest night.
    """
  static let exitStatus = "0 done, 2 bad usage, 3 there was nothing to anchor or to accept"
  static let groups: [OptionGroup] = [.results]
  static let options: [ProgramOption<Self>] = [
    .history(to: \.history),
    ProgramOption(
      "--baselines",
      .text("DIR"),
      "where the baselines are (baselines, beside them)",
      to: \.baselines
    ),
    .scenarios("only this one; may be repeated (all of the history)", to: \.scenarios),
    ProgramOption("--reason", .text("TEXT"), "why a level is meant to stay", to: \.reason),
    ProgramOption("--since", .night, "the first night of a level", to: \.since),
    .json("the baselines", to: \.isJSON),
  ]

  mutating func take(_ words: [String]) throws(UsageError) {
    let actions = Action.allCases.map(\.rawValue)
    guard let word = words.first else {
      throw UsageError(description: "baseline needs one of \(actions.joined(separator: ", "))")
    }
    guard let action = Action(rawValue: word) else {
      throw UsageError(
        description: "baseline cannot \"\(word)\"\(actions.suggestion(for: word)); valid are "
          + actions.joined(separator: ", ")
      )
    }
    guard words.count == 1 else {
      let rest = words.dropFirst().joined(separator: " ")
      throw UsageError(description: "baseline \(word) takes no argument, but got \"\(rest)\"")
    }
    if action == .accept, reason?.trimmed().isEmpty ?? true {
      throw UsageError(
        description: "baseline accept needs --reason TEXT: why the new level is meant to stay"
      )
    }
    let useless = reason != nil ? "--reason" : since != nil ? "--since" : nil
    if action != .accept, let useless {
      throw UsageError(
        description: "\(useless) has no meaning with baseline \(word), only with accept"
      )
    }
    self.action = action
  }

  /// Where baselines lie unless it is said.
  static func directory(besides history: String) -> String {
    URL(fileURLWithPath: history).standardizedFileURL.deletingLastPathComponent()
      .appending(path: "baselines").path
  }

  /// Does it for each scenario, prints the baselines; gives the exit status.
  func run(_ setup: RunSetup) throws -> Int32 {
    let history = NightHistory(named: history, setup.settings)
    let directory = baselines ?? Self.directory(besides: history.directory)
    var names = scenarios.map(\.rawValue)
    if names.isEmpty { names = try history.scenarios() }
    var files: [BaselineFile] = []
    var failures = 0
    for name in names {
      var file = try BaselineFile(of: name, in: directory)
      if action != .show {
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
      Output.standard.write(files.flatMap(Self.lines).map(\.shown).joined(separator: "\n") + "\n")
    }
    // Of all that there are, some may have nothing to anchor or to accept.
    let isAnyDone = failures < names.count && (failures == 0 || scenarios.isEmpty)
    return isAnyDone || action == .show ? 0 : 3
  }

  private func baseline(
    _ series: NightSeries?,
    in file: BaselineFile
  ) throws(BaselineError) -> Baseline {
    guard let series else { throw BaselineError("the history has no night of it") }
    let old = file[series.conditions]
    let today = Night(Date())
    guard action == .accept else {
      return try Baseline(anchoring: series, replacing: old, on: today)
    }
    // Where figures changed one after the other, all are at their new level since the last of them.
    let suspects = GateMetric.allCases.compactMap {
      GateFinding($0, of: series, anchor: old?.anchor)?.suspect?.night
    }
    guard let since = since ?? suspects.max() else {
      throw BaselineError(
        "no figure has changed, so that there is nothing to accept; where a new level is to begin "
          + "all the same, name its first night by --since DATE"
      )
    }
    return try Baseline(
      accepting: series,
      since: since,
      because: reason ?? "",
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
