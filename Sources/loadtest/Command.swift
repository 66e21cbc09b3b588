import EventIO
import Foundation
import LoadSupport

/// A command line that cannot be used, in a sentence that says what would be.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// A way to call a command, behind the program's name, and what that does.
typealias CommandCall = (line: String, purpose: String)

/// One command of `loadtest`: its flags, its help, and what it does.
///
/// Its properties are what its own flags and words come to.
protocol Command: ProgramSettings {
  /// The first word of its command lines.
  static var name: String { get }

  /// The ways to call it, for the overview.
  static var calls: [CommandCall] { get }

  /// Three command lines to begin with, each with what it does.
  static var examples: [CommandCall] { get }

  /// What its help says below the ways to call it.
  static var about: String { get }

  /// What its words may be, for shells to complete; empty where they are files, or there are none.
  static var completedWords: [String] { get }

  /// Whether its words may be files.
  static var takesFiles: Bool { get }

  /// The flags that only it has.
  static var options: [ProgramOption<Self>] { get }

  /// The settings of runs that it takes.
  static var groups: [OptionGroup] { get }

  /// What its exit status tells.
  static var exitStatus: String { get }

  /// Whether the password is to be asked for.
  var asksPassword: Bool { get }

  /// Takes the words over that are no flags; throws what is missing or too much.
  mutating func take(_ words: [String]) throws(UsageError)

  /// Changes the settings as its own flags want them.
  func adjust(_ settings: inout RunSettings)

  /// Throws what is missing where neither words nor settings say it.
  func check(_ settings: RunSettings) throws(UsageError)

  /// The flags that change nothing about what its words name, each with what it is for.
  func uselessFlags(_ settings: RunSettings) -> [String: String]

  /// The scenarios that it loads a server with; none where it loads nothing.
  func scenarios(_ settings: RunSettings) -> [ScenarioName]

  /// Does what it is for; gives the exit status.
  func run(_ setup: RunSetup) async throws -> Int32
}

extension Command {
  static var completedWords: [String] { [] }
  static var takesFiles: Bool { completedWords.isEmpty }
  static var options: [ProgramOption<Self>] { [] }
  static var groups: [OptionGroup] { [] }
  static var exitStatus: String { "0 done, 2 bad usage" }
  var asksPassword: Bool { false }

  mutating func take(_ words: [String]) throws(UsageError) { try Self.refuse(words) }

  /// Throws if there are words, for a command that takes none.
  static func refuse(_ words: [String]) throws(UsageError) {
    guard words.isEmpty else {
      throw UsageError(
        description: "\(name) takes no argument, but got \"\(words.joined(separator: " "))\""
      )
    }
  }

  func adjust(_ settings: inout RunSettings) {}

  func check(_ settings: RunSettings) throws(UsageError) {}

  func uselessFlags(_ settings: RunSettings) -> [String: String] { [:] }

  func scenarios(_ settings: RunSettings) -> [ScenarioName] { [] }

  /// What `loadtest COMMAND --help` says, on one screen: of the settings those that are used most.
  static var help: String {
    let common = groups.flatMap(\.options).filter { commonFlags.contains($0.flag ?? "") }
    let lines = options.map(\.helpLine) + common.map(\.helpLine)
    let rest =
      groups.isEmpty ? "" : "\nAll flags and their variables: loadtest \(name) --help-all\n"
    return head + (lines.isEmpty ? "" : "\nflags:\n\(lines.joined())") + rest + foot
  }

  /// What `loadtest COMMAND --help-all` says: every flag, with its variable.
  static var wholeHelp: String {
    var text = head
    let own = options.map(\.helpLines).joined()
    if !own.isEmpty { text += "\nflags:\n\(own)" }
    var heading = ""
    for group in groups {
      if group.heading != heading {
        heading = group.heading
        text += "\n\(heading), where a flag wins over its variable:\n"
      }
      text += group.options.map(\.helpLines).joined()
    }
    return text + foot
  }

  private static var head: String {
    let width = examples.map(\.line.count).max() ?? 0
    let first = examples.map { "  loadtest \($0.line.padded(width + 2))\($0.purpose)\n" }.joined()
    let usage = calls.enumerated().map { index, call in
      (index == 0 ? "usage: " : "       ") + "loadtest \(call.line)\n"
    }.joined()
    return "examples:\n\(first)\n\(usage)\n\(about)\n"
  }

  private static var foot: String { "\nexit status: \(exitStatus)\n" }

  /// The settings that most runs need.
  private static var commonFlags: Set<String> {
    [
      "--mcp-url", "--stdio", "--profile", "--duration", "--workers", "--rate", "--results-dir",
      "--thresholds", "--strict",
    ]
  }
}

// MARK: Flags that several commands have

extension ProgramOption where Settings: Command {
  /// A switch without a variable.
  static func toggle(
    _ flag: String,
    _ help: String,
    to place: WritableKeyPath<Settings, Bool> & Sendable
  ) -> Self {
    Self(flag, .onOff(), help, to: place)
  }

  /// Output for programs.
  static func json(_ what: String, to place: WritableKeyPath<Settings, Bool> & Sendable) -> Self {
    toggle("--json", "print \(what)", to: place)
  }

  /// The scenarios by their names.
  static func scenarios(
    _ help: String,
    to place: WritableKeyPath<Settings, [ScenarioName]> & Sendable
  ) -> Self {
    Self("--scenario", .scenarios, help) { $0[keyPath: place] += $1 }
  }

  /// The history of nights.
  static func history(to place: WritableKeyPath<Settings, String?> & Sendable) -> Self {
    Self("--history", .text("DIR"), "where the lines are (RESULTS/history)", to: place)
  }

  /// A password that nobody can read in arguments or variables.
  static func askPassword(to place: WritableKeyPath<Settings, Bool> & Sendable) -> Self {
    toggle("--ask-password", "ask for the password on the terminal", to: place)
  }
}

extension OptionValue where Value == [ScenarioName] {
  /// A scenario, or all of them.
  static let scenarios = OptionValue("NAME|FILE") { name throws(InvalidValue) in
    do throws(UsageError) {
      return try ScenarioName.named(name)
    } catch {
      throw .because(error.description)
    }
  }
}

extension ScenarioName {
  /// The workload of a file; throws what is wrong with it.
  static func workload(at path: String) throws(UsageError) -> ScenarioName {
    if ScenarioName(rawValue: path) != nil, !FileManager.default.fileExists(atPath: path) {
      throw UsageError(
        description:
          "\(path) is a scenario and no file: `loadtest workload \(path) > FILE` makes one of it"
      )
    }
    do throws(WorkloadFileError) {
      return ScenarioName(try WorkloadFile(path: path))
    } catch {
      throw UsageError(description: error.description)
    }
  }

  /// The scenario of a name, or all of them; throws which names there are.
  static func named(_ name: String) throws(UsageError) -> [ScenarioName] {
    if name == "all" { return allCases }
    if let scenario = ScenarioName(rawValue: name) { return [scenario] }
    if WorkloadFile.isPath(name) { return [try workload(at: name)] }
    let known = allCases.map(\.rawValue) + ["all"]
    throw UsageError(
      description: "there is no scenario \"\(name)\"\(known.suggestion(for: name)); valid are "
        + known.joined(separator: ", ") + ", and files of workloads (FILE.json)"
    )
  }
}

extension OptionValue where Value == Night {
  /// A night's date.
  static let night = OptionValue("DATE") { text throws(InvalidValue) in
    guard let night = Night(text) else { throw .expected("a date such as 2026-02-12") }
    return night
  }
}

extension String {
  /// The text with spaces behind it up to a width.
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}
