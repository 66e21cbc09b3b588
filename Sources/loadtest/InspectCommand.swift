import EventIO
import Foundation
import LoadSupport

/// `loadtest inspect`: what a server has, and a tool profile for it to start from.
struct InspectCommand: Command, Equatable {
  var output: String?
  var overwrites = false
  var isJSON = false

  static let name = "inspect"
  static let calls: [CommandCall] = [
    ("inspect [--output FILE]", "what a server has, and a tool profile (--mcp-url or --stdio)")
  ]
  static let examples: [CommandCall] = [
    ("inspect --mcp-url http://host:3000/mcp", "what the server has"),
    ("inspect --mcp-url URL --output mine.json", "and write a tool profile"),
    ("inspect --stdio 'npx some-server'", "a stdio server"),
  ]
  static let about = """
    Asks a server what it is, which tools it has with which arguments, for its health and its metrics,
    and guesses a tool profile, each guess with how sure it is and why. No tool is called. A stdio
    server is asked for its lists alone; a process of it is started twice.
    """
  static let exitStatus =
    "0 done, 2 bad usage, 3 no answer, or no tool profile to write, 130 interrupted"
  static let groups: [OptionGroup] = [
    .server.always, .serverPort.always, .limitedServer.always, .metrics.always, .tls.always,
    .proxy.always, .headers.always, .stdio.always, .stdioEnvironment.always, .era.always,
    .health.always, .timeout.always,
  ]
  static let options: [ProgramOption<Self>] = [
    ProgramOption(
      "--output",
      .text("FILE"),
      "where to write the tool profile; - for standard output, the rest goes to standard error then",
      to: \.output
    ),
    .toggle("--overwrite", "replace that file if it is there", to: \.overwrites),
    .json("all of it as JSON", to: \.isJSON),
  ]

  private var isPiped: Bool { output?.hasSameBytes(as: "-") == true }

  mutating func take(_ words: [String]) throws(UsageError) {
    try Self.refuse(words)
    if isJSON, isPiped {
      throw UsageError(
        description: "--json and --output - both want standard output: leave out one of them"
      )
    }
    if overwrites, output == nil || isPiped {
      throw UsageError(description: "--overwrite has no meaning without the FILE of --output")
    }
    try refuseToReplace()
  }

  func check(_ settings: RunSettings) throws(UsageError) {
    guard settings.serverURL == nil, settings.stdio == nil else { return }
    throw UsageError(
      description:
        "inspect which server? Name it by --mcp-url, such as http://127.0.0.1:3000/mcp, or by --stdio"
    )
  }

  func uselessFlags(_ settings: RunSettings) -> [String: String] {
    let isStdio = settings.stdio != nil
    let groups: [OptionGroup] =
      isStdio ? [.metrics, .tls, .proxy, .headers, .health] : [.stdioEnvironment]
    let purpose = isStdio ? "a server over HTTP" : "a stdio server (--stdio)"
    let flags = groups.flatMap(\.options).flatMap(\.flags).map { ($0.name, purpose) }
    return Dictionary(flags) { first, _ in first }
  }

  func run(_ setup: RunSetup) async throws -> Int32 {
    let control = RunControl()
    let watch = EndWatch(control)
    defer { watch.cancel() }
    let found: ServerInspection?
    do {
      found = try await ServerInspection.ask(setup, control: control)
    } catch  where control.isStopping {
      return 130
    }
    guard let inspection = found else { return 2 }
    (isPiped ? Output.errors : .standard).write(isJSON ? inspection.jsonText : inspection.text)
    // A name may have a line end.
    for line in inspection.draft.gaps { Main.say(inspection.redacted(line).shown) }
    guard let output else { return 0 }
    guard let profile = inspection.profileText else { return 3 }
    if isPiped {
      Output.standard.write(profile)
    } else {
      try refuseToReplace()
      try ResultFile.write(Data(profile.utf8), to: output)
      Main.say("wrote \(output); a run uses it by --tool-profile or LOADTEST_TOOL_PROFILE")
    }
    return 0
  }

  private func refuseToReplace() throws(UsageError) {
    guard let output, !isPiped, !overwrites, FileManager.default.fileExists(atPath: output) else {
      return
    }
    throw UsageError(
      description: "\(output) is there already: name another file, or replace it by --overwrite"
    )
  }
}
