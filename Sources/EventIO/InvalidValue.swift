/// Why a text is no value of an option.
package enum InvalidValue: Error, Equatable, Sendable {
  /// It should have been something else; `shown` is said in its place where it may hold a secret.
  case expected(String, shown: String? = nil)

  /// What is wrong with it, in a clause.
  case because(String)
}

/// A setting that cannot be used: which one, what it was, and why.
package struct SettingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The variable or the flag.
  package let name: String

  /// What it was set to, or what is shown in its place; nil where it is no setting at all.
  let value: String?

  /// What is wrong with it, in a clause.
  let reason: String

  /// Makes an error of what would be valid.
  package init(name: String, value: String, valid: String) {
    self.init(name: name, value: value, reason: "it must be \(valid)")
  }

  /// Makes an error of a name that is no setting's, with what is to be said of it.
  package init(unknown name: String, _ reason: String) {
    (self.name, value, self.reason) = (name, nil, reason)
  }

  init(name: String, value: String, reason: String) {
    self.name = name
    self.value = value
    self.reason = reason
  }

  package var description: String {
    value.map { "\(name)=\"\($0)\" is not valid: \(reason)" } ?? "\(name): \(reason)"
  }
}
