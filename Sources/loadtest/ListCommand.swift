import EventIO
import Foundation
import LoadSupport

/// `loadtest list`: the scenarios, or the tool profiles that ship.
struct ListCommand: Command, Equatable {
  var listsToolProfiles = false
  var isJSON = false

  static let name = "list"
  static let calls: [CommandCall] = [
    ("list [--tool-profiles] [--json]", "the scenarios, or known shapes of servers")
  ]
  static let examples: [CommandCall] = [
    ("list", "the scenarios"),
    ("list --tool-profiles", "the tool profiles that ship"),
    ("list --json", "for scripts"),
  ]
  static let about = "Prints the scenarios with what each measures."
  static let options: [ProgramOption<Self>] = [
    .toggle("--tool-profiles", "the tool profiles that ship instead", to: \.listsToolProfiles),
    .json("JSON; of tool profiles all that they say, to copy from", to: \.isJSON),
  ]

  func run(_ setup: RunSetup) async throws -> Int32 {
    let lines =
      listsToolProfiles
      ? ToolProfile.shipped.map { ($0.name, $0.purpose) }
      : ScenarioName.allCases.map { ($0.rawValue, $0.purpose) }
    if !isJSON {
      for (name, purpose) in lines { Output.standard.write(name.padded(20) + purpose + "\n") }
    } else if listsToolProfiles {
      Output.standard.write(ToolProfile.shippedText)
    } else {
      Output.standard.write(try RecordingJSON.encodeFile(Dictionary(uniqueKeysWithValues: lines)))
    }
    return 0
  }
}
