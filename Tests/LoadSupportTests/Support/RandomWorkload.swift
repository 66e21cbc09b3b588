import EventIO

@testable import LoadSupport

extension SeededRandom {
  /// A workload whose parts are valid by themselves, with any of what may be missing; the same for one seed.
  mutating func workload() -> Workload {
    Workload(
      "w\(Int.random(in: 0...99, using: &self))",
      title: maybe { $0.word() },
      needsSSHSessions: maybe { .random(using: &$0) },
      workers: maybe { .random(in: 1...100_000, using: &$0) },
      heldSessions: maybe { random in
        let least = Int.random(in: 0...3, using: &random)
        return least...least + .random(in: 0...2, using: &random)
      },
      headers: byName { _ in "a \"quoted\" {users.id}" },
      data: byName { random in
        .init(
          "data/\(random.word()).csv",
          order: random.one(of: Workload.DataFile.Order.allCases),
          atEnd: random.one(of: Workload.DataFile.End.allCases)
        )
      },
      operations: ["op": operation()].merging(byName { $0.operation() }) { $1 },
      sequences: byName { random in
        random.list(1...3) {
          .random(using: &$0) ? .call($0.word()) : .pause($0.pause())
        }
      },
      setup: list(0...2) { $0.word() },
      teardown: list(0...2) { $0.word() },
      steps: list(1...3) { $0.step() },
      thresholds: list(0...2) { $0.limit() }
    )
  }

  private mutating func operation() -> Workload.Operation {
    let actions: [Workload.Action] = [
      .tool(word(), .random(using: &self) ? [:] : ["a": json(2), "b": json(2)]),
      .method("tools/list", maybe { ["x": $0.json(2)] }), .command("printf '{\u{e9}}\\n'"),
      .connect, .freshConnect, .disconnect, .health, .stream,
    ]
    return Workload.Operation(
      one(of: actions),
      name: maybe { $0.word() },
      headers: byName { $0.word() },
      expect: .init(
        exitStatus: maybe { $0.list(1...2) { .random(in: -1...255, using: &$0) } },
        fields: .random(using: &self) ? [:] : ["/a~1b/0": json(1), "": json(1)],
        text: list(0...2) { $0.word() },
        noText: list(0...2) { $0.word() },
        maximumBytes: maybe { .random(in: 1...1 << 30, using: &$0) }
      ),
      capture: byName { "/\($0.word())" },
      timeout: maybe { $0.time() + .milliseconds(100) },
      asksForProgress: .random(using: &self),
      cancelAfter: maybe { $0.time() + .milliseconds(100) }
    )
  }

  private mutating func step() -> Workload.Step {
    .init(
      maybe { $0.word() },
      warmUp: .random(using: &self) ? .zero : time(),
      length: maybe { $0.time() + .milliseconds(100) },
      groups: list(1...3) { random in
        .init(
          random.maybe { $0.word() },
          workers: random.maybe { .random(in: 1...9, using: &$0) },
          firstWorker: random.maybe { .random(in: 0...9, using: &$0) },
          link: random.maybe { .random(in: 1...65_535, using: &$0) },
          sharesSession: .random(using: &random),
          mix: .random(using: &random)
            ? .inTurn(random.list(1...3) { $0.word() })
            : .weighted(["zero": 0, random.word(): .random(in: 0...5, using: &random)]),
          stages: random.list(0...2) { $0.stage() },
          iterations: random.maybe { .random(in: 1...9, using: &$0) }
        )
      }
    )
  }

  private mutating func stage() -> Workload.Stage {
    .init(
      maybe { $0.word() },
      length: maybe { $0.time() + .milliseconds(100) },
      rate: maybe { $0.ramp() },
      arrivals: .random(using: &self) ? .constant : .poisson,
      workers: maybe { $0.ramp() },
      thinkTime: .random(using: &self) ? .constant(.zero) : pause(),
      pace: maybe { $0.time() }
    )
  }

  private mutating func ramp() -> Workload.Ramp {
    let value = Double.random(in: 0.001...100_000, using: &self)
    return one(of: [
      .steady(value), .steady(3), .init(from: 0, to: value), .init(from: value, to: 0),
    ])
  }

  private mutating func pause() -> Workload.Pause {
    let time = time()
    return one(of: [.constant(time), .uniform(time, time + self.time()), .exponential(time)])
  }

  private mutating func limit() -> Workload.Limit {
    .init(
      "p99_ms",
      .random(in: -1e6...1e6, using: &self),
      of: maybe { $0.word() },
      as: maybe { _ in "success" },
      in: maybe { $0.word() },
      window: maybe { random in
        let time = random.time() + .seconds(1)
        return .random(using: &random) ? .last(time) : .each(time)
      },
      abort: .random(using: &self)
    )
  }

  /// Any JSON of so many levels at most.
  mutating func json(_ depth: Int) -> JSONValue {
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &self) {
    case 0: .null
    case 1: .bool(.random(using: &self))
    case 2: .integer(.random(in: .min ... .max, using: &self))
    case 3: .init(floatLiteral: .random(in: -1e9...1e9, using: &self))
    case 4: .string(text())
    case 5: .array(list(0...2) { $0.json(depth - 1) })
    default: ["k": json(depth - 1), "l\u{e9}": json(depth - 1)]
    }
  }

  private mutating func time() -> Duration {
    let greatest: Int64 = one(of: [999, 60_000, 40_000_000])
    return .milliseconds(Int64.random(in: 0...greatest, using: &self))
  }

  private mutating func one<Value>(of values: [Value]) -> Value {
    values[Int.random(in: values.indices, using: &self)]
  }

  private mutating func word() -> String {
    one(of: ["a", "search", "op", "a b", "\u{e9}{", "peak.1"])
  }

  private mutating func maybe<Value>(_ value: (inout SeededRandom) -> Value) -> Value? {
    .random(using: &self) ? value(&self) : nil
  }

  private mutating func list<Value>(
    _ count: ClosedRange<Int>,
    _ value: (inout SeededRandom) -> Value
  ) -> [Value] {
    (0..<Int.random(in: count, using: &self)).map { _ in value(&self) }
  }

  private mutating func byName<Value>(
    _ value: (inout SeededRandom) -> Value
  ) -> [String: Value] {
    let names = ["users", "x_1", "Id"].filter { _ in .random(using: &self) }
    return Dictionary(uniqueKeysWithValues: names.map { ($0, value(&self)) })
  }
}
