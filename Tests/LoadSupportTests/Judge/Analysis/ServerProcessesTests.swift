import Foundation
import XCTest

@testable import LoadSupport

final class ServerProcessesTests: XCTestCase {
  private func event(_ change: (inout RecordedProcess) -> Void) -> RunEvent {
    var process = RecordedProcess()
    change(&process)
    return RunEvent(.serverProcess, at: 1, process: process)
  }

  func testProcesses_areSummedUp() throws {
    let costs = [10, 30, 20].map {
      RecordedProcess.Cost(processes: 1, residentBytes: $0, descriptors: nil, threads: 2)
    }
    let events =
      costs.map { cost in
        event {
          ($0.cost, $0.end, $0.manner) = (cost, "exit status 0", .closed)
          $0.startNanoseconds = Int64(cost.residentBytes) * 1_000_000
          $0.strayLines = 2
        }
      } + [
        event {
          ($0.end, $0.manner) = ("signal 9", .early)
          $0.note(leftBehind: ["sh", "sleep\u{1B}"])
        }, event { $0.note(leftBehind: ["sleep"]) }, RunEvent(.setup, at: 0),
      ]
    let processes = try XCTUnwrap(ServerProcesses(events))
    XCTAssertEqual(processes.ended, 4)
    XCTAssertEqual(processes.memory, ServerProcesses.Spread([10, 20, 30]))
    XCTAssertEqual(processes.memory?.p50, 20)
    XCTAssertNil(processes.memory?.p99)
    XCTAssertNil(processes.descriptors)
    XCTAssertEqual(processes.start?.max, 30)
    XCTAssertEqual(processes.early, 1)
    XCTAssertEqual(processes.earlyEnds, ["signal 9"])
    XCTAssertEqual(processes.leftBehind, 3)
    XCTAssertEqual(processes.strayLines, 6)
    XCTAssertFalse(processes.leftNames.contains { $0.utf8.contains(0x1B) })
    XCTAssertNil(ServerProcesses([RunEvent(.setup, at: 0)]))
  }

  func testPercentile_isThatOfTheNearestRank() {
    XCTAssertEqual(ServerProcesses.Spread((1...100).map(Double.init))?.p99, 99)
    XCTAssertEqual(ServerProcesses.Spread([4, 2, 3, 1])?.p50, 2)
    XCTAssertNil(ServerProcesses.Spread([]))
  }

  func testEvent_isReadAsItWasWritten() throws {
    let written = event {
      $0.worker = 3
      $0.cost = RecordedProcess.Cost(processes: 1, residentBytes: 2, descriptors: 3, threads: 4)
      ($0.end, $0.manner, $0.startNanoseconds) = ("exit status 0", .killed, 5)
      $0.note(leftBehind: ["sleep"])
    }
    let line = try RecordingJSON.encodeLine(written)
    XCTAssertEqual(try JSONDecoder().decode(RunEvent.self, from: Data(line)), written)
    XCTAssertTrue(written.isPossible)
    XCTAssertFalse(event { $0.leftBehind = -1 }.isPossible)
    XCTAssertFalse(event { $0.startNanoseconds = .max }.isPossible)
  }
}
