import EventIO

// MARK: Names, texts and numbers

extension WorkloadForm {
  static let workers = JSONForm<Int>.integer(1...100_000)
  static let sessions = JSONForm<Int>.integer(0...1000)
  static let length = JSONForm<Duration>.time(.milliseconds(100)...Duration.seconds(86_400))
  static let window = JSONForm<Duration>.time(.seconds(1)...Duration.seconds(86_400))
  static let times = JSONForm<Duration>.time().pair("two times, the shorter first")
    .map({ $0 <= $1 ? ($0, $1) : nil }, { $0 })
  static let iterations = JSONForm<Int>.integer(1...1_000_000_000)
  static let port = JSONForm<Int>.integer(1...65_535).map({ UInt16($0) }, { Int($0) })
  static let part = JSONForm<String>.text("a text that is not empty", [.init("minLength", 1)]) {
    !$0.isEmpty
  }
  static let names = name.list(0...Int.max, of: "operations")
  static let name = printable(64)

  private static func pattern(_ pattern: String) -> [JSONValue.Member] {
    [.init("pattern", .string(pattern))]
  }

  private static func escaped(_ name: String) -> String {
    name.split(at: UInt8(ascii: ".")).joined(separator: #"\."#)
  }

  static let workloadName = JSONForm<String>.text(
    "1 to 64 letters, digits, _, - and ., a letter or a digit first, and none of "
      + RecordingLayout.ownNames.joined(separator: ", "),
    pattern(
      #"^(?!(\#(RecordingLayout.ownNames.map(escaped).joined(separator: "|")))$)"#
        + #"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"#
    )
  ) { name in
    !RecordingLayout.ownNames.contains(name) && (1...64).contains(name.utf8.count)
      && name.utf8.prefix(1).allSatisfy(isLetterOrDigit)
      && name.utf8.allSatisfy { isLetterOrDigit($0) || "_.-".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
  }

  /// A name of a data file.
  static let identifier = JSONForm<String>.text(
    "a name of letters, digits and _, no digit first",
    pattern("^[A-Za-z_][A-Za-z0-9_]{0,63}$"),
    where: isIdentifier
  )

  /// A name of a captured value.
  static let placeholder = JSONForm<String>.text(
    "a name of letters, digits and _, no digit first, and none of \(builtIn.joined(separator: ", "))",
    pattern("^(?!(\(builtIn.joined(separator: "|")))$)[A-Za-z_][A-Za-z0-9_]{0,63}$")
  ) {
    isIdentifier($0) && !builtIn.contains($0)
  }

  /// The names of placeholders that have a value without data and captures.
  static let builtIn = ["worker", "iteration", "counter", "random", "run"]

  static func isIdentifier(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && !text.utf8.prefix(1).allSatisfy { (0x30...0x39).contains($0) }
      && text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
  }

  /// Text that people see as it is.
  static func printable(_ limit: Int) -> JSONForm<String> {
    .text(
      "printable text of 1 to \(limit) bytes",
      [.init("minLength", 1), .init("maxLength", .integer(limit))]
    ) {
      (1...limit).contains($0.utf8.count) && $0.shown.hasSameBytes(as: $0)
    }
  }

  static let method = JSONForm<String>.text(
    "the name of a request such as tools/list, not initialize or a notification",
    pattern("^(?!initialize$|notifications/)[!-~]{1,128}$")
  ) { name in
    (1...128).contains(name.utf8.count) && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
      && name != "initialize" && !name.hasBytePrefix("notifications/")
  }

  static let command = JSONForm<String>.text(
    "a command line without NUL",
    pattern(#"^[^\u0000]+$"#)
  ) {
    !$0.isEmpty && !$0.utf8.contains(0)
  }

  static let pointer = JSONForm<String>.text(
    "a JSON pointer such as /structuredContent/id",
    pattern("^(/([^/~]|~[01])*)*$")
  ) {
    JSONPointer.tokens($0) != nil
  }

  static let file = JSONForm<String>.text(
    "a path below the workload's directory, without ..",
    pattern(#"^(?!/)(?!(.*/)?\.\.(/|$))[^\u0000]+$"#)
  ) { path in
    !path.isEmpty && !path.hasBytePrefix("/") && !path.utf8.contains(0)
      && !path.split(at: UInt8(ascii: "/")).contains { $0.hasSameBytes(as: "..") }
  }

  static let headers = JSONForm<String>.text(
    "the text of a header field, without line ends",
    pattern(#"^[^\u0000-\u0008\u000A-\u001F\u007F]+$"#),
    isShown: false,
    where: { FieldGrammar.isValue($0) }
  ).byName(
    .text(
      "the name of a header field that the suite does not send by itself ("
        + FieldGrammar.own.sorted().joined(separator: ", ") + ")",
      pattern("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
    ) {
      FieldGrammar.isName($0) && !FieldGrammar.isOwn($0[...])
    }
  )
}
