import EventIO

/// Answers that did not know the session of their request, over all phases.
///
/// Where replicas of a server have their sessions each to itself, a balancer that sends requests of one session to
/// any of them gives (n − 1)/n of such answers at n replicas.
struct UnknownSessions: Sendable, Equatable, Codable {
  /// How many did not know it.
  let unknown: Int

  /// Answers to requests that could name a session: neither what opens or ends one nor the question for health.
  let answers: Int

  /// The share from which it is no single session that has ended.
  private static let striking = 0.01

  /// Counts them; nil where every session was known.
  init?(_ aggregate: Aggregate, _ scenario: ScenarioHeader) {
    guard aggregate.unknownSessions > 0 else { return nil }
    let sessionless = [OperationName.initialize, OperationName.discover, OperationName.endSession]
    unknown = aggregate.unknownSessions
    let counted = aggregate.answers.filter { operation, _ in
      !sessionless.contains { $0.hasSameBytes(as: operation) }
        && scenario.operations?[operation] != .health
    }
    answers = max(unknown, counted.values.reduce(0, +))
  }

  /// The count in a report.
  var text: String {
    "\(NumberText.grouped(unknown)) of \(NumberText.grouped(answers)) answers "
      + "(\(NumberText.percent(unknown, of: answers)))"
  }

  /// What that may mean, and what to do; nil where it was a session or two.
  func advice(wasAway: Bool) -> String? {
    guard Double(unknown) >= Self.striking * Double(answers) else { return nil }
    return "\(text) did not know the session that the server itself had given: "
      + (wasAway
        ? "the server was away in between, and its sessions with it"
        : "this is what replicas without sticky sessions look like; have the balancer route by the header field "
          + "Mcp-Session-Id, let the replicas share their sessions, or use MCP 2026-07-28, which has none (a "
          + "server that ends sessions early gives the same answers)")
  }
}
