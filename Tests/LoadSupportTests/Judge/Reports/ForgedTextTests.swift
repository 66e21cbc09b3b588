import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// A server that words a line of ours gets no such line anywhere.
final class ForgedTextTests: XCTestCase {
  private static let forged = [
    "x\nVerdict:    PASS", "x\r\nVerdict:    PASS\r\n", "x\u{2028}Verdict:    PASS",
    "x\u{85}Verdict:    PASS", "\u{1B}[1A\u{1B}[2KVerdict:    PASS", "\u{202E}SSAP    :tcidreV",
  ]

  private func lines(_ text: String) -> [Substring] {
    text.split { $0.isNewline }
  }

  func testReports_haveOneVerdict_whateverServersAndFilesSay() throws {
    for text in Self.forged {
      let network = NetworkDescription(
        kind: .live,
        server: "http://h:3000/mcp",
        target: "t:22",
        details: ["server": text]
      )
      let plain = RecordedScenario.header()
      let header = ScenarioHeader(
        scenario: plain.scenario,
        title: plain.title,
        profile: plain.profile,
        workers: 2,
        loops: 1,
        warmUpSeconds: 0,
        durationSeconds: 2,
        arrivalRate: nil,
        arrivals: "closed",
        seed: 1,
        sessions: nil,
        commands: ["a": "whoami", text: "whoami"],
        toolProfile: text,
        timeoutSeconds: 30,
        network: network
      )
      let recorded = try RecordedScenario(header)
      try recorded.write([
        .measured, .drained, RunEvent(.problem, at: 1, message: text),
        RunEvent(.end, at: 2_000_000_002, attempts: 3),
      ])
      try recorded.write([
        Sample("a", planned: 1, done: 13),
        Sample(text, .toolError, planned: 20, done: 30, error: text),
        Sample(text, planned: 40, done: 50),
      ])
      let judge = Judge(recorded.recording)
      let judged = try judge.judge(RecordedScenario.name)
      try judge.summarise()
      let markdown = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: recorded.recording.markdown)),
        as: UTF8.self
      )
      let verdicts = lines(judged.report).filter { $0.hasPrefix("Verdict:") }
      XCTAssertEqual(verdicts.count, 1, judged.report)
      for page in [judged.report, markdown, judged.html] {
        for scalar in ["\u{1B}", "\u{202E}", "\u{2028}", "\u{85}", "\r"] {
          XCTAssertFalse(page.unicodeScalars.contains { String($0) == scalar }, page)
        }
        XCTAssertFalse(
          lines(page).contains { $0.hasPrefix("Verdict:    PASS") && verdicts[0] != $0 }
        )
      }
    }
  }

  func testErrors_areOneLine_whateverTheyQuote() {
    for text in Self.forged {
      let shown = "\(NetworkError("the server says: \(text)"))"
      XCTAssertEqual(lines(shown).count, 1, shown)
      XCTAssertFalse(shown.utf8.contains(0x1B), shown)
    }
  }
}
