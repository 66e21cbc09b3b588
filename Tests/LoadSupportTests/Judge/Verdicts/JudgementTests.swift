import XCTest

@testable import LoadSupport

final class JudgementTests: XCTestCase {
  /// The last count that passes and the first that fails, by SciPy's exact binomial distribution:
  /// cdf(k) < 0.05 and sf(k − 1) < 0.01.
  private static let boundaries: [(allowed: Double, n: Int, pass: Int?, fail: Int)] = [
    (0.01, 100, nil, 5), (0.01, 298, nil, 9), (0.01, 299, 0, 9), (0.01, 1_000, 4, 19),
    (0.01, 5_000, 38, 68), (0.01, 100_000, 948, 1_075), (0.05, 100, 1, 12), (0.05, 299, 8, 25),
    (0.05, 1_000, 38, 68), (0.05, 100_000, 4_886, 5_162), (0.001, 1_000, nil, 5),
    (0.001, 5_000, 1, 12), (0.001, 100_000, 83, 125),
  ]

  func testShare_isJudgedByTheExactDistribution() {
    for (allowed, n, pass, fail) in Self.boundaries {
      func judge(_ bad: Int) -> Verdict.Outcome {
        Judgement.share(bad: bad, of: n, allowed: allowed)
      }
      let context = "\(allowed) of \(n)"
      if let pass {
        XCTAssertEqual(judge(pass), .pass, context)
        XCTAssertEqual(judge(0), .pass, context)
      }
      XCTAssertEqual(judge((pass ?? -1) + 1), .inconclusive, context)
      XCTAssertEqual(judge(fail - 1), .inconclusive, context)
      XCTAssertEqual(judge(fail), .fail, context)
      XCTAssertEqual(judge(n), .fail, context)
    }
  }

  func testShare_isExact_whenNoneOrAllMayBeBad() {
    for n in [1, 10, 1_000_000] {
      XCTAssertEqual(Judgement.share(bad: 0, of: n, allowed: 0), .pass)
      XCTAssertEqual(Judgement.share(bad: 1, of: n, allowed: 0), .fail)
      XCTAssertEqual(Judgement.share(bad: n, of: n, allowed: 1), .pass)
    }
  }

  func testShare_isInconclusive_whenNothingWasMeasured() {
    for allowed in [0, 0.01, 1] {
      XCTAssertEqual(Judgement.share(bad: 0, of: 0, allowed: allowed), .inconclusive)
    }
  }

  func testSamplesNeeded_areTheFewestThatCanPass() {
    for (allowed, needed) in [(0.05, 59), (0.01, 299), (0.001, 2_995)] {
      XCTAssertEqual(Judgement.samplesNeeded(allowed: allowed), needed)
      XCTAssertEqual(Judgement.share(bad: 0, of: needed, allowed: allowed), .pass)
      XCTAssertEqual(Judgement.share(bad: 0, of: needed - 1, allowed: allowed), .inconclusive)
    }
    // As a limit is written: 1 − 0.99 is not quite a hundredth.
    XCTAssertEqual(Judgement.samplesNeeded(allowed: 1 - 0.99), 299)
  }

  func testShare_isJudgedByWhatTheCountsAreWorth_whenTheyBunch() {
    // The last count worth a pass and the first worth a failure of ⌊12,000 ÷ D⌋ at 1 %, by SciPy.
    for (factor, pass, fail) in [(1, 101, 147), (2.5, 36, 66), (4, 20, 44), (40, 0, 9)] {
      func judge(_ bad: Double) -> Verdict.Outcome {
        Judgement.share(
          bad: Int(bad.rounded(.down)),
          of: 12_000,
          allowed: 0.01,
          overdispersion: factor
        )
      }
      let context = "D \(factor)"
      XCTAssertEqual(judge(Double(pass) * factor), .pass, context)
      XCTAssertEqual(judge(Double(pass) * factor + 1), .inconclusive, context)
      XCTAssertEqual(judge(Double(fail - 1) * factor), .inconclusive, context)
      XCTAssertEqual(judge(Double(fail - 1) * factor + 1), .fail, context)
    }
  }

  func testShare_isInconclusive_whenTheCountsAreWorthNothing() {
    for bad in [0, 1, 100] {
      for factor in [101, 1e9, Double.infinity] {
        let outcome = Judgement.share(bad: bad, of: 100, allowed: 0.01, overdispersion: factor)
        XCTAssertEqual(outcome, .inconclusive, "\(bad), D \(factor)")
      }
    }
  }

  func testShare_doesNotFail_whenOnlyRoundingPutsItOverTheLimit() {
    // 1 of 12,000 is far under one in a thousand, yet ⌈1 ÷ 1,200⌉ of 10 is far over.
    let outcome = Judgement.share(bad: 1, of: 12_000, allowed: 0.001, overdispersion: 1_200)
    XCTAssertEqual(outcome, .inconclusive)
  }

  func testShare_failsLater_whenARunIsJudgedInManyWindows() {
    // The first count that fails at 0.01 ÷ 6, by SciPy; passing stays at 0.05.
    for (factor, fail) in [(1, 154), (4, 48)] {
      func judge(_ bad: Int, windows: Int) -> Verdict.Outcome {
        Judgement.share(
          bad: bad,
          of: 12_000,
          allowed: 0.01,
          overdispersion: Double(factor),
          windows: windows
        )
      }
      XCTAssertEqual(judge((fail - 1) * factor, windows: 6), .inconclusive)
      XCTAssertEqual(judge((fail - 1) * factor, windows: 1), .fail)
      XCTAssertEqual(judge(fail * factor, windows: 6), .fail)
      XCTAssertEqual(judge(20 * factor, windows: 6), judge(20 * factor, windows: 1))
      XCTAssertEqual(judge(fail * factor, windows: 0), .fail)
    }
  }

  func testSamplesNeeded_areMoreByTheFactor_whenTheyBunch() {
    XCTAssertEqual(Judgement.samplesNeeded(allowed: 0.01, overdispersion: 0.5), 299)
    XCTAssertEqual(Judgement.samplesNeeded(allowed: 0.01, overdispersion: 2.5), 748)
    XCTAssertEqual(Judgement.samplesNeeded(allowed: 0, overdispersion: 2), .max)
    XCTAssertEqual(Judgement.samplesNeeded(allowed: 0.01, overdispersion: .infinity), .max)
    let seed: UInt64 = 56
    var random = SeededRandom(seed: seed)
    for _ in 0..<1_000 {
      let factor = 1 + random.exponential(mean: 20)
      let needed = Judgement.samplesNeeded(allowed: 0.01, overdispersion: factor)
      for (n, outcome) in [(needed, Verdict.Outcome.pass), (needed - 1, .inconclusive)] {
        XCTAssertEqual(
          Judgement.share(bad: 0, of: n, allowed: 0.01, overdispersion: factor),
          outcome,
          "\(n), D \(factor), seed \(seed)"
        )
      }
    }
  }

  func testValue_mayEqualItsLimit() {
    for (value, isFloor, outcome) in [
      (20, true, .pass), (19.99, true, .fail), (21, true, .pass), (20, false, .pass),
      (20.01, false, .fail), (0, false, .pass), (.nan, true, .fail), (.nan, false, .fail),
    ] as [(Double, Bool, Verdict.Outcome)] {
      XCTAssertEqual(Judgement.value(value, limit: 20, isFloor: isFloor), outcome, "\(value)")
    }
  }
}
