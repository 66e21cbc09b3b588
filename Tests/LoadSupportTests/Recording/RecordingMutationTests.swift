import Foundation
import Glibc
import XCTest

@testable import LoadSupport

/// Recordings are cut by crashes, damaged by disks and edited by people: whatever is in one, it is
/// judged or refused, soon.
final class RecordingMutationTests: LongTestCase {
  private static let numbers = [
    "0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "1e308",
    "-1e308", "1e400", "NaN", "null", "1.5", "4611686018427387904", "1000000000000000", "999999",
    "\"x\"", "true", "[]", "0.0000001", "100000000000000000000000000000",
  ]

  /// A small recording of a scenario, with each kind of line and of outcome.
  private func recording(of name: ScenarioName) throws -> RecordedScenario {
    let recorded = try RecordedScenario(
      RecordedScenario.header(
        name,
        workers: 3,
        arrivalRate: name == .commandThroughput ? 40 : nil,
        seconds: 3,
        sessions: 3,
        operations: ["whoami", "ssh_connect", "hostname"],
        limits: ServerLimits(pool: 10, requestsPerWindow: 100),
        serverCores: 2,
        links: name == .latencyTest ? LinkCondition.all : nil
      )
    )
    let steps: [String?] =
      switch name {
      case .commandThroughput, .sustainedLoad: [nil]
      case .connectionRate: ["workers=1", "workers=2"]
      default: ["a", "b", "pool", "link 2322"]
      }
    let length = 3_000.0 / Double(steps.count)
    var events = [RunEvent(.setup, at: 0), RunEvent(.remark, at: 1, message: "a remark")]
    for (index, step) in steps.enumerated() {
      let start = 500 + Double(index) * length
      events.append(
        RunEvent(
          .measure,
          at: Int64(start * 1e6),
          until: Int64((start + length) * 1e6),
          step: step,
          workers: 3,
          thinkTime: 0
        )
      )
      events.append(RunEvent(.stepEnd, at: Int64((start + length) * 1e6)))
    }
    events += [
      RunEvent(.drain, at: 3_600_000_000), RunEvent(.end, at: 3_700_000_000, attempts: 360),
    ]
    try recorded.write(events)
    try writeSamples(recorded, steps)
    try writeMetrics(recorded)
    return recorded
  }

  private func writeSamples(_ recorded: RecordedScenario, _ steps: [String?]) throws {
    for worker in 0..<3 {
      let samples = (0..<120).map { index in
        let planned = 500 + Double(index) * 25
        let outcome = index.isMultiple(of: 9) ? Outcome.allCases[index / 9 % 11] : .success
        var sample = Sample(
          ["whoami", "ssh_connect", "hostname"][index % 3],
          outcome,
          planned: planned,
          done: planned + 3 + Double(index % 7),
          sent: planned + 0.1,
          phase: index < 5 ? .setup : .measure,
          error: outcome == .success ? nil : "maximum connections (10) reached",
          step: steps[min(index * steps.count / 120, steps.count - 1)],
          worker: worker
        )
        if index.isMultiple(of: 8) { sample.attempt.connecting = 40_000 }
        return sample
      }
      try recorded.write(samples, worker: worker)
    }
  }

  private func writeMetrics(_ recorded: RecordedScenario) throws {
    try recorded.write(
      (0..<8).map { index in
        ServerMetricsLine(
          [.before, .loadStart, .tick, .tick, .tick, .tick, .loadEnd, .after][index],
          at: Double(index) * 520,
          """
          process_resident_memory_bytes \(1_000_000 + index * 1_000)
          process_cpu_seconds_total \(index)
          mcp_ssh_sessions_active \(index == 0 ? 0 : 3)
          mcp_pool_connections_active 3
          mcp_ssh_commands_total{host="h"} \(index * 60)

          """,
          cpuSeconds: Double(index)
        )
      }
    )
    let lines = (0..<5).map { index in
      GeneratorLine(
        at: Int64(index) * 1_000_000_000,
        loop: 0,
        cpuSeconds: Double(index) * 0.1,
        lateMilliseconds: 1,
        stealSeconds: 0
      )
    }
    try recorded.write(
      lines.flatMap { try RecordingJSON.encodeLine($0) },
      to: recorded.layout.generator
    )
  }

