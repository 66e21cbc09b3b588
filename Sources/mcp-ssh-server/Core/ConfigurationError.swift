/// A setting that cannot be used, in one line that says what would be valid.
struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  let description: String
}
