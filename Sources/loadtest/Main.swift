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
    Task {
      do {
        exit(try await perform(words))
      } catch let error as UsageError {
        fail("\(error)", status: 2)
      } catch let error as SettingError {
        fail("\(error)", status: 2)
      } catch let error as ThresholdError {
        fail("\(error)", status: 2)
      } catch {
        fail("\(error)", status: 3)
      }
    }
    dispatchMain()
  }

  private static func perform(_ words: [String]) async throws -> Int32 {
    var environment = ProcessInfo.processInfo.environment
    let arguments = try Arguments(words, environment: environment)
    environment = arguments.environment
    switch arguments.command {
    case .help(let text):
      print(text, terminator: "")
      return 0
    case .list:
      try list(isJSON: arguments.isJSON)
      return 0
    case .listToolProfiles:
      listToolProfiles(isJSON: arguments.isJSON)
      return 0
    case .networkConstants:
      print(TestNetwork.standard.shellAssignments, terminator: "")
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
    FileHandle.standardError.write(Data("loadtest: \(text)\n".utf8))
  }

  private static func fail(_ message: String, status: Int32) -> Never {
    say(message)
    exit(status)
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
      FileHandle.standardOutput.write(try RecordingJSON.encodeFile(names))
    } else {
      for name in ScenarioName.allCases { print(name.rawValue.padded(20) + name.purpose) }
    }
  }

  private static func listToolProfiles(isJSON: Bool) {
    if isJSON {
      FileHandle.standardOutput.write(Data(ToolProfile.shippedText))
    } else {
      for profile in ToolProfile.shipped { print(profile.name.padded(20) + profile.purpose) }
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
    FileHandle.standardOutput.write(Data(lines.map { $0 + "\n" }.joined().utf8))
    while !control.isStopping { try await Task.sleep(for: .milliseconds(100)) }
    await network.stop()
    return 130
  }
}
