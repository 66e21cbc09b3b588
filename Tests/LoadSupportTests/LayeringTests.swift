import Foundation
import XCTest

@testable import LoadSupport

/// The folders of the library are layers: a file knows only the shared ones and lower ones of its
/// own half.
final class LayeringTests: XCTestCase {
  private static let shared = ["Statistics", "Recording"]

  /// Lowest first; it writes recordings.
  private static let running = [
    "HTTP", "MCP", "Workload", "Workers", "Coordination", "Network", "Scenarios",
  ]

  /// Lowest first; it reads recordings.
  private static let judging = ["Aggregation", "Analysis", "Thresholds", "Reporting"]

  /// Where the halves meet, for the test cases and the command line.
  private static let joint = "Runs"

  private static let root = "Sources/LoadSupport"

  /// The folders that a file of a folder may use besides its own.
  private static func allowed(_ folder: String) -> Set<String> {
    if folder == joint { return Set(shared + running + judging + [joint]) }
    for half in [running, judging] {
      if let index = half.firstIndex(of: folder) { return Set(shared + half[...index]) }
    }
    return Set(shared.prefix { $0 != folder } + [folder])
  }

  private static func folder(of file: SourceFile) -> String {
    String(file.path.dropFirst(root.count + 1).prefix { $0 != "/" })
  }

  private static func identifiers(in code: String) -> Set<String> {
    Set(
      code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    )
  }

  /// The names of types that a file declares outside any braces and shows to others.
  private static func topLevelTypes(in code: String) -> [String] {
    var depth = 0
    var names: [String] = []
    for line in code.split(separator: "\n") {
      let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
      let kinds: Set = ["struct", "class", "enum", "actor", "protocol"]
      if depth == 0, words.first != "private", words.first != "fileprivate",
        let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count
      {
        names.append(words[kind + 1])
      }
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
    }
    return names
  }

  func testFolders_areAllLayers() throws {
    let folders = try Set(SourceFile.all(under: Self.root).map(Self.folder))
    XCTAssertEqual(folders, Set(Self.shared + Self.running + Self.judging + [Self.joint]))
  }

  /// What files use that they should not know, and names that two folders declare.
  private static func violations(in sources: [SourceFile]) -> [String] {
    let files = sources.map { (file: $0, code: $0.code) }
    var violations: [String] = []
    var owners: [String: String] = [:]
    for (file, code) in files {
      for name in topLevelTypes(in: code) {
        let folder = folder(of: file)
        if let other = owners.updateValue(folder, forKey: name) {
          violations.append("\(folder) and \(other) declare \(name)")
        }
      }
    }
    for (file, code) in files {
      let allowed = allowed(folder(of: file))
      for name in identifiers(in: code).sorted() {
        if let owner = owners[name], !allowed.contains(owner) {
          violations.append("\(file.path) uses \(name) of \(owner)")
        }
      }
    }
    return violations
  }

  func testFiles_useNoTypeOfAHigherLayerOrTheOtherHalf() throws {
    XCTAssertEqual(try Self.violations(in: SourceFile.all(under: Self.root)), [])
  }

  func testViolations_areFound() {
    func file(_ path: String, _ text: String) -> SourceFile {
      SourceFile(path: "\(Self.root)/\(path)", text: text)
    }
    let files = [
      file("HTTP/A.swift", "package final class Low {\n  struct Inner {}\n}\nlet x: High? = nil"),
      file("MCP/B.swift", "package struct High {\n  let low: Low\n}\nprivate enum Hidden {}"),
      file("Analysis/C.swift", "actor Judged {}\nlet y = \"\\(High.self)\" // Low"),
      file("Recording/D.swift", "protocol Shared {}\nfunc f(_ low: some Low) {}"),
      file("Reporting/E.swift", "func g(_: Judged, _: Shared, _: Inner, _: Hidden, _: Highest) {}"),
      file("Workers/F.swift", "enum Shared {}"),
    ]
    XCTAssertEqual(
      Self.violations(in: files),
      [
        "Workers and Recording declare Shared",
        "\(Self.root)/HTTP/A.swift uses High of MCP",
        "\(Self.root)/Analysis/C.swift uses High of MCP",
        "\(Self.root)/Recording/D.swift uses Low of HTTP",
        "\(Self.root)/Recording/D.swift uses Shared of Workers",
        "\(Self.root)/Reporting/E.swift uses Shared of Workers",
      ]
    )
  }

  func testCode_leavesOutCommentsAndStrings() {
    let file = SourceFile(
      path: "",
      text: """
        let a = "x // \\"y\\" \\(f("(z")) end" // gone
        /// gone
        let b = #"raw " \\#(g) "#; let c = 1 /* gone
        gone */ + 2
        let d = \"""
          gone "
          \"""
        e()
        """
    )
    XCTAssertEqual(
      Self.identifiers(in: file.code),
      ["let", "a", "f", "b", "g", "c", "1", "2", "d", "e"]
    )
  }
}
