import EventIO

/// A setting that can be made by a flag or by an environment variable.
struct ServerOption: Sendable {
  /// Takes a value over, or says what it should have been.
  typealias Apply =
    @Sendable (inout ServerConfiguration, String) throws(ConfigurationError) -> Void

  /// The flag, with its two hyphens.
  let flag: String

  /// What stands for the value in the help; nil for a switch.
  let placeholder: String?

  /// What the help says, the default in parentheses.
  let help: String

  /// Takes a value over, or says what it should have been.
  let apply: Apply

  /// The variable that does the same.
  var variable: String {
    "MCP_SSH_" + flag.dropFirst(2).uppercased().replacing("-", with: "_")
  }

  /// Makes an option with a value of its own kind.
  init(_ flag: String, _ placeholder: String?, _ help: String, _ apply: @escaping Apply) {
    self.flag = flag
    self.placeholder = placeholder
    self.help = help
    self.apply = apply
  }

  // MARK: Kinds of values

  /// A place in the configuration.
  typealias Place<Value> = WritableKeyPath<ServerConfiguration, Value> & Sendable

  /// An option whose value is a whole number.
  static func number<Value: FixedWidthInteger & Sendable>(
    _ flag: String,
    _ help: String,
    _ range: ClosedRange<Value>,
    _ place: Place<Value>
  ) -> ServerOption {
    ServerOption(flag, "N", help) { configuration, text throws(ConfigurationError) in
      guard let value = Value(text), range.contains(value) else {
        throw .expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      configuration[keyPath: place] = value
    }
  }

  /// An option whose value is a fraction.
  static func share(_ flag: String, _ help: String, _ place: Place<Double>) -> ServerOption {
    decimal(flag, "RATE", help, 0...1, place)
  }

  /// An option whose value may have decimals.
  static func decimal(
    _ flag: String,
    _ placeholder: String,
    _ help: String,
    _ range: ClosedRange<Double>,
    _ place: Place<Double>
  ) -> ServerOption {
    ServerOption(flag, placeholder, help) { configuration, text throws(ConfigurationError) in
      guard let value = Double(text), range.contains(value) else {
        let bounds = [range.lowerBound, range.upperBound].map(\.plainText)
        throw .expected("a number from \(bounds[0]) to \(bounds[1])")
      }
      configuration[keyPath: place] = value
    }
  }

  /// An option whose value is a duration.
  static func seconds(
    _ flag: String,
    _ help: String,
    _ range: ClosedRange<Double>,
    _ place: Place<Duration>
  ) -> ServerOption {
    ServerOption(flag, "SECONDS", help) { configuration, text throws(ConfigurationError) in
      guard let value = Double(text), range.contains(value) else {
        let bounds = [range.lowerBound, range.upperBound].map(\.plainText)
        throw .expected("seconds from \(bounds[0]) to \(bounds[1])")
      }
      configuration[keyPath: place] = .seconds(value)
    }
  }

  /// An option whose value is the name of a file that ssh is to read.
  ///
  /// ssh takes a name without a directory for a word such as `none` and a tilde for a home, and replaces
  /// `${…}`; what its releases do with a backslash differs.
  static func file(_ flag: String, _ help: String, _ place: Place<String?>) -> ServerOption {
    ServerOption(flag, "FILE", help) { configuration, path throws(ConfigurationError) in
      let bytes = Array(path.utf8)
      guard ReadableFile.exists(path),
        !bytes.contains(where: { $0 < 0x20 || "\"\\$".utf8.contains($0) })
      else {
        throw .expected("a readable file, without control characters and \" \\ $ in its name")
      }
      configuration[keyPath: place] = ReadableFile.absolute(path)
    }
  }

  /// An option that is on or off.
  static func onOff(_ flag: String, _ help: String, _ place: Place<Bool>) -> ServerOption {
    ServerOption(flag, nil, help) { configuration, text throws(ConfigurationError) in
      guard let isOn = ["1": true, "true": true, "0": false, "false": false][text] else {
        throw .expected("1, true, 0 or false")
      }
      configuration[keyPath: place] = isOn
    }
  }
}

extension ConfigurationError {
  /// A value that should have been something else.
  static func expected(_ valid: String) -> ConfigurationError {
    ConfigurationError(description: "expected \(valid)")
  }
}
