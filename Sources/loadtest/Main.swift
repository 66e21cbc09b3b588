import Dispatch
import EventIO
import Foundation
import Glibc
import LoadSupport

/// The command line over the library.
@main
enum Main {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    // Both wait for signals, which have to be blocked before any other thread exists.
    switch words.first {
    case "supervise" where words.count == 2: exit(Supervisor.run(directory: words[1]))
    case "relay": exit(Relay.run(Array(words.dropFirst())))
    default: break
    }
    // What reads our output may end before we do, and a file may come to its limit.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    Task {
      do {
        end(try await perform(words))
      } catch {
        say(Failure.sentence(error))
        end(error is UsageError || error is SettingError || error is ThresholdError ? 2 : 3)
      }
    }
    dispatchMain()
  }

  /// Ends the program when all that it had to say is out.
  private static func end(_ status: Int32) -> Never {
    Output.standard.finish()
    // A reader that has seen enough is no failure.
    if let failure = Output.standard.failure, failure.code != EPIPE {
      say(
        "standard output could not be written: \(failure.reason); what a run found is in its files"
      )
      if status == 0 { exit(3) }
    }
    exit(status)
  }

  private static func perform(_ words: [String]) async throws -> Int32 {
    var environment = ProcessInfo.processInfo.environment
    let arguments = try Arguments(words, environment: environment)
    environment = arguments.environment
    switch arguments.command {
    case .help(let text):
      Output.standard.write(text)
      return 0
    case .list:
      try list(isJSON: arguments.isJSON)
      return 0
    case .listToolProfiles:
      listToolProfiles(isJSON: arguments.isJSON)
      return 0
    case .networkConstants:
      Output.standard.write(TestNetwork.standard.shellAssignments)
      return 0
    case .report(let directory):
      return try ReportCommand.report(
        directory,
        settings: try arguments.settings(),
        environment: environment
      )
    case .show(let directory):
      return try ReportCommand.show(directory, settings: try arguments.settings())
    case .metrics(let watches):
      let command = MetricsCommand(
        settings: try arguments.settings(),
        isJSON: arguments.isJSON,
        watches: watches
      )
      return try await command.run()
    case .run(let scenarios):
      if arguments.asksPassword { environment["LOADTEST_PASSWORD"] = try askPassword() }
      let settings = try RunSettings(environment: environment, names: arguments.names)
      return try await RunCommand(
        scenarios: scenarios,
        settings: settings,
        environment: environment
      ).run()
    case .capacity(let objective, let rates):
      if arguments.asksPassword { environment["LOADTEST_PASSWORD"] = try askPassword() }
      return try await CapacityCommand(
        objective: objective,
        rates: rates,
        settings: RunSettings(environment: environment, names: arguments.names),
        environment: environment
      ).run()
    case .compare:
      return try await CompareCommand(
        settings: try arguments.settings(),
        environment: environment,
        isJSON: arguments.isJSON
      ).run()
    case .compareRecordings(let base, let head):
      return try CompareCommand.compareRecordings(
        base,
        head,
        settings: try arguments.settings(),
        isJSON: arguments.isJSON
      )
    case .gate(let options):
      if arguments.asksPassword { environment["LOADTEST_PASSWORD"] = try askPassword() }
      return try await GateCommand(
        options: options,
        settings: RunSettings(environment: environment, names: arguments.names),
        environment: environment,
        isJSON: arguments.isJSON
      ).run()
    case .baseline(let options):
      return try BaselineCommand(
        options: options,
        settings: try arguments.settings(),
        isJSON: arguments.isJSON
      ).run()
    case .network:
      return try await network(try arguments.settings(), environment)
    }
  }

  /// The directory of this program and of those that it starts.
  static var programs: String {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ((path ?? CommandLine.arguments[0]) as NSString).deletingLastPathComponent
  }

  /// Says something to people, beside the output.
  static func say(_ text: String) {
    Output.errors.write("loadtest: \(text)\n")
  }

  private static func askPassword() throws -> String {
    guard isatty(0) == 1, let typed = getpass("Password: ") else {
      throw UsageError(
        description: "--ask-password needs a terminal; set LOADTEST_PASSWORD or use --password-file"
      )
    }
    return String(cString: typed)
  }

  private static func list(isJSON: Bool) throws {
    if isJSON {
      let names = Dictionary(
        uniqueKeysWithValues: ScenarioName.allCases.map { ($0.rawValue, $0.purpose) }
      )
      Output.standard.write(try RecordingJSON.encodeFile(names))
    } else {
      for name in ScenarioName.allCases {
        Output.standard.write(name.rawValue.padded(20) + name.purpose + "\n")
      }
    }
  }

  private static func listToolProfiles(isJSON: Bool) {
    if isJSON {
      Output.standard.write(ToolProfile.shippedText)
    } else {
      for profile in ToolProfile.shipped {
        Output.standard.write(profile.name.padded(20) + profile.purpose + "\n")
      }
    }
  }

  private static func network(
    _ settings: RunSettings,
    _ environment: [String: String]
  ) async throws -> Int32 {
    let control = RunControl()
    let watch = EndWatch(control)
    defer { watch.cancel() }
    let network = try await EmbeddedNetwork.start(
      programs: programs,
      limits: .loadTest,
      links: LinkCondition.all,
      seed: settings.seed,
      serverArguments: settings.serverArguments,
      serverStart: settings.serverStart,
      environment: environment
    )
    let target = network.target
    var lines = [
      "server     \(network.serverURL)",
      "target     \(target.user ?? "")@\(target.host):\(target.port)",
    ]
    for link in LinkCondition.all.dropFirst() {
      let target = network.target(over: link)
      lines.append("link \(link.port)  \(target.host):\(target.port)")
    }
    lines.append("directory  \(network.directory)")
    Output.standard.write(lines.map { $0 + "\n" }.joined())
    while !control.isStopping { try await Task.sleep(for: .milliseconds(100)) }
    await network.stop()
    return 130
  }
}
