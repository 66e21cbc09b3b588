import XCTest

@testable import LoadSupport

/// The table of what a failed check can have done, held by simulated servers: what it rules out never
/// happens, and what it names does.
final class BiasSimulationTests: LongTestCase {
  /// A server that does one request at a time in the order in which they come, and a generator that is a
  /// thread: it sends and reads one after the other, and can stand still.
  private struct Simulation {
    var workers = 8

    /// Arrivals a second of an open loop; nil for a closed one.
    var arrivalRate: Double?

    /// Seconds that the generator needs before each request that it sends.
    var sendingSeconds = 0.0

    /// When it stands still, in seconds.
    var standstill: Range<Double> = 0..<0

    /// The limit from which on a request fails, in seconds.
    var patience = 0.08
    var seconds = 30.0

    /// Latencies in seconds, successes a second, and their share of all.
    struct Result {
      let p99: Double
      let median: Double
      let rate: Double
      let success: Double
    }

    /// When the generator, free from an instant on, has sent a request that is due at another.
    private func sent(due: Double, free: Double) -> Double {
      var at = max(due, free)
      if standstill.contains(at) { at = standstill.upperBound }
      at += sendingSeconds
      return standstill.contains(at) ? standstill.upperBound : at
    }

    func result(seed: UInt64) -> Result {
      var random = SeededRandom(seed: seed)
      // The same work whatever the generator does: a pair of runs differs by nothing else.
      let work = (0..<12_000).map { _ in random.exponential(mean: 0.004) }
      let gaps = (0..<12_000).map { _ in random.exponential(mean: 1) }
      var latencies: [Double] = []
      var done = 0
      var (generator, server) = (0.0, 0.0)
      var due = [Double](repeating: 0, count: arrivalRate == nil ? workers : 1)
      for index in work.indices {
        guard let next = due.indices.min(by: { due[$0] < due[$1] }), due[next] < seconds else {
          break
        }
        let planned = due[next]
        generator = sent(due: planned, free: generator)
        server = max(server, generator) + work[index]
        // An answer is read when the generator runs.
        let read = standstill.contains(server) ? standstill.upperBound : server
        latencies.append(read - planned)
        if read < seconds { done += 1 }
        due[next] = arrivalRate.map { planned + gaps[index] / $0 } ?? read
      }
      let sorted = latencies.sorted()
      let slow = latencies.count { $0 > patience }
      return Result(
        p99: sorted[sorted.count * 99 / 100],
        median: sorted[sorted.count / 2],
        rate: Double(done) / seconds,
        success: Double(latencies.count - slow) / Double(latencies.count)
      )
    }
  }

  /// What sick runs looked like beside healthy ones of the same server.
  private func bias(
    healthy: Simulation,
    sick: Simulation,
    _ kind: Threshold.Metric.Kind
  ) -> Validity.Bias {
    var seen: Validity.Bias = []
    for seed in UInt64(1)...12 {
      let (good, bad) = (healthy.result(seed: seed), sick.result(seed: seed))
      let pairs: [(better: Double, worse: Double)]
      switch kind {
      case .latency: pairs = [(good.p99, bad.p99), (good.median, bad.median)]
      case .rate: pairs = [(bad.rate, good.rate)]
      default: pairs = [(bad.success, good.success)]
      }
      // Beyond what moves by a request or two at the ends.
      for (better, worse) in pairs {
        if worse < better * 0.99 { seen.insert(.flattered) }
        if worse > better * 1.01 { seen.insert(.worsened) }
      }
    }
    return seen
  }

  /// Holds what was seen against the table; `isExact` where all of it must be seen.
  private func assertTable(
    _ subject: Validity.Subject,
    _ healthy: Simulation,
    _ sick: [Simulation],
    showing shown: [Threshold.Metric.Kind: Validity.Bias],
    line: UInt = #line
  ) {
    for kind in [Threshold.Metric.Kind.latency, .rate, .success] {
      let seen = sick.reduce(into: Validity.Bias()) {
        $0.formUnion(bias(healthy: healthy, sick: $1, kind))
      }
      let table = subject.bias(on: kind, isOpenLoop: healthy.arrivalRate != nil)
      XCTAssertTrue(
        table.isSuperset(of: seen),
        "\(subject) \(kind): \(seen), seeds 1-12",
        line: line
      )
      if let least = shown[kind] {
        XCTAssertTrue(seen.isSuperset(of: least), "\(subject) \(kind): \(seen)", line: line)
      }
    }
  }

  /// The generator needs as long to send a request as the server to answer it: the queue is with the
  /// generator, and what it measures is an idle server; or it stands still and reads late.
  func testStarvedGenerator_canFlatterLatencies_inAClosedLoop() {
    let healthy = Simulation()
    var starved = Simulation()
    starved.sendingSeconds = 0.008
    var still = Simulation()
    still.standstill = 10..<14
    for subject in [Validity.Subject.generatorCPU, .lateness, .lateTick, .steal] {
      assertTable(
        subject,
        healthy,
        [starved, still],
        showing: [.latency: .flattered, .rate: .worsened]
      )
    }
  }

  func testLateGenerator_cannotFlatterLatencies_inAnOpenLoop() {
    var healthy = Simulation()
    healthy.arrivalRate = 150
    var starved = healthy
    starved.sendingSeconds = 0.005
    var still = healthy
    still.standstill = 10..<12
    for subject in [Validity.Subject.generatorCPU, .lateness, .lateTick, .steal] {
      assertTable(
        subject,
        healthy,
        [starved, still],
        showing: [.latency: .worsened, .success: .worsened]
      )
    }
  }

  func testMissingWorkers_flatterLatencies_andDoLess() {
    let healthy = Simulation()
    var missing = Simulation()
    missing.workers = 2
    var slow = Simulation()
    // Where the server was not busy, fewer workers do less.
    (slow.workers, slow.patience) = (1, 0.02)
    for subject in [Validity.Subject.littlesLaw, .sessions] {
      assertTable(subject, healthy, [missing], showing: [.latency: .flattered])
      var busy = healthy
      busy.patience = 0.02
      assertTable(subject, busy, [slow], showing: [.latency: .flattered, .success: .flattered])
    }
  }

  func testFacts_areNobodysToChange() {
    for subject in Validity.Subject.allCases {
      for isOpen in [false, true] {
        // Parts that do not belong together have no facts in common.
        XCTAssertEqual(
          subject.bias(on: .fact, isOpenLoop: isOpen),
          subject.isOfParts ? .both : []
        )
      }
    }
    for metric in [
      Threshold.Metric.unaccountedAttempts, .sessionsMissing, .serverOutages,
      .memoryGrowthOverLimit, .brokenAnswers, .sessionsLeftBehind,
      .leftOnTarget,
    ] {
      XCTAssertEqual(metric.kind, .fact, metric.rawValue)
    }
  }
}
