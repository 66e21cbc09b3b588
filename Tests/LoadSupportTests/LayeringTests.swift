import Foundation
import XCTest

@testable import LoadSupport

/// The folders of the programs are layers: a file knows only the shared ones and lower ones of its own
/// half.
final class LayeringTests: XCTestCase {
  private static let suite: SourceLayers = {
    let shared = ["Statistics", "Recording"]
    // Lowest first; it writes recordings.
    let running = ["HTTP", "MCP", "Workload", "Workers", "Coordination", "Network", "Scenarios"]
    // Lowest first; it reads recordings.
    let judging = ["Aggregation", "Analysis", "Thresholds", "Reporting"]
    // Where the halves meet, for the test cases and the command line.
    let joint = "Runs"
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
      file("HTTP/A.swift", "package final class Low {\n  struct Inner {}\n}\nlet x: High? = nil"),
      file("MCP/B.swift", "package struct High {\n  let low: Low\n}\nprivate enum Hidden {}"),
      file("Analysis/C.swift", "actor Judged {}\nlet y = \"\\(High.self)\" // Low"),
      file("Recording/D.swift", "protocol Shared {}\nfunc f(_ low: some Low) {}"),
      file("Reporting/E.swift", "func g(_: Judged, _: Shared, _: Inner, _: Hidden, _: Highest) {}"),
      file("Workers/F.swift", "enum Shared {}"),
    ]
    XCTAssertEqual(
      Self.suite.violations(in: files),
      [
        "Workers and Recording declare Shared",
        "\(Self.suite.root)/HTTP/A.swift uses High of MCP",
        "\(Self.suite.root)/Analysis/C.swift uses High of MCP",
        "\(Self.suite.root)/Recording/D.swift uses Low of HTTP",
        "\(Self.suite.root)/Recording/D.swift uses Shared of Workers",
        "\(Self.suite.root)/Reporting/E.swift uses Shared of Workers",
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
