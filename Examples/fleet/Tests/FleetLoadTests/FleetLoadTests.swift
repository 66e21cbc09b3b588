import Foundation
import LoadTesting
import XCTest

/// What the dashboard of a fleet does all day: it looks at disks and asks how many cores a machine has.
final class FleetLoadTests: LoadTestCase {
  override class var workload: Workload? {
    Workload(
      "fleet",
      workers: 4,
      data: ["hosts": .init("hosts.csv")],
      operations: [
        "df": .command(
          "df -P {hosts.path|sh}",
          expect: .init(exitStatus: [0], text: ["Mounted on"])
        ),
        "cores": .command("nproc", expect: .init(exitStatus: [0])),
      ],
      steps: [
        .init(
          "morning",
          warmUp: .seconds(1),
          groups: [
            .init(
              mix: .weighted(["df": 3, "cores": 1]),
              stages: [
                .init("ramp", length: .seconds(2), rate: .init(from: 5, to: 80)),
                .init("plateau", length: .seconds(6), rate: .steady(80), arrivals: .poisson),
              ]
            )
          ]
        )
      ],
      thresholds: [
        .init("p99_ms", 2_000, of: "df", in: "plateau"),
        .init("success_rate", 0.95, in: "plateau"),
      ]
    )
  }

  /// Beside this file, also where the test runs somewhere else.
  override class var dataDirectory: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
  }

  func testDisks_areTellableWithinTheLimit() async throws {
    try await assertVerdict(on: .p99, of: "df", in: "plateau")
  }

  func testPlateau_succeeds() async throws {
    try await assertVerdict(on: .successRate, in: "plateau")
  }

  func testCores_areToldQuickly() async throws {
    try await assert(.p50, of: "cores", atMost: .seconds(2))
  }

  func testPlateau_carriesWhatArrives() async throws {
    try await assert(.throughput, in: "plateau", atLeast: 5)
  }
}
