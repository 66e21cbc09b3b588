import EventIO
import Foundation
import Glibc

/// Shows a run's progress on standard error: a view that redraws on a terminal, else a plain line
/// every ten seconds.
package struct ProgressDisplay: Sendable {
  private let meter: ProgressMeter
  private let scenario: String
  private let isTerminal: Bool
  private let usesColour: Bool

  /// Prepares a display; a terminal that calls itself dumb is none, and NO_COLOR is heeded
  /// (no-color.org).
  package init(_ meter: ProgressMeter, scenario: String, environment: [String: String]) {
    self.meter = meter
    self.scenario = scenario
    isTerminal = isatty(2) == 1 && environment["TERM"] != "dumb"
    usesColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Shows progress until the task is cancelled, and then leaves the screen as it was.
  package func show() async {
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
