import Foundation
import Glibc
import XCTest

@testable import LoadSupport

/// Parts come from other machines: nothing in them may lead anywhere, hang a reader or fill its memory.
final class ForeignPartTests: XCTestCase {
  private func split() throws -> SplitRecording {
    var run = MadeUpRun(workers: 4, seconds: 2, busyWorkers: 4)
    (run.sessionsAsked, run.sessionsGranted, run.sessionsCounted) = (4, 4, 4)
    return try SplitRecording(run.recorded(), into: 2)
  }

  private func assertRefused(
    _ words: String,
    line: UInt = #line,
    when change: (SplitRecording) throws -> Void
  ) throws {
    let split = try split()
    try change(split)
    XCTAssertThrowsError(try split.merged(), line: line) { error in
      XCTAssertTrue("\(error)".contains(words), "\(error)", line: line)
    }
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: split.results), [])
  }

  private func link(_ path: String) throws {
    let aside = path + ".aside"
    try FileManager.default.moveItem(atPath: path, toPath: aside)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: aside)
  }

  func testPart_isNotRead_whenItIsALink() throws {
    try assertRefused("these are missing: 1") { split in
      let part = split.parts[1].directory
      let aside = split.directory.path + "/aside"
      try FileManager.default.moveItem(atPath: part, toPath: aside)
      try FileManager.default.createSymbolicLink(atPath: part, withDestinationPath: aside)
    }
    let split = try split()
    let named = split.directory.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: named, withDestinationPath: split.run)
    XCTAssertThrowsError(try split.merged([named]))
    XCTAssertNoThrow(try split.merged([split.run]))
  }

  func testPart_isRefused_whenAFileOfItIsALink() throws {
    try assertRefused("symbolic links") { try self.link($0.parts[1].runHeader) }
    try assertRefused("symbolic links") { try self.link($0.layout(1).header) }
    try assertRefused("symbolic links") { try self.link($0.layout(1).samples(0)) }
    try assertRefused("symbolic links") { try self.link($0.layout(1).events) }
    try assertRefused("has no recording of") { try self.link($0.layout(1).directory) }
  }

  func testPart_isRefused_whenAFileOfItIsAPipe() throws {
    for place in [\ScenarioLayout.header, \.events, \.generator] {
      try assertRefused("no regular file") { split in
        let path = split.layout(1)[keyPath: place]
        try FileManager.default.removeItem(atPath: path)
        XCTAssertEqual(mkfifo(path, 0o600), 0)
      }
    }
    try assertRefused("cannot be read as a recording's header") { split in
      let path = split.parts[0].runHeader
      try FileManager.default.removeItem(atPath: path)
      XCTAssertEqual(mkfifo(path, 0o600), 0)
    }
  }

  func testPart_isRefused_whenAHeaderIsOfTenGigabytes() throws {
    for file in [
      \SplitRecording.parts[1].runHeader, \.parts[1].sparse.header, \.parts[1].sparse.events,
    ] {
      try assertRefused("File too large") { split in
        XCTAssertEqual(truncate(split[keyPath: file], 10_000_000_000), 0)
      }
    }
  }

  func testPart_isRefused_whenItsPlaceCannotBe() throws {
    for (key, value) in [
      ("of", 1_000_000_000), ("index", -1), ("index", 2), ("of", 0), ("of", Int.max),
    ] {
      try assertRefused("no run can have written") { split in
        try split.edit(split.parts[1].runHeader) { header in
          var part = header["part"] as? [String: Any]
          part?[key] = value
          header["part"] = part
        }
      }
    }
    for name in ["../x", "a/b", ".hidden", "", String(repeating: "a", count: 65), "a\u{0301}"] {
      try assertRefused("no run can have written") { split in
        for part in split.parts {
          try split.edit(part.runHeader) { header in
            var part = header["part"] as? [String: Any]
            part?["run_id"] = name
            header["part"] = part
          }
        }
      }
    }
  }

  func testPart_isRefused_whenItsScenarioLeadsOutOfItsDirectory() throws {
    try assertRefused("a recording lies in a directory of its scenario's name") { split in
      try split.edit(split.layout(1).header) { $0["scenario"] = "../x" }
    }
    for (key, value) in [("workers", 10_000_001), ("workers", -1), ("loops", Int.max)] {
      try assertRefused("no run can have written") { split in
        try split.edit(split.layout(1).header) { $0[key] = value }
      }
    }
    try assertRefused("more workers than a load can have") { split in
      try split.edit(split.layout(0).header) { $0["workers"] = 600_000 }
      try split.edit(split.layout(1).header) { $0["workers"] = 600_000 }
    }
  }

  func testPart_isRefused_whenItHasStepsWithoutEnd() throws {
    try assertRefused("more steps than a load can have") { split in
      let step = RunEvent(.stepEnd, at: 1)
      let events = RecordingJSON.decodeLines(RunEvent.self, at: split.layout(1).events).read
      try SplitRecording.write(
        Array(repeating: step, count: 10_001) + events,
        to: split.layout(1).events
      )
    }
  }

  func testOtherFiles_areLeftBehind() throws {
    let split = try split()
    for name in ["report.html", "w-1.jsonl", "w01.jsonl", "w+0.jsonl", "x.sh", "events.jsonl.bak"] {
      try Data("x".utf8).write(to: URL(fileURLWithPath: split.layout(0).directory + "/" + name))
    }
    let merged = try split.merged()
    let copied = try FileManager.default.contentsOfDirectory(
      atPath: merged.part(0).scenario(split.name).directory
    )
    XCTAssertEqual(
      copied.sorted(),
      [
        "events.jsonl", "generator.jsonl", "scenario.json", "server_metrics.jsonl", "w0.jsonl",
        "w1.jsonl",
      ]
    )
  }

  /// What was merged may come from elsewhere too.
  func testMergedRecording_isRefused_whenItsPartsAreOthers() throws {
    let split = try split()
    let merged = try split.merged()
    try split.edit(merged.runHeader) { header in
      header["merged"] = ["run_id": "day", "of": 2, "present": [0, 1]]
    }
    XCTAssertThrowsError(try Judge(merged).evaluate(split.name)) { error in
      XCTAssertTrue("\(error)".contains("other parts than"), "\(error)")
    }
    try split.edit(merged.runHeader) { header in
      header["merged"] = ["run_id": "night", "of": 2, "present": [1, 0]]
    }
    XCTAssertThrowsError(try Judge(merged).evaluate(split.name))
  }
}

extension RecordingLayout {
  /// The scenario that is split here.
  fileprivate var sparse: ScenarioLayout { scenario(RecordedScenario.name) }
}
