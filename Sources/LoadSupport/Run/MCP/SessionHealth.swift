/// Decides by the outcomes of calls whether their session is still worth asking.
///
/// However a server tells of a session that is gone: by its word, by three errors in a row, or by ten
/// answers of commands that failed, which is what commands may do by themselves.
struct SessionHealth: Sendable {
  /// What an attempt says of its session.
  enum Finding: Sendable, Equatable {
    /// Nothing against it.
    case standing

    /// The server has ended it, and all that was opened in it.
    case ended

    /// It is given up, though for all we know it is still there.
    case givenUp
  }

  /// How often in a row nothing came of a call, as far as it is the server's doing.
  private(set) var failuresInARow = 0

  private var signsOfLoss = 0
  private var giveUpNotBefore: Int64 = 0

  /// So many signs are reason enough.
  private static let enough = 30

  /// Between two sessions that are given up, so that a server which refuses everything is not flooded with
  /// logins.
  private static let interval: Int64 = 1_000_000_000

  /// Takes in an attempt; `hasEnded` says that the server has told of the session's end.
  mutating func note(_ attempt: Attempt, hasEnded: Bool) -> Finding {
    if hasEnded {
      failuresInARow += 1
      signsOfLoss = 0
      return .ended
    }
    let sign: Int
    switch attempt.outcome {
    // A tool that fails has answered as fast as it works; an error may be as fast as a dead server's.
    case .wrongAnswer: (failuresInARow, sign) = (0, 3)
    case .toolError: (failuresInARow, sign) = (0, 10)
    case .rpcError, .httpError: (failuresInARow, sign) = (failuresInARow + 1, 10)
    case .success, .rejected, .rateLimited: (failuresInARow, sign) = (0, 0)
    default: (failuresInARow, sign) = (failuresInARow + 1, 0)
    }
    signsOfLoss = sign == 0 ? 0 : signsOfLoss + sign
    guard signsOfLoss >= Self.enough, attempt.done >= giveUpNotBefore else { return .standing }
    giveUpNotBefore = attempt.done + Self.interval
    signsOfLoss = 0
    return .givenUp
  }

  /// Takes in whether something came of what says nothing about the session.
  mutating func note(success: Bool) {
    failuresInARow = success ? 0 : failuresInARow + 1
  }

  /// How long to leave the server alone at most: one that is gone answers at once, and a closed loop would spin on
  /// it.
  var pause: Duration {
    failuresInARow > 0 ? .milliseconds(min(1000, 10 << min(failuresInARow, 7))) : .zero
  }
}
