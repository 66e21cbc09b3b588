/// How many of a server's requests failed, as far as one load is compared with another: what is fast
/// because it fails is no improvement.
struct FailedRequests: Sendable, Equatable {
  /// The requests.
  var requests = 0

  /// Those that did not succeed.
  var failed = 0

  /// The share that a load may fail more than another and be no worse.
  private static let tolerated = 0.01

  /// Whether a clearly larger share failed than of another load.
  func exceeds(_ other: FailedRequests) -> Bool {
    share > other.share + Self.tolerated
  }

  private var share: Double { requests > 0 ? Double(failed) / Double(requests) : 0 }

  static func += (sum: inout FailedRequests, more: FailedRequests) {
    sum.requests += more.requests
    sum.failed += more.failed
  }

  /// What several come to together.
  static func sum(_ parts: some Sequence<FailedRequests>) -> FailedRequests {
    parts.reduce(into: FailedRequests()) { $0 += $1 }
  }
}
