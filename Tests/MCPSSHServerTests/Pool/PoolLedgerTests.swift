import EventIO
import XCTest

@testable import mcp_ssh_server

final class PoolLedgerTests: XCTestCase {
  private let start = MonotonicInstant(nanoseconds: 0)

  func testLedger_reusesTheNewestIdleConnection_whenTheKeyIsTheSame() {
    var ledger = PoolLedger<String>(limit: 3)
    XCTAssertEqual(ledger.acquire("a"), .create(1, closing: nil))
    XCTAssertEqual(ledger.acquire("a"), .create(2, closing: nil))
    ledger.connected(1)
    ledger.connected(2)
    XCTAssertTrue(ledger.release(1, at: start))
    XCTAssertTrue(ledger.release(2, at: start + .seconds(1)))
    XCTAssertEqual(ledger.acquire("a"), .reuse(2))
    XCTAssertEqual(ledger.acquire("b"), .create(3, closing: nil))
    XCTAssertEqual(ledger.counters, .init(hits: 1, misses: 3, creates: 2))
  }

  func testLedger_makesRoomByClosingTheOldestIdle_whenFull() {
    var ledger = PoolLedger<String>(limit: 2)
    for number in 1...2 {
      _ = ledger.acquire("a")
      ledger.connected(number)
    }
    for number in 1...2 {
      XCTAssertTrue(ledger.release(number, at: start + .seconds(number)))
    }
    XCTAssertEqual(ledger.acquire("b"), .create(3, closing: 1))
    XCTAssertEqual(ledger.counters.expires, 1)
    XCTAssertEqual(ledger.acquire("b"), .create(4, closing: 2))
    XCTAssertEqual(ledger.acquire("b"), .full)
  }

  func testLedger_closesOnRelease_whenTheConnectionWasAskedForAnew() {
    var ledger = PoolLedger<String>(limit: 2)
    _ = ledger.acquire("a")
    ledger.connected(1)
    XCTAssertTrue(ledger.release(1, at: start))
    XCTAssertEqual(ledger.acquire("a", reusing: false), .create(2, closing: nil))
    ledger.connected(2)
    XCTAssertFalse(ledger.release(2, at: start))
    XCTAssertEqual(ledger.count, 1)
  }

  // MARK: Against a model

  /// The rules once more, in the plainest form: lists instead of indices.
  private struct Model {
    struct Connection: Equatable {
      let number: Int
      let key: Int
      let isReusable: Bool
      var phase: Phase
    }

    enum Phase: Equatable {
      case connecting
      case leased
      case idle
    }

    let limit: Int
    var connections: [Connection] = []
    var idleOrder: [Int] = []
    var idleSince: [Int: Int] = [:]
    var counters = PoolLedger<Int>.Counters()
    var latest = 0

    mutating func acquire(_ key: Int, reusing: Bool) -> PoolLedger<Int>.Decision {
      let candidates = idleOrder.filter { number in
        connections.contains { $0.number == number && $0.key == key }
      }
      if reusing, let number = candidates.last {
        counters.hits += 1
        idleOrder.removeAll { $0 == number }
        setPhase(.leased, of: number)
        return .reuse(number)
      }
      var victim: Int?
      if connections.count == limit {
        guard !idleOrder.isEmpty else { return .full }
        victim = idleOrder.removeFirst()
        connections.removeAll { $0.number == victim }
        counters.expires += 1
      }
      counters.misses += 1
      latest += 1
      connections.append(
        Connection(number: latest, key: key, isReusable: reusing, phase: .connecting)
      )
      return .create(latest, closing: victim)
    }

    mutating func expire(since step: Int, _ minimum: Int) -> [Int] {
      var expired: [Int] = []
      for number in idleOrder where idleSince[number, default: 0] <= step {
        let key = connections.first { $0.number == number }?.key
        let left = idleOrder.count { other in
          !expired.contains(other) && connections.contains { $0.number == other && $0.key == key }
        }
        if left > minimum { expired.append(number) }
      }
      for number in expired { remove(number) }
      counters.expires += expired.count
      return expired
    }

    mutating func setPhase(_ phase: Phase, of number: Int) {
      guard let index = connections.firstIndex(where: { $0.number == number }) else { return }
      connections[index].phase = phase
    }

    mutating func remove(_ number: Int) {
      connections.removeAll { $0.number == number }
      idleOrder.removeAll { $0 == number }
    }
  }

  func testLedger_agreesWithAModel_whateverHappens() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = TestRandom(seed: seed)
    for _ in 0..<200 {
      let limit = Int.random(in: 1...5, using: &random)
      var ledger = PoolLedger<Int>(limit: limit)
      var model = Model(limit: limit)
      for step in 0..<200 {
        let now = start + .seconds(step)
        let target = model.connections.randomElement(using: &random)
        switch (Int.random(in: 0..<9, using: &random), target) {
        case (0...2, _):
          let key = Int.random(in: 0..<3, using: &random)
          let reusing = Int.random(in: 0..<4, using: &random) > 0
          let decision = ledger.acquire(key, reusing: reusing)
          XCTAssertEqual(decision, model.acquire(key, reusing: reusing), "seed \(seed)")
        case (3, let target?) where target.phase == .connecting:
          ledger.connected(target.number)
          model.setPhase(.leased, of: target.number)
          model.counters.creates += 1
        case (4, let target?) where target.phase == .connecting:
          ledger.failed(target.number)
          model.remove(target.number)
        case (5, let target?) where target.phase == .leased:
          XCTAssertEqual(ledger.release(target.number, at: now), target.isReusable, "seed \(seed)")
          if target.isReusable {
            model.setPhase(.idle, of: target.number)
            model.idleOrder.append(target.number)
            model.idleSince[target.number] = step
          } else {
            model.remove(target.number)
          }
        case (6, let target?) where target.phase != .connecting:
          ledger.died(target.number)
          model.remove(target.number)
          model.counters.healthFails += 1
        case (7, _):
          let age = Int.random(in: 0..<20, using: &random)
          let minimum = Int.random(in: 0...1, using: &random)
          let instant = start + .seconds(step - age)
          let expired = ledger.expireIdle(since: instant, keeping: minimum)
          XCTAssertEqual(expired, model.expire(since: step - age, minimum), "seed \(seed)")
        case (8, _):
          // What is tried is nobody's meanwhile, and idle again afterwards.
          let due = ledger.beginChecks(unseenSince: now)
          XCTAssertEqual(due.isEmpty, model.idleOrder.isEmpty, "seed \(seed)")
          XCTAssertEqual(ledger.isChecking, !due.isEmpty, "seed \(seed)")
          for number in due { ledger.endCheck(number, at: now) }
        default: continue
        }
        XCTAssertEqual(ledger.count, model.connections.count, "seed \(seed)")
        XCTAssertEqual(ledger.idleCount, model.idleOrder.count, "seed \(seed)")
        XCTAssertEqual(ledger.counters, model.counters, "seed \(seed)")
        XCTAssertLessThanOrEqual(ledger.count, limit, "seed \(seed)")
      }
    }
  }
}
