import EventIO

/// A setting that can be made by a flag or by an environment variable.
typealias ServerOption = ProgramOption<ServerConfiguration>

extension ServerConfiguration: ProgramSettings {
  static let variablePrefix: String? = "MCP_SSH_"
}

// MARK: Kinds of values

extension OptionValue where Value == Bool {
  /// On or off, as a variable may say it.
  static let toggle = onOff(["1": true, "true": true, "0": false, "false": false])
}

extension OptionValue where Value == Double {
  /// A fraction.
  static let share = number("RATE", 0...1)
}

extension OptionValue where Value == Duration {
  /// A time in seconds.
  static func seconds(_ range: ClosedRange<Double>) -> OptionValue {
    time(.seconds(range.lowerBound) ... .seconds(range.upperBound))
  }
}

extension OptionValue where Value == LogLevel {
  /// A level of the log.
  static let level = OptionValue("LEVEL", show: \.name) { name throws(InvalidValue) in
    guard let level = LogLevel.allCases.first(where: { $0.name.hasSameBytes(as: name) }) else {
      throw .expected(LogLevel.allCases.map(\.name).listed)
    }
    return level
  }
}

extension OptionValue where Value == String {
  /// The name of a file that ssh is to read.
  ///
  /// ssh takes a name without a directory for a word such as `none` and a tilde for a home, and replaces
  /// `${…}`; what its releases do with a backslash differs.
  static let fileForSSH = OptionValue("FILE") { path throws(InvalidValue) in
    guard ReadableFile.exists(path),
      !path.utf8.contains(where: { $0 < 0x20 || "\"\\$".utf8.contains($0) })
    else {
      throw .expected("a readable file, without control characters and \" \\ $ in its name")
    }
    return ReadableFile.absolute(path)
  }

  /// The name of a file to write.
  static let newFile = OptionValue("FILE") { path throws(InvalidValue) in
    guard !path.utf8.contains(0) else { throw .expected("a file's name") }
    return path
  }
}

extension OptionValue where Value == BearerToken {
  /// A file with the token that clients must present.
  static let tokenFile = OptionValue("FILE") { path throws(InvalidValue) in
    guard let text = ReadableFile.contents(path), let token = BearerToken(file: text) else {
      throw .expected("a readable file whose first line has 16 characters or more")
    }
    return token
  }
}

extension OptionValue where Value == CommandPolicy {
  /// A file of rules for commands.
  static let rulesFile = OptionValue("FILE") { path throws(InvalidValue) in
    guard let text = ReadableFile.contents(path) else {
      throw .expected("a readable file of UTF-8 text")
    }
    do throws(ConfigurationError) {
      return try CommandPolicy(file: text)
    } catch {
      throw .because("\(error)")
    }
  }
}

extension OptionValue where Value == [String] {
  /// Absolute paths with colons between them.
  static let directories = OptionValue("DIRECTORY[:…]") { text throws(InvalidValue) in
    let paths = text.split(at: UInt8(ascii: ":")).map(String.init)
    guard !paths.isEmpty, paths.allSatisfy({ $0.hasBytePrefix("/") }) else {
      throw .expected("absolute paths with colons between them")
    }
    return paths
  }
}
