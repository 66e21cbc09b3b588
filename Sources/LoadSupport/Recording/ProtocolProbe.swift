/// A question for the modern era (`server/discover`) after which the check before the load opened a session all the
/// same.
///
/// Clients that speak both eras ask it before they open their first session, so it is what each of them costs a
/// server of sessions. It is one sample, and none of the load.
struct ProtocolProbe: Sendable, Equatable, Codable {
  /// What it came to; a success told of other revisions than one that is spoken here, or of none.
  let outcome: Outcome

  /// The status of the answer; nil where there was none.
  let httpStatus: Int?

  /// From the last byte of the request to the end of the answer, or of the patience, in nanoseconds.
  let nanoseconds: Int64

  /// Whether a server of the modern era could have answered so as well: for load, or for a fault of its own.
  var tellsNothing: Bool {
    switch outcome {
    case .rateLimited, .rejected, .timeout: true
    case .httpError: httpStatus.map { $0 >= 500 || $0 == 401 || $0 == 403 } ?? false
    default: false
    }
  }

  private enum CodingKeys: String, CodingKey {
    case outcome
    case httpStatus = "http_status"
    case nanoseconds = "time_ns"
  }
}
