@testable import LoadSupport

/// A workload of a user's own: arrivals at equal distances, at a rate that grows for ten seconds and then
/// stays for thirty, of two operations by turns.
struct StagedRun {
  var name = "shop"
  var operations = ["my op", "pay"]
  var peakPerSecond = 100.0
  var rampSeconds = 10.0
  var peakSeconds = 30.0

  /// Latency by the stage and the second of it in which the request was planned.
  var latencyMilliseconds: (_ stage: String, _ second: Double) -> Double = { _, _ in 20 }

  /// Outcome by stage and number of the request.
  var outcome: (_ stage: String, _ number: Int) -> Outcome = { _, _ in .success }

  var limits: [Workload.Limit] = []

  /// How far it got, in seconds of the load; nil for all of it.
  var recordedUntil: Double?

  var iterations: Int?
  var cut: Int?

  /// The limit that ended it where it got so far; nil where it goes on.
  var endedBy: String?

  static let ramp = "ramp"
  static let peak = "peak load"

  var header: ScenarioHeader {
    var header = RecordedScenario.header(
      ofOwn: name,
      workers: 20,
      seconds: rampSeconds + peakSeconds,
      operations: operations
    )
    header.thresholds = limits.isEmpty ? nil : limits.map { RecordedLimit($0) }
    header.stages = [
      Stage(
        name: Self.ramp,
        kind: .ramp,
        workers: 20,
        rate: Stage.Course(from: 0, to: peakPerSecond),
        seconds: rampSeconds
      ),
      Stage(
        name: Self.peak,
        kind: .steady,
        workers: 20,
        rate: Stage.Course(from: peakPerSecond, to: peakPerSecond),
        seconds: peakSeconds
      ),
    ]
    return header
  }

  /// The instants in milliseconds at which requests are planned: those of the ramp are at the inverse of the
  /// integral of its rate.
  private var planned: [(stage: String, at: Double, second: Double)] {
    let growing = (0..<Int(peakPerSecond * rampSeconds / 2)).map { number in
      (2 * Double(number) * rampSeconds / peakPerSecond).squareRoot()
    }
    let steady = (0..<Int(peakPerSecond * peakSeconds)).map { Double($0) / peakPerSecond }
    return growing.map { (Self.ramp, 1_000 * $0, $0) }
      + steady.map { (Self.peak, 1_000 * (rampSeconds + $0), $0) }
  }

  func recorded() throws -> RecordedScenario {
    let recorded = try RecordedScenario(header)
    let end = 1e9 * rampSeconds
    let whole = end + 1e9 * peakSeconds
    var samples: [Sample] = []
    for (number, request) in planned.enumerated() {
      let latency = latencyMilliseconds(request.stage, request.second)
      let outcome = outcome(request.stage, number)
      samples.append(
        Sample(
          operations[number % operations.count],
          outcome,
          planned: request.at,
          done: request.at + latency,
          sent: outcome == .dropped ? nil : request.at + 0.02,
          step: request.stage
        )
      )
    }
    if let recordedUntil {
      // A run that goes on has not recorded what is under way.
      samples = samples.filter {
        Double(endedBy == nil ? $0.attempt.done : $0.attempt.planned) <= recordedUntil * 1e9
      }
    }
    try recorded.write(samples)
    let begun = [
      RunEvent(.warmup, at: -1, until: 0, step: Self.ramp),
      RunEvent(.measure, at: 0, until: Int64(end), step: Self.ramp, kind: .ramp),
      RunEvent(.measure, at: Int64(end), until: Int64(whole), step: Self.peak, kind: .steady),
    ]
    let stopped = Int64((recordedUntil ?? 0) * 1e9)
    let ended =
      [
        RunEvent(.stepEnd, at: Int64(whole) + 1_000_000_000),
        RunEvent(.drain, at: Int64(whole) + 1_000_000_000),
      ] + (endedBy.map { [RunEvent(.stopped, at: stopped, limit: $0, message: "it failed")] } ?? [])
      + [
        RunEvent(
          .end,
          at: Int64(whole) + 2_000_000_000,
          attempts: samples.count,
          iterations: iterations,
          cut: cut
        )
      ]
    try recorded.write(begun + (recordedUntil == nil || endedBy != nil ? ended : []))
    return recorded
  }
}
