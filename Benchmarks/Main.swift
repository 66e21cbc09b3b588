import Foundation

/// Benchmarks: each prints its figures beside those of a peer that ran by turns on this machine.
@main
enum Main {
  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      switch arguments {
      case ["recording"]: try await RecordingBenchmark.run()
      case ["tls"]: try await RecordingBenchmark.run(isSecure: true)
      case ["commands"]: try await CommandBenchmark.run()
      case ["report"]: try await ReportBenchmark.run()
      case ["calls"]: try await CallBenchmark.run()
      case ["latency"]: try await LatencyBenchmark.run()
      case ["--help"]: print(usage)
      default:
        FileHandle.standardError.write(Data((usage + "\n").utf8))
        exit(2)
      }
    } catch {
      FileHandle.standardError.write(Data("benchmarks: \(error)\n".utf8))
      exit(3)
    }
  }

  private static let usage = """
    usage: swift run benchmarks recording | tls | commands | calls | report | latency

    recording  CPU time a request of the load generator, every request recorded, against wrk, on
               the same nginx (needs nginx and wrk)
    tls        the same over https (needs openssl as well)
    commands   commands a second through mcp-ssh-server against plain `ssh HOST sh` loops on the
               same sshd, with 1 and 10 sessions (needs OpenSSH)
    calls      nanoseconds that putting a request together and checking its answer take, beside
               reading the answer alone
    report     time and memory of `loadtest report` on a recording of a million lines, beside
               `wc -l` on the same files
    latency    recorded latencies, request by request, against the instants that a server with
               known delays logged itself
    """

  /// The directory of this program and of those that it starts.
  static var programs: String {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ((path ?? CommandLine.arguments[0]) as NSString).deletingLastPathComponent
  }
}

/// The middle of some figures, with the smallest and the largest.
struct Spread: CustomStringConvertible {
  let median: Double
  let lowest: Double
  let highest: Double

  /// The spread of at least one figure.
  init(_ values: [Double]) {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    median =
      sorted.isEmpty
      ? .nan : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    lowest = sorted.first ?? .nan
    highest = sorted.last ?? .nan
  }

  var description: String {
    String(format: "%8.2f (%.2f to %.2f)", median, lowest, highest)
  }
}

/// A benchmark that cannot be run here.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
}
