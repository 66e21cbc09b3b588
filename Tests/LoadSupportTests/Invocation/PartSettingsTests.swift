import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class PartSettingsTests: XCTestCase {
  private let server = ["LOADTEST_MCP_URL": "http://h/mcp"]

  private func part(
    _ environment: [String: String],
    of scenarios: [ScenarioName] = [.commandThroughput]
  ) throws -> RunSettings {
    let environment = server.merging(environment) { $1 }
    var settings = try RunSettings(environment: environment)
    try settings.takePart(in: scenarios, environment)
    return settings
  }

  private func assertRefused(
    _ environment: [String: String],
    of scenarios: [ScenarioName] = [.commandThroughput],
    _ words: String...,
    line: UInt = #line
  ) {
    XCTAssertThrowsError(try part(environment, of: scenarios), line: line) { error in
      XCTAssertTrue(error is SettingError, "\(error)", line: line)
      for word in words { XCTAssertTrue("\(error)".contains(word), "\(error)", line: line) }
    }
  }

  private let night = ["LOADTEST_RUN_ID": "night"]

  func testPart_isNamedByOptionsOrByTheEngine() throws {
    let cases: [([String: String], index: Int, of: Int)] = [
      (["LOADTEST_INDEX": "2", "LOADTEST_OF": "3"], 2, 3),
      (["JOB_COMPLETION_INDEX": "1", "LOADTEST_OF": "3"], 1, 3),
      (["SLURM_PROCID": "3", "SLURM_NTASKS": "4"], 3, 4),
      (["SLURM_PROCID": "3", "SLURM_NTASKS": "4", "LOADTEST_OF": "5"], 3, 5),
      (["SLURM_PROCID": "0", "LOADTEST_INDEX": "2", "LOADTEST_OF": "3"], 2, 3),
      (["SLURM_PROCID": "3", "JOB_COMPLETION_INDEX": "1", "LOADTEST_OF": "4"], 1, 4),
    ]
    for (environment, index, count) in cases {
      let settings = try part(environment.merging(night) { $1 })
      let part = try XCTUnwrap(settings.part)
      XCTAssertEqual(part.runID, "night")
      XCTAssertEqual([part.index, part.of], [index, count], "\(environment)")
      XCTAssertEqual(part.attempt?.utf8.count, 16)
      XCTAssertEqual(settings.share, LoadShare(index: index, count: count))
      XCTAssertEqual(settings.startPoint, .file("results/night/start"))
    }
  }

  func testRun_isNoPart_whenNoRunIDSaysSo() throws {
    let engine = ["JOB_COMPLETION_INDEX": "x", "SLURM_PROCID": "3", "SLURM_NTASKS": "4"]
    let settings = try part(engine)
    XCTAssertNil(settings.part)
    XCTAssertNil(settings.startPoint)
    XCTAssertEqual(settings.share, .whole)
    for (name, value) in [("INDEX", "0"), ("OF", "2"), ("START_AT", "f")] {
      assertRefused(["LOADTEST_\(name)": value], "LOADTEST_\(name)", "left out without --run-id")
    }
  }

  func testPart_isRefused_whenItsPlaceIsMissingOrCannotBe() {
    let cases: [([String: String], [String])] = [
      ([:], ["--index", "JOB_COMPLETION_INDEX or SLURM_PROCID"]),
      (["LOADTEST_INDEX": "0"], ["--of", "SLURM_NTASKS"]),
      (["LOADTEST_INDEX": "0", "SLURM_NTASKS": "4"], ["--of"]),
      (["JOB_COMPLETION_INDEX": "0", "SLURM_PROCID": "0", "SLURM_NTASKS": "4"], ["--of"]),
      (["LOADTEST_INDEX": "3", "LOADTEST_OF": "3"], ["--index", "less than the 3 parts"]),
      (["LOADTEST_INDEX": "0", "LOADTEST_OF": "1001"], ["LOADTEST_OF", "1 to 1000"]),
      (["LOADTEST_INDEX": "-1", "LOADTEST_OF": "2"], ["LOADTEST_INDEX", "0 to 999"]),
      (["JOB_COMPLETION_INDEX": "-1", "LOADTEST_OF": "2"], ["JOB_COMPLETION_INDEX=\"-1\""]),
      (["SLURM_PROCID": "0", "SLURM_NTASKS": "0"], ["--index", "less than the 0 parts"]),
      (["LOADTEST_RUN_ID": "../x"], ["LOADTEST_RUN_ID=\"../x\"", "1 to 64 letters"]),
      (["LOADTEST_RUN_ID": ".x"], ["begin with no '.'"]),
    ]
    for (environment, words) in cases {
      let environment = night.merging(environment) { $1 }
      XCTAssertThrowsError(try part(environment), "\(environment)") { error in
        for word in words { XCTAssertTrue("\(error)".contains(word), "\(error)") }
      }
    }
  }

  private func parts(_ count: Int, _ more: [String: String] = [:]) -> [String: String] {
    night.merging(["LOADTEST_INDEX": "0", "LOADTEST_OF": "\(count)"]) { $1 }.merging(more) { $1 }
  }

  func testParts_needAServerThatAllReach() throws {
    for environment in [[:], ["LOADTEST_SERVER_STDIO": "cat"]] as [[String: String]] {
      let environment = parts(2, environment)
      var settings = try RunSettings(environment: environment)
      XCTAssertThrowsError(try settings.takePart(in: [.commandThroughput], environment)) { error in
        XCTAssertTrue("\(error)".contains("--mcp-url or --mcp-host"), "\(error)")
      }
      // One part is an ordinary run.
      var alone = try RunSettings(environment: parts(1))
      try alone.takePart(in: [.exhaustionTest], parts(1))
      XCTAssertEqual(alone.share, .whole)
      XCTAssertNil(alone.startPoint)
    }
  }

  func testScenarios_areRefused_thatPartsCannotMakeTogether() throws {
    let whole: [ScenarioName] = [
      .exhaustionTest, .restartRecovery, .sessionChurn, .overlappingCalls, .heldStreams, .longCalls,
    ]
    for name in ScenarioName.allCases {
      if whole.contains(name) {
        assertRefused(parts(2), of: [.commandThroughput, name], "--of", "1 for \(name.rawValue): ")
      } else {
        let more = name == .latencyTest ? ["LOADTEST_LINKS": "2322"] : [:]
        XCTAssertEqual(try part(parts(2, more), of: [name]).share.count, 2, name.rawValue)
      }
    }
    let operations = ["a": Workload.Operation.tool("t")]
    func own(_ shares: Bool) -> ScenarioName {
      let group = Workload.Group(workers: 4, sharesSession: shares, mix: .inTurn(["a"]))
      let step = Workload.Step(length: .seconds(1), groups: [group])
      let workload = Workload("own", operations: operations, steps: [step])
      return ScenarioName(WorkloadFile(workload, directory: "."))
    }
    XCTAssertEqual(try part(parts(4), of: [own(false)]).share.count, 4)
    assertRefused(parts(4), of: [own(true)], "shares_session")
    assertRefused(parts(5), of: [own(false)], "at most the number of workers of own, which are 4")
  }

  func testParts_areAtMostAsManyAsWorkers() throws {
    assertRefused(parts(11), "at most the number of workers of command_throughput, which are 10")
    XCTAssertEqual(try part(parts(11, ["LOADTEST_WORKERS": "11"])).share.count, 11)
    assertRefused(parts(3, ["LOADTEST_WORKERS": "2"]), of: [.connectionRate], "which are 2")
  }

  func testStart_isOneInstantOfOneLoad_orAFile() throws {
    func instant(in seconds: Double) -> [String: String] {
      let date = Date(timeIntervalSinceNow: seconds)
      return parts(2, ["LOADTEST_START_AT": ISO8601DateFormatter().string(from: date)])
    }
    guard case .instant = try part(instant(in: 600)).startPoint else {
      return XCTFail("no instant")
    }
    let two: [ScenarioName] = [.commandThroughput, .sustainedLoad]
    assertRefused(instant(in: 600), of: two, "--start-at", "a file where several scenarios are run")
    assertRefused(instant(in: -2), "--start-at", "within the next day")
    assertRefused(instant(in: 86_500), "--start-at", "within the next day")
    assertRefused(
      parts(2, ["LOADTEST_START_AT": "2026-13-01T00:00:00Z"]),
      "LOADTEST_START_AT",
      "in UTC"
    )
    let file = try part(parts(2, ["LOADTEST_START_AT": "/shared/begin"]), of: two)
    XCTAssertEqual(file.startPoint, .file("/shared/begin"))
  }

  func testDirectory_isOfTheRunAndThePart() throws {
    let directory = try TemporaryDirectory()
    var settings = try part(parts(2, ["LOADTEST_RESULTS_DIR": directory.path]))
    let date = Date()
    let first = try TestID.makeDirectory(for: settings, at: date)
    XCTAssertTrue(first.directory.hasPrefix("\(directory.path)/night/part0_2"), first.directory)
    XCTAssertEqual(try TestID.makeDirectory(for: settings, at: date).testID, first.testID + "_2")
    let header = try RunHeader.begun(in: first, part: settings.part)
    XCTAssertEqual(header.part, settings.part)
    XCTAssertEqual(try RunHeader(of: first).part, settings.part)
    settings.part = nil
    let own = try TestID.makeDirectory(for: settings, at: date)
    XCTAssertTrue(own.directory.hasPrefix("\(directory.path)/loadtest_"), own.directory)
  }
}
