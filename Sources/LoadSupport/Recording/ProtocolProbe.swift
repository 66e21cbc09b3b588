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

  private enum CodingKeys: String, CodingKey {
    case outcome
    case httpStatus = "http_status"
    case nanoseconds = "time_ns"
  }
}
