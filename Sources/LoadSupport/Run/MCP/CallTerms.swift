/// What an operation says of the time of its calls.
struct CallTerms: Sendable, Equatable {
  /// How long one may take; nil for as long as all others.
  var timeout: Duration?

  /// After how long one is cancelled; nil for never.
  var cancelAfter: Duration?
}
