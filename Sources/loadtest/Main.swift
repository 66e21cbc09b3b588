import EventIO
import Foundation
import Glibc
import LoadSupport

/// The command line over the library.
@main
enum Main {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    guard !arguments.isEmpty else { fail("which command? Valid are report, network and --help") }
    switch (arguments.removeFirst(), arguments) {
    case ("--help", _), ("-h", _), ("help", _):
      print(usage)
    case ("report", let directories) where directories.count == 1:
      exit(report(directories[0]))
    case ("report", _):
      fail("report takes exactly one argument: the directory of a run, such as results/loadtest_…")
    case ("network", []):
      network()
    case ("network", let extra):
      fail("network takes no argument, but got \"\(extra.joined(separator: " "))\"")
    case ("supervise", let directories) where directories.count == 1:
      exit(Supervisor.run(directory: directories[0]))
    case ("relay", let arguments):
      exit(Relay.run(arguments))
    case (let unknown, _):
      fail("unknown command \"\(unknown)\"; valid are report, network and --help")
    }
  }

  private static let usage = """
    usage: loadtest report RUN_DIRECTORY
           loadtest network
           loadtest --help

    report   judges the recording of a run again, without load: writes summary.json,
             report.txt and report.html anew and prints the reports. A run that was cut short is judged by
             what is there. LOADTEST_THRESHOLDS and LOADTEST_STRICT apply.
    network  starts the embedded network, says where it is, and keeps it until Ctrl-C.

    Loads are run by `swift test --filter Throughput`; docs/settings.md lists the variables.

    exit status: 0 passed, 1 a threshold failed, 2 bad usage, 3 could not be judged or run,
                 5 inconclusive and LOADTEST_STRICT=1, 130 interrupted
    """

  private static func fail(_ message: String, status: Int32 = 2) -> Never {
    FileHandle.standardError.write(Data("loadtest: \(message)\n".utf8))
    exit(status)
  }

  // MARK: report

  private static func report(_ directory: String) -> Int32 {
    do {
      let settings = try RunSettings(environment: ProcessInfo.processInfo.environment)
      let judge = Judge(
        RecordingLayout(directory: URL(fileURLWithPath: directory).standardizedFileURL.path),
        overrides: try Judge.readOverrides(settings.thresholdsFile)
      )
      guard let scenarios = try? judge.scenarios(), !scenarios.isEmpty else {
        fail(
          "\(directory) holds no recording of a scenario; name the directory of a run, such as "
            + "results/loadtest_20260212_153045",
          status: 3
        )
      }
      var verdicts: [Verdict] = []
      var isMeasured = true
      for scenario in scenarios {
        let judged = try judge.judge(scenario)
        print(judged.report, terminator: "")
        verdicts += judged.summary.verdicts
        isMeasured = isMeasured && judged.summary.ending != .neverBegan
      }
      try judge.summarise()
      guard isMeasured else { return 3 }
      switch ScenarioSummary.overall(verdicts) {
      case .pass: return 0
      case .fail: return 1
      case .inconclusive: return settings.isStrict ? 5 : 0
      }
    } catch let error as SettingError {
      fail("\(error)")
    } catch let error as ThresholdError {
      fail("\(error)")
    } catch {
      fail("\(error)", status: 3)
    }
  }

  // MARK: network

  private static func network() -> Never {
    do {
      // Before any other thread exists, or one of those would take the signal.
      let signals = try SignalDescriptor([SIGINT, SIGTERM])
      let (interrupts, continuation) = AsyncStream.makeStream(of: Void.self)
      Task {
        do {
          let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
          let network = try await EmbeddedNetwork.start(
            programs: (program as NSString).deletingLastPathComponent,
            limits: .loadTest,
            environment: ProcessInfo.processInfo.environment
          )
          let target = network.target
          let lines = """
            server     \(network.serverURL)
            target     \(target.user ?? "")@\(target.host):\(target.port)
            directory  \(network.directory)

            """
          FileHandle.standardOutput.write(Data(lines.utf8))
          for await _ in interrupts { break }
          await network.stop()
          exit(130)
        } catch {
          fail("\(error)", status: 3)
        }
      }
      _ = try signals.wait()
      continuation.yield()
      while true { pause() }
    } catch {
      fail("\(error)", status: 3)
    }
  }
}
