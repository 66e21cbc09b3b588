import Foundation

/// A scenario's recording, read and put together: the basis of verdicts and reports.
package struct RecordingAnalysis: Sendable {
  /// The header of the invocation.
  package let run: RunHeader

  /// What the scenario was asked to do.
  package let scenario: ScenarioHeader

  /// The counts and histograms of its samples.
  package let aggregate: Aggregate

  /// What the server's metrics said.
  package let metrics: ServerMetrics

  /// Attempts that the generator counted by itself; nil if the recording breaks off before.
  package let attemptsMade: Int?

  /// What a reader must know before any figure, each in a sentence; empty if all went well.
  package let problems: [String]

  /// Reads a scenario of an invocation.
  ///
  /// - Throws: when a header is missing, damaged or of a newer format.
  package init(_ layout: ScenarioLayout, of recording: RecordingLayout) throws {
    run = try Self.header(RunHeader.self, recording.runHeader)
    guard run.format <= RunHeader.currentFormat else {
      throw RecordingFormatError(
        "\(recording.directory) is a recording of format \(run.format); this program reads up to "
          + "\(RunHeader.currentFormat): use the newer program that wrote it"
      )
    }
    scenario = try Self.header(ScenarioHeader.self, layout.header)
    let events = RecordingJSON.decodeLines(RunEvent.self, at: layout.events)
    let files = try layout.sampleFiles()
    aggregate = try Aggregate(
      files: files,
      events: events,
      workload: Set(scenario.commands.keys)
    )
    metrics = ServerMetrics(
      RecordingJSON.decodeLines(ServerMetricsLine.self, at: layout.serverMetrics)
    )
    attemptsMade = events.last { $0.event == .end }?.attempts
    problems = Self.findProblems(aggregate, events: events)
  }

  private static func header<Header: Decodable>(
    _ type: Header.Type,
    _ path: String
  ) throws -> Header {
    do {
      return try RecordingJSON.decodeFile(type, at: path)
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      throw RecordingFormatError("\(path) is missing: this is not the directory of a recording")
    } catch {
      throw RecordingFormatError("\(path) cannot be read as a recording's header: \(error)")
    }
  }

  private static func findProblems(_ aggregate: Aggregate, events: [RunEvent]) -> [String] {
    var problems = events.filter { $0.event == .problem }.compactMap(\.message)
    let seconds = String(format: "%.1f", aggregate.window.seconds)
    switch aggregate.window.ending {
    case .complete: break
    case .stopped:
      let reason = events.last { $0.event == .stopped }?.message ?? "somebody asked for it"
      problems.append("interrupted after \(seconds) s of the measured window: \(reason)")
    case .brokenOff:
      problems.append("the recording breaks off after \(seconds) s of the measured window")
    case .neverBegan:
      problems.append("the load never began")
    }
    let succeeded = aggregate.requests[.success] ?? 0
    let all = aggregate.requests.values.reduce(0, +)
    if all > 0, succeeded == 0 {
      problems.append("none of the \(all) requests succeeded; \(firstFailure(aggregate, nil))")
    } else if succeeded > 0 {
      for operation in aggregate.operations
      where aggregate.latency(of: operation).count == 0 {
        problems.append(
          "\(operation) never succeeded while others did; \(firstFailure(aggregate, operation))"
        )
      }
    }
    if aggregate.unreadableLines > 0 {
      problems.append("\(aggregate.unreadableLines) lines of the recording could not be read")
    }
    return problems
  }

  private static func firstFailure(_ aggregate: Aggregate, _ operation: String?) -> String {
    let failures = aggregate.failures.filter {
      operation == nil
        ? aggregate.operations.contains($0.key.operation)
        : $0.key.operation == operation
    }
    guard let most = failures.max(by: { $0.value.count < $1.value.count }) else {
      return "no reason was recorded"
    }
    return "most often \(most.key.outcome.rawValue): \(most.value.example)"
  }
}

/// A directory that is no recording, or one that this program cannot read.
package struct RecordingFormatError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  /// Makes an error of a sentence.
  package init(_ description: String) {
    self.description = description
  }
}
