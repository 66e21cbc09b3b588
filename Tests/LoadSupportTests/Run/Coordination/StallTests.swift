import EventIO
import Synchronization
import XCTest

@testable import LoadSupport

final class StallTests: LongTestCase {
  /// A server that stands still for a tenth of the time, in open loop.
  ///
  /// Every request that was due in the pause waited for its end, and so the latencies are those that
  /// arithmetic predicts. A generator
  /// that waits for an answer before it asks again would have seen one slow request for each worker.
  func testOpenLoop_countsEveryRequestThatAPauseDelays() async throws {
    let rate = 100.0
    let pause = 0.5
    var options = LoadRunHarness.Options()
    // As many as are waiting at the end of the pause, and some more.
    options.workers = 60
    options.arrivals = .constant(ratePerSecond: rate)
    options.warmUp = .milliseconds(500)
    options.duration = .seconds(5)
    let fake = FakeMCP()
    let begin = PauseClock()
    let run = try await LoadRunHarness(options) { request, number in
      let steps = fake.script(request, number)
      guard request.json["params"]?["name"]?.string == "ssh_run_command" else { return steps }
      return [.pause(begin.rest(ofPause: pause, after: 2))] + steps
    }
    try skipIfInvalid(run)
    let measured = run.load.filter { $0.phase == .measure && $0.attempt.outcome == .success }
    XCTAssertEqual(measured.count, 500)
    var latencies = Histogram()
    for sample in measured { latencies.record(sample.attempt.latency) }
    // A tenth of the requests fell into the pause, evenly: of them the slowest waited for all of it.
    for (p, share) in [(0.95, 0.5), (0.99, 0.9)] {
      let value = Double(try XCTUnwrap(latencies.value(atQuantile: p))) / 1e9
      XCTAssertEqual(value, share * pause, accuracy: 0.05 * pause, "p\(p)")
    }
    XCTAssertLessThan(try XCTUnwrap(latencies.value(atQuantile: 0.5)), 50_000_000)
  }

  private func skipIfInvalid(_ run: LoadRunHarness) throws {
    let validity = Validity(try run.recorded.analysis())
    let sick = validity.checks.filter { $0.outcome == .fail && $0.name.hasPrefix("generator_") }
    guard sick.isEmpty,
      !validity.checks.contains(where: { $0.name == "steal" && $0.outcome == .fail })
    else { throw XCTSkip("this machine was too busy to measure on: \(validity.reason ?? "")") }
  }
}

/// When a server stands still: once, so many seconds after its first command.
private final class PauseClock: Sendable {
  private let first = Mutex<Int64?>(nil)

  func rest(ofPause seconds: Double, after delay: Double) -> Duration {
    let present = MonotonicInstant.now().nanoseconds
    let begin = first.withLock { first in
      first = first ?? present
      return first ?? present
    }
    let since = Double(present - begin) / 1e9
    return since >= delay && since < delay + seconds ? .seconds(delay + seconds - since) : .zero
  }
}
