import EventIO
import Foundation
import Glibc

/// Shows a run's progress on standard error: a view that redraws on a terminal, else a plain line
/// every ten seconds; or on standard output, a line of JSON every second.
package struct ProgressDisplay: Sendable {
  private let meter: ProgressMeter
  private let scenario: String

  /// What lines of JSON are of; nil where people watch.
  private let part: RecordingPart?
  private let isTerminal: Bool
  private let usesColour: Bool

  /// Prepares a display of a scenario's run in a recording; a terminal that calls itself dumb is none, and NO_COLOR
  /// is heeded (no-color.org).
  package init(
    _ meter: ProgressMeter,
    scenario: String,
    in recording: RecordingLayout,
    _ settings: RunSettings,
    environment: [String: String]
  ) {
    self.meter = meter
    self.scenario = scenario
    let own = settings.part ?? RecordingPart(runID: recording.testID, index: 0, of: 1)
    part = settings.progressFormat == .json ? own : nil
    isTerminal = isatty(2) == 1 && environment["TERM"] != "dumb"
    usesColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Shows progress until the task is cancelled, and then leaves the screen as it was.
  package func show() async {
    if let part { return await write(of: part) }
    var drawn = 0
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: isTerminal ? .milliseconds(500) : .seconds(10))
      } catch {
        break
      }
      let text = ProgressText(meter.take(), scenario: scenario)
      guard isTerminal else {
        write(text.line + "\n")
        continue
      }
      var lines = text.view(width: Self.columns - 1)
      if usesColour, !lines.isEmpty { lines[0] = "\u{1B}[1m\(lines[0])\u{1B}[0m" }
      write(Self.erase(drawn) + lines.map { $0 + "\n" }.joined())
      drawn = lines.count
    }
    if isTerminal { write(Self.erase(drawn)) }
  }

  /// Writes a line of JSON a second, whole or, where nobody takes it, not at all.
  private func write(of part: RecordingPart) async {
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      let line = ProgressLine(meter.take(), of: part, scenario: scenario)
      // Plain numbers and texts are encoded without failure.
      guard let bytes = try? RecordingJSON.encodeLine(line) else { return }
      Output.standard.offer(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Moves up over so many lines and erases them.
  private static func erase(_ lines: Int) -> String {
    lines == 0 ? "" : "\u{1B}[\(lines)A\u{1B}[J"
  }

  private static var columns: Int {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private func write(_ text: String) {
    Output.errors.offer(text)
  }
}
