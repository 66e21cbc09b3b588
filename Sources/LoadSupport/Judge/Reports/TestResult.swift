/// What a test of one figure comes to, the same in XCTest and in `junit.xml`.
package enum TestResult: Sendable, Equatable {
  case passed
  case failed(String)

  /// Nothing could be told, and that does not count.
  case skipped(String)

  /// Nothing could be told, and that counts.
  case error(String)
}

extension ScenarioSummary {
  /// Why no figure of the scenario is what was asked for; nil if all of it was measured.
  package var obstacle: String? {
    // Also where that is the server's doing: no test of a load that never began may pass for skipped.
    guard result.isCutShort || ending == .neverBegan else { return nil }
    return ([result.words] + problems).joined(separator: "; ")
  }

  /// What the test of a figure comes to.
  ///
  /// A smoke run that the machine made invalid has been repeated once: it skips.
  package func testResult(of verdict: Verdict, isStrict: Bool) -> TestResult {
    switch verdict.outcome {
    case .pass: return .passed
    case .fail: return .failed(verdict.message)
    case .inconclusive where verdict.invalidBy != nil:
      let isSmoke = configuration.profile == RunProfile.smoke.rawValue
      return isSmoke && !isStrict
        ? .skipped("INVALID: \(verdict.message)") : .error("INVALID: \(verdict.message)")
    case .inconclusive:
      let message = "INCONCLUSIVE: \(verdict.message)"
      return isStrict ? .failed(message) : .skipped(message)
    }
  }
}
