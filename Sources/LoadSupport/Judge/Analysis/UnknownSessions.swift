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

  /// Whether there are no sessions but those over SSH.
  private let isModern: Bool

  private enum CodingKeys: String, CodingKey {
    case unknown
    case answers
    case isModern = "modern"
  }

  /// The share from which it is no single session that has ended.
  private static let striking = 0.01

  /// Counts them; nil where every session was known.
  init?(_ aggregate: Aggregate, _ scenario: ScenarioHeader) {
    guard aggregate.unknownSessions > 0 else { return nil }
    isModern = scenario.network.era == .modern
    var names = [OperationName.initialize, OperationName.discover, OperationName.endSession]
    var kinds = [OperationKind.health]
    if isModern {
      names.append(OperationName.openSession)
      kinds += [.connect, .freshConnect]
    }
    unknown = aggregate.unknownSessions
    let counted = aggregate.answers.filter { operation, _ in
      !names.contains { $0.hasSameBytes(as: operation) }
        && scenario.operations?[operation].map(kinds.contains) != true
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
        : "this is what replicas without sticky sessions look like; have the balancer "
          + (isModern
            ? "keep each client at one replica" : "route by the header field Mcp-Session-Id")
          + ", or let the replicas share their sessions (a server that ends sessions early gives the same answers)")
  }
}
