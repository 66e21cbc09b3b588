import EventIO
import Foundation
import Glibc

/// Shows a run's progress on standard error: a view that redraws on a terminal, else a plain line
/// every ten seconds; or on standard output, a line of JSON every second and one at the end.
package struct ProgressDisplay: Sendable {
  private let meter: ProgressMeter
  private let scenario: String
  private let place: String
  private let links: [LinkCondition]
  private let control: RunControl

  /// What lines of JSON are of; nil where people watch.
  private let part: RecordingPart?
  private let isTerminal: Bool
  private let usesColour: Bool

  /// Prepares a display of a scenario's run in a recording, with its place among others in words; a terminal that
  /// calls itself dumb is none, and NO_COLOR is heeded (no-color.org).
  package init(
    _ meter: ProgressMeter,
    of scenario: ScenarioName,
    _ place: String = "",
    in recording: RecordingLayout,
    _ setup: RunSetup,
    _ control: RunControl
  ) {
    (self.meter, self.place, self.control) = (meter, place, control)
    self.scenario = scenario.rawValue
    let (settings, environment) = (setup.settings, setup.environment)
    links = settings.knownLinks
    let own = settings.part ?? RecordingPart(runID: recording.testID, index: 0, of: 1)
    part = settings.progressFormat == .json ? own : nil
    isTerminal = isatty(2) == 1 && environment["TERM"] != "dumb"
    usesColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Shows progress while something is done, and then leaves the screen as it was.
  package func show<Value>(while work: () async throws -> Value) async rethrows -> Value {
    let showing = Task { await show() }
    func end() async {
      showing.cancel()
      await showing.value
    }
    do {
      let value = try await work()
      await end()
      return value
    } catch {
      await end()
      throw error
    }
  }

  /// Tells programs what the scenario came to.
  package func end(_ result: String) {
    if part != nil { writeLine(result) }
  }

  private func show() async {
    let draws = isTerminal && part == nil
    let interval = Duration.seconds(draws || part != nil ? 1 : 10)
    var next = ContinuousClock.now + (draws ? .milliseconds(200) : interval)
    // From instant to instant, for a sleep is a little longer than it was to be.
    while (try? await Task.sleep(until: next, clock: .continuous)) != nil {
      next = max(next + interval, .now)
      guard part == nil else {
        writeLine()
        continue
      }
      let text = ProgressText(
        snapshot: meter.take(),
        scenario: scenario,
        place: place,
        links: links,
        ending: control.isStopping
          ? ["stopping", control.awaitedShown].compactMap(\.self).joined(separator: ", ") : nil
      )
      if draws {
        let (columns, rows) = Output.errors.size
        Output.errors.draw(text.view(columns: columns, rows: rows), isBold: usesColour)
      } else {
        Output.errors.offer(text.line + "\n")
      }
    }
    if draws { Output.errors.draw([]) }
  }

  /// Writes a line of JSON: whole or, where nobody takes it, not at all; the last one waits.
  private func writeLine(_ result: String? = nil) {
    guard let part else { return }
    let line = ProgressLine(
      meter.take(),
      of: part,
      scenario: scenario,
      isStopping: control.isStopping,
      result: result
    )
    let text = String(decoding: line.bytes, as: UTF8.self)
    if result == nil { Output.standard.offer(text) } else { Output.standard.write(text) }
  }
}
