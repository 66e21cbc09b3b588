/// A request that cannot be understood; the connection ends after the answer.
struct HTTPRequestError: Error, Equatable, Sendable {
  /// The status code to answer with.
  let status: Int

  /// What was wrong, as the client should read it.
  let reason: String

  /// A request that breaks the grammar of RFC 9112.
  static func malformed(_ reason: String) -> HTTPRequestError {
    HTTPRequestError(status: 400, reason: reason)
  }

  /// A head over the limit.
  static func headTooLarge(limit: Int) -> HTTPRequestError {
    HTTPRequestError(status: 431, reason: "the request head exceeds \(limit) bytes")
  }

  /// More header fields than any client has reason to send.
  static func tooManyFields(limit: Int) -> HTTPRequestError {
    HTTPRequestError(status: 431, reason: "the request head has more than \(limit) fields")
  }

  /// A connection beyond those that are all in use.
  static func tooManyConnections(limit: Int) -> HTTPRequestError {
    HTTPRequestError(status: 503, reason: "all \(limit) connections are in use; try again")
  }

  /// A body that would be held beside too many others.
  static func tooManyBytesHeld(limit: Int) -> HTTPRequestError {
    HTTPRequestError(
      status: 503,
      reason: "the requests under way have more than \(limit) bytes; try again"
    )
  }

  /// An answer beside too many that nobody reads.
  static let tooManyAnswers = HTTPRequestError(
    status: 503,
    reason: "too many answers are under way; try again"
  )

  /// A body over the limit.
  static func bodyTooLarge(limit: Int) -> HTTPRequestError {
    HTTPRequestError(status: 413, reason: "the request body exceeds \(limit) bytes")
  }

  /// A transfer coding that this server does not know.
  static let unknownTransferCoding = HTTPRequestError(
    status: 501,
    reason: "only the transfer coding chunked is supported"
  )

  /// A version other than HTTP/1.0 and HTTP/1.1.
  static let unknownVersion = HTTPRequestError(
    status: 505,
    reason: "only HTTP/1.0 and HTTP/1.1 are supported"
  )
}
