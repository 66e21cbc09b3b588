import Glibc

// Inputs come from libFuzzer, which makes them up by what the last ones reached. `scripts/fuzz` builds
// and runs this program.

/// What is fuzzed, by the name that FUZZ_TARGET gives.
let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "command-frame": fuzzCommandFrame,
  "data": fuzzData,
  "event-stream": fuzzEventStream,
  "http-request": fuzzRequest,
  "http-response": fuzzResponse,
  "json": fuzzJSON,
  "json-rpc": fuzzMessage,
  "profile": fuzzProfile,
  "prometheus": fuzzPrometheus,
  "recording": fuzzRecording,
  "rules": fuzzRules,
  "sample": fuzzSample,
  "shell-words": fuzzShellWords,
  "workload": fuzzWorkload,
]

private let target: @Sendable ([UInt8]) -> Void = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = targets[name] else {
    fatalError("FUZZ_TARGET must be one of \(targets.keys.sorted().joined(separator: ", "))")
  }
  return target
}()

/// Ends the program, by which libFuzzer keeps the input, unless something holds.
func require(_ holds: Bool, _ message: @autoclosure () -> String) {
  if !holds { fatalError(message()) }
}

/// What libFuzzer calls with each input; its library also has a `main` that names this.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

/// libFuzzer, with the arguments of the command line.
///
/// Its own `main` is of no use: SwiftPM wants one in an executable's sources.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main
enum Fuzz {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(runFuzzer(&count, &arguments, fuzzOneInput))
  }
}

/// The bytes whole, one by one, and cut in two at a place that the first byte gives.
func pieces(of input: [UInt8]) -> [[ArraySlice<UInt8>]] {
  guard let first = input.first else { return [] }
  let bytes = input.dropFirst()
  let cut = bytes.startIndex + Int(first) % (bytes.count + 1)
  return [
    [bytes], bytes.indices.map { bytes[$0...$0] }, [bytes[..<cut], bytes[cut...]],
  ]
}
