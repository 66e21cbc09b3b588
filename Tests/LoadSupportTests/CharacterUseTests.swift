import XCTest

/// What looks at text by its Characters is listed here, or fails.
///
/// Text for a shell, a protocol, a rule, a file or a secret is taken by its bytes: to a `Character` a
/// quote with a combining mark behind it is no quote, and CR LF is no line feed.
final class CharacterUseTests: XCTestCase {
  /// The files that may, with what they may use.
  private static let allowed: [String: Set<String>] = [
    // Bytes of a file.
    "Sources/LoadTesting/Invocation.swift": ["split"],
    // Words of people: what servers say when they refuse, and what reports say.
    "Sources/LoadSupport/Run/MCP/FailedAnswer.swift": ["case", "contains"],
    "Sources/LoadSupport/Run/MCP/ToolProfile.swift": ["case", "contains"],
    "Sources/LoadSupport/Judge/Verdicts/PoolExhaustionJudge.swift": ["range", "regex"],
    // Names of ours.
    "Sources/LoadSupport/Invocation/ComparisonRun.swift": ["case"],
    // Bytes and scalars, which no pattern can tell.
    "Sources/LoadSupport/Gates/RecordingMerge.swift": ["replacing"],
    "Sources/mcp-ssh-server/Policy/CommandRule.swift": ["split"],
    // Lists of words.
  ]

  /// What each file uses.
  private static func uses(in files: [SourceFile]) -> [String: Set<String>] {
    let uses = files.map { file in
      let code = file.code
      return (file.path, Set(CharacterUse.allCases.filter { $0.occurs(in: code) }.map(\.name)))
    }
    return Dictionary(uniqueKeysWithValues: uses).filter { !$0.value.isEmpty }
  }

  func testFiles_takeTextByBytes_unlessTheyAreListed() throws {
    let files = try ["Sources", "Benchmarks"].flatMap { try SourceFile.all(under: $0) }
    let found = Self.uses(in: files)
    for file in Set(found.keys).union(Self.allowed.keys).sorted() {
      let uses = found[file] ?? []
      let allowed = Self.allowed[file] ?? []
      XCTAssertEqual(uses.subtracting(allowed).sorted(), [], "\(file) looks at Characters")
      XCTAssertEqual(allowed.subtracting(uses).sorted(), [], "\(file) no longer does: unlist it")
    }
  }

  func testUses_areFound() {
    let found = [
      #"let first: Character = "a""#: "Character", #"if letter.isNewline {}"#: "kind",
      #"text.drop(while: \.isWhitespace)"#: "kind", #"name.lowercased() == "x""#: "case",
      #"line.hasPrefix("-")"#: "prefix", #"word.replacing("'", with: "'\\''")"#: "replacing",
      #"word.replacingOccurrences(of: "a", with: "b")"#: "replacing",
      #"text.trimmingCharacters(in: .whitespaces)"#: "trimming",
      #"text.split(separator: "\n")"#: "split", #"text.split(separator: mark)"#: "split",
      #"text.split { $0 > "a" }"#: "split", #"text.components(separatedBy: ",")"#: "split",
      #"text.firstIndex(of: ":")"#: "index", #"text.firstRange(of: "//")"#: "index",
      #"text.range(of: name)"#: "range", #"try Regex(text)"#: "regex",
      #"text.contains("@")"#: "contains", #"text.prefix { $0 != "?" }"#: "comparison",
    ]
    for (text, name) in found {
      let uses = Self.uses(in: [SourceFile(path: "A", text: text)])["A"] ?? []
      XCTAssertTrue(uses.contains(name), "\(name) in \(text)")
    }
  }

  func testUses_areNotFound_whenBytesOrScalarsAreLookedAt() {
    let text = """
      // line.hasPrefix("#") and Character
      let a = bytes.split(separator: 0x0A) + text.split(at: UInt8(ascii: ":"))
      let b = text.replacing(byte: 0x27, with: "x") + text.utf8.split { $0 == 0x20 }.map(String.init)
      let c = text.unicodeScalars.contains { $0.properties.isWhitespace }
      let d = text.utf8.firstIndex(of: UInt8(ascii: "/")), e = words.firstIndex(of: word)
      let f = text.hasBytePrefix("-") || names.contains(name) || "hasPrefix( Character".isEmpty
      """
    XCTAssertEqual(Self.uses(in: [SourceFile(path: "A", text: text)]), [:])
  }
}
