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
    let environment = ProcessInfo.processInfo.environment
    switch try Request(words, environment: environment, programs: programs) {
    case .print(let text):
      Output.standard.write(text)
      return 0
    case .perform(let command, var setup, let remark):
      if command.asksPassword { setup.settings.target.password = Secret(try askPassword()) }
      if let remark { say(remark) }
      return try await command.run(setup)
    }
  }

  /// The directory of this program and of those that it starts.
  private static var programs: String {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ((path ?? CommandLine.arguments[0]) as NSString).deletingLastPathComponent
  }

  /// Says something to people, beside the output.
  static func say(_ text: String) {
    // Files and servers may have worded parts of it.
    let lines = text.lines().map { String($0).shown }.joined(separator: "\n")
    Output.errors.write("loadtest: \(lines)\n")
  }

  private static func askPassword() throws -> String {
    guard isatty(0) == 1, let typed = getpass("Password: ") else {
      throw UsageError(
        description: "--ask-password needs a terminal; set LOADTEST_PASSWORD or use --password-file"
      )
    }
    return String(cString: typed)
  }
}
