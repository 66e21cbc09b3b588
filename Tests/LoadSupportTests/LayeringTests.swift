import Foundation
import XCTest

@testable import LoadSupport

/// The folders of the programs are layers: a file knows only the shared ones and lower ones of its own
/// half.
final class LayeringTests: XCTestCase {
  private static let suite: SourceLayers = {
    // All lowest first.
    let shared = ["Statistics", "Recording"]
    // It writes recordings.
    let running = ["HTTP", "MCP", "Workload", "Workers", "Coordination", "Network", "Scenarios"]
      .map { "Run/\($0)" }
    // It reads recordings: one at a time, and many.
    let judging =
      ["Pages", "Aggregation", "Analysis", "Verdicts", "Reports"].map { "Judge/\($0)" } + ["Gates"]
    // Where the halves meet, for the test cases and the command line.
    let joint = "Invocation"
    return SourceLayers("Sources/LoadSupport", shared + running + judging + [joint]) { folder in
      if folder == joint { return Set(shared + running + judging + [joint]) }
      for half in [running, judging] {
        if let index = half.firstIndex(of: folder) { return Set(shared + half[...index]) }
      }
      return Set(shared.prefix { $0 != folder } + [folder])
    }
  }()

  private static let server = SourceLayers(
    "Sources/mcp-ssh-server",
    lowestFirst: [
      "Core", "HTTP", "SSH", "Pool", "Limits", "Metrics", "Policy", "Audit", "Sessions", "Tools",
      "MCP",
      "Configuration", "App",
    ]
  )

  func testFolders_areAllLayers() throws {
    for layers in [Self.suite, Self.server] {
      let folders = try Set(SourceFile.all(under: layers.root).map(layers.folder))
      XCTAssertEqual(folders, Set(layers.folders))
    }
  }

  func testFiles_useNoTypeOfAHigherLayerOrTheOtherHalf() throws {
    for layers in [Self.suite, Self.server] {
      XCTAssertEqual(try layers.violations(in: SourceFile.all(under: layers.root)), [])
    }
  }

  func testViolations_areFound() {
    func file(_ path: String, _ text: String) -> SourceFile {
      SourceFile(path: "\(Self.suite.root)/\(path)", text: text)
    }
    let files = [
      file(
        "Run/HTTP/A.swift",
        "package final class Low {\n  struct Inner {}\n}\nlet x: High? = nil"
      ),
      file("Run/MCP/B.swift", "package struct High {\n  let low: Low\n}\nprivate enum Hidden {}"),
      file("Judge/Analysis/C.swift", "actor Judged {}\nlet y = \"\\(High.self)\" // Low"),
      file("Recording/D.swift", "protocol Shared {}\nfunc f(_ low: some Low) {}"),
      file(
        "Judge/Reports/E.swift",
        "func g(_: Judged, _: Shared, _: Inner, _: Hidden, _: Highest) {}"
      ),
      file("Run/Workers/F.swift", "enum Shared {}"),
    ]
    XCTAssertEqual(
      Self.suite.violations(in: files),
      [
        "Run/Workers and Recording declare Shared",
        "\(Self.suite.root)/Run/HTTP/A.swift uses High of Run/MCP",
        "\(Self.suite.root)/Judge/Analysis/C.swift uses High of Run/MCP",
        "\(Self.suite.root)/Recording/D.swift uses Low of Run/HTTP",
        "\(Self.suite.root)/Recording/D.swift uses Shared of Run/Workers",
        "\(Self.suite.root)/Judge/Reports/E.swift uses Shared of Run/Workers",
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
      SourceLayers.identifiers(in: file.code),
      ["let", "a", "f", "b", "g", "c", "1", "2", "d", "e"]
    )
  }
}
