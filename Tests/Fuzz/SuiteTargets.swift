import EventIO
import Foundation

@testable import LoadSupport

/// A response is the same however its bytes are cut; an error may come earlier or later.
func fuzzResponse(_ input: [UInt8]) {
  struct Response: Equatable {
    var consumed = 0
    var fails = false
    var status = 0
    var body: [UInt8] = []
    var keepsAlive = false
    var session: String?
  }
  func parse(_ pieces: [ArraySlice<UInt8>]) -> Response {
    var limits = HTTPLimits()
    limits.head = 256
    limits.body = 256
    var parser = HTTPResponseParser(limits: limits)
    var response = Response()
    do throws(HTTPError) {
      for piece in pieces where !parser.isComplete {
        let taken = try piece.withUnsafeBufferPointer { bytes throws(HTTPError) in
          try parser.consume(UnsafeRawBufferPointer(bytes))
        }
        require(taken == piece.count || parser.isComplete, "input was left over")
        response.consumed += taken
      }
      try parser.finish()
    } catch {
      return Response(fails: true)
    }
    response.status = parser.head.status
    response.body = parser.body
    response.keepsAlive = parser.head.keepsAlive
    response.session = parser.head.value(of: "mcp-session-id")
    return response
  }
  let results = pieces(of: input).map(parse)
  for result in results.dropFirst() {
    require(result == results[0], "\(result) is not \(results[0])")
  }
}

/// Events are the same however their bytes are cut, and with each kind of line end.
func fuzzEventStream(_ input: [UInt8]) {
  func events(_ pieces: [ArraySlice<UInt8>]) -> [EventStreamParser.Event] {
    var parser = EventStreamParser()
    return pieces.flatMap { parser.consume($0) }
  }
  let results = pieces(of: input).map(events)
  for result in results.dropFirst() {
    require(result == results[0], "\(result) is not \(results[0])")
  }
  guard !input.contains(0x0D) else { return }
  for end: [UInt8] in [[0x0D], [0x0D, 0x0A]] {
    let bytes = input.dropFirst().flatMap { $0 == 0x0A ? end : [$0] }
    require(events([bytes[...]]) == results.first ?? [], "line ends change events")
  }
}

/// A series is read again from its canonical name.
func fuzzPrometheus(_ input: [UInt8]) {
  for series in PrometheusText(parsing: input).series {
    guard let again = PrometheusText.Series(key: series.key, value: series.value) else {
      fatalError("cannot read \(series.key)")
    }
    require(again.key.hasSameBytes(as: series.key), "\(again.key) is not \(series.key)")
    _ = series.isSummable
  }
}

/// A sample that was read is written and read as the same.
func fuzzSample(_ input: [UInt8]) {
  func parse(_ line: [UInt8]) -> Sample? {
    var names = NameTable()
    return line.withUnsafeBytes { try? SampleLine.parse($0, names: &names) }
  }
  guard let sample = parse(input) else { return }
  var line: [UInt8] = []
  SampleLine.append(
    sample,
    origin: ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0),
    to: &line
  )
  let again = parse(line)
  require(again == sample, "\(String(describing: again)) is not \(sample)")
}

/// A profile is read or refused.
func fuzzProfile(_ input: [UInt8]) {
  guard let profile = try? ToolProfile(parsing: input) else { return }
  require(!profile.name.isEmpty && profile.run.arguments["command"] != nil, "half a profile")
}

/// A recording is judged or refused.
///
/// Its files are separated by 0x1E, behind one byte that chooses the scenario.
func fuzzRecording(_ input: [UInt8]) {
  guard let first = input.first else { return }
  let scenarios = ScenarioName.allCases
  let name = scenarios[Int(first) % scenarios.count].rawValue
  let recording = RecordingLayout(
    directory: "\(NSTemporaryDirectory())/loadtest-fuzz-\(getpid())"
  )
  let layout = recording.scenario(name)
  try? FileManager.default.removeItem(atPath: recording.directory)
  try? FileManager.default.createDirectory(
    atPath: layout.directory,
    withIntermediateDirectories: true
  )
  let files = [
    recording.runHeader, layout.header, layout.events, layout.serverMetrics, layout.generator,
    layout.samples(0), layout.samples(1),
  ]
  let contents = input.dropFirst().split(separator: 0x1E, omittingEmptySubsequences: false)
  for (file, content) in zip(files, contents) {
    guard FileManager.default.createFile(atPath: file, contents: Data(content)) else {
      fatalError("cannot write \(file)")
    }
  }
  _ = try? Judge(recording).evaluate(name)
}
