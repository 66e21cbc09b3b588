import EventIO

/// Why an exchange over HTTP, or over the pipes of a process, gave no response.
package enum HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The stage of an exchange that a timeout belongs to.
  package enum Stage: Sendable, Equatable {
    /// A connection that is opened, up to what it begins with.
    case opening(OpeningStage)
    case firstByte
    case wholeRequest

    fileprivate var name: String {
      switch self {
      case .opening(let stage): stage.rawValue
      case .firstByte: "the first byte"
      case .wholeRequest: "the whole response"
      }
    }
  }

  /// A system call failed: refused, reset, unreachable.
  case transport(Errno)

  /// The peer closed the connection before the response was whole.
  case endOfStream

  /// What the peer sent is not HTTP/1.1 (RFC 9112), or exceeds a limit.
  case violation(String)

  /// A stage took longer than its limit.
  case timeout(Stage)

  /// The run was stopped at once.
  case interrupted

  /// The process that was spoken to over pipes is not there any more, in a sentence.
  case serverEnded(String)

  /// A line that such a process writes has more bytes than may be kept.
  case endlessLine(limit: Int)

  package var description: String {
    switch self {
    case .transport(let error): "\(error)"
    case .endOfStream: "the server closed the connection before its answer was whole"
    case .violation(let what): "not HTTP/1.1: \(what)"
    case .timeout(let stage): "timed out waiting for \(stage.name)"
    case .interrupted: "interrupted"
    case .serverEnded(let reason): reason
    case .endlessLine(let limit):
      "a line on the server's standard output has more than \(limit) bytes"
    }
  }
}