  /// Damages a file in one of many ways; nil removes it.
  private func damage(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8]? {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    let line = Int.random(in: lines.indices, using: &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return nil
    case 1: lines.remove(at: line)
    case 2: lines.insert(lines[line], at: Int.random(in: lines.indices, using: &random))
    case 3: lines.swapAt(line, Int.random(in: lines.indices, using: &random))
    case 4:
      var bytes = bytes
      for _ in 0..<4 where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] ^=
          1
          << UInt8.random(
            in: 0..<8,
            using: &random
          )
      }
      return bytes
    case 5: return Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
    default:
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: lines.indices, using: &random)
        lines[place] = numberReplaced(lines[place], &random)
      }
    }
    return Array(lines.joined(separator: [0x0A]))
  }

  private func numberReplaced(_ line: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E }
    let starts = line.indices.filter { index in
      isDigit(line[index]) && index > 0 && (line[index - 1] == 0x3A || line[index - 1] == 0x20)
    }
    guard let start = starts.randomElement(using: &random),
      let number = Self.numbers.randomElement(using: &random)
    else { return line }
    let end = line[start...].firstIndex { !isDigit($0) } ?? line.endIndex
    return Array(line[..<start]) + Array(number.utf8) + Array(line[end...])
  }

  func testRecording_isJudgedOrRefused_howeverItIsDamaged() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["RECORDING_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    let rounds = environment["RECORDING_ROUNDS"].flatMap { Int($0) } ?? 60
    // A trap ends the process: what led to it must be known before.
    FileHandle.standardError.write(Data("RECORDING_SEED=\(seed)\n".utf8))
    var random = SeededRandom(seed: seed)
    for name in ScenarioName.allCases {
      let recorded = try recording(of: name)
      let files =
        [recorded.recording.runHeader, recorded.layout.header, recorded.layout.events]
        + [recorded.layout.serverMetrics, recorded.layout.generator]
        + (0..<3).map(recorded.layout.samples)
      let sound = try files.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0))) }
      XCTAssertNoThrow(try Judge(recorded.recording).evaluate(name.rawValue))
      for round in 0..<rounds {
        let what = "\(name.rawValue), seed \(seed), round \(round)"
        for (file, bytes) in zip(files, sound) {
          guard Int.random(in: 0..<3, using: &random) == 0 else {
            try recorded.write(bytes, to: file)
            continue
          }
          if let damaged = damage(bytes, &random) {
            try recorded.write(damaged, to: file)
          } else {
            unlink(file)
          }
        }
        let start = ContinuousClock.now
        do {
          let judged = try Judge(recorded.recording).evaluate(name.rawValue)
          _ = try RecordingJSON.encodeFile(judged.summary)
        } catch let error as RecordingFormatError {
          XCTAssertFalse(error.description.contains("Error Domain"), error.description)
        } catch {
          XCTFail("\(what): \(error)")
        }
        // An honest one takes a hundredth of a second.
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(30), what)
      }
    }
  }

  func testNumbers_thatNoRunHas_areLeftOutOrRefused() throws {
    let recorded = try recording(of: .commandThroughput)
    let edits = [
      (recorded.layout.events, #""attempts":360"#, #""attempts":-9223372036854775808"#),
      (recorded.layout.events, #""attempts":360"#, #""attempts":9223372036854775807"#),
      (recorded.layout.samples(0), #""worker":0"#, #""worker":9000000000"#),
      (recorded.layout.samples(0), #""worker":0"#, #""worker":-1"#),
      (recorded.layout.serverMetrics, #"active":3"#, #"active":-9223372036854774784"#),
      (recorded.layout.header, #""workers" : 3"#, #""workers" : 9223372036854775807"#),
      (recorded.layout.header, #""pool" : 10"#, #""pool" : -1"#),
      (recorded.recording.runHeader, #""cores" : "#, #""cores" : -"#),
    ]
    for (path, part, other) in edits {
      let sound = try String(contentsOfFile: path, encoding: .utf8)
      XCTAssertTrue(sound.contains(part), sound)
      try recorded.write(sound.replacing(part, with: other).utf8, to: path)
      XCTAssertNoThrow(
        try {
          do {
            _ = try Judge(recorded.recording).evaluate(RecordedScenario.name)
          } catch is RecordingFormatError {
          }
        }(),
        other
      )
      try recorded.write(sound.utf8, to: path)
    }
  }
}
