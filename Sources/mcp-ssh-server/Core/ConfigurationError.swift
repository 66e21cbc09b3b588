/// A setting that cannot be used, in one line that says what would be valid.
struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  let description: String
}

extension ConfigurationError {
  /// A value that should have been something else.
  static func expected(_ valid: String) -> ConfigurationError {
    ConfigurationError(description: "expected \(valid)")
  }
}
