import EventIO
import XCTest

@testable import LoadSupport

final class WorkloadValidationTests: XCTestCase {
  private static let valid = Workload(
    "shop",
    operations: ["search": .tool("search"), "pay": .tool("pay")],
    sequences: ["buy": [.call("search"), .pause(.constant(.seconds(1))), .call("pay")]],
    setup: ["search"],
    steps: [
      .init(
        "peak",
        groups: [
          .init(
            "a",
            workers: 4,
            mix: .inTurn(["buy"]),
            stages: [.init(length: .seconds(20), rate: .init(from: 0, to: 10))]
          ),
          .init(
            "b",
            mix: .weighted(["pay": 1, "search": 2]),
            stages: [
              .init("up", length: .seconds(10), workers: .init(from: 0, to: 3)),
              .init(length: .seconds(10), workers: .steady(3)),
            ]
          ),
        ]
      ),
      .init(length: .seconds(5), groups: [.init(mix: .inTurn(["search"]))]),
    ],
    thresholds: [.init("p99_ms", 200, of: "pay", in: "up")]
  )

  private func problems(_ change: (inout Workload) -> Void) -> [String] {
    var workload = Self.valid
    change(&workload)
    do throws(WorkloadError) {
      try workload.validate()
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  func testWorkload_isValid() { XCTAssertEqual(problems { _ in }, []) }

  func testNames_areRefused_whenNothingHasThem() {
    XCTAssertEqual(
      problems {
        $0.sequences["pay"] = [.pause(.constant(.zero)), .call("serach")]
        $0.sequences["idle"] = [.pause(.constant(.zero))]
        $0.setup = ["buy"]
        $0.steps[0].groups[0].mix = .inTurn(["buy", "sell"])
        $0.steps[1].groups[0].mix = .weighted(["sell": 1])
        $0.thresholds = [
          .init("p99_ms", 1, of: "buy", in: "peak b")
        ]
      },
      [
        "sequences.idle: it must have an operation, not only pauses",
        "sequences.pay: an operation has this name; give the sequence another",
        "sequences.pay[1]: there is no operation \"serach\"; did you mean search?; there are pay, search",
        "setup[0]: there is no operation \"buy\"; did you mean pay?; there are pay, search",
        "steps[0].groups[0].mix[1]: there is no operation or sequence \"sell\"; there are buy, idle, "
          + "pay, search",
        "steps[1].mix.sell: there is no operation or sequence \"sell\"; there are buy, idle, pay, "
          + "search",
        "thresholds[0].of: there is no operation \"buy\"; did you mean pay?; there are pay, search",
        "thresholds[0].step: there is no stage \"peak b\"; did you mean peak a?; there are peak a, up, peak b stage 2, step 2",
      ]
    )
  }

  func testLimits_areRefused_whenTwoAreOnTheSameFigureOfOnePart() {
    XCTAssertEqual(
      problems {
        $0.thresholds = [
          .init("p99_ms", 1), .init("p99_ms", 1, of: "pay"), .init("p95_ms", 1),
          .init("p99_ms", 2, abort: true), .init("p99_ms", 3, of: "pay"),
        ]
      },
      [
        "thresholds[3]: thresholds[0] limits the same figure of the same part; keep one of them",
        "thresholds[4]: thresholds[1] limits the same figure of the same part; keep one of them",
      ]
    )
  }

  func testLengths_areRefused_whenTheyContradictEachOther() {
    assertProblems([
      (
        "steps[1]: length is missing: a step has one, or all its stages have",
        { $0.steps[1].length = nil }
      ),
      (
        "steps[0].groups[1].stages[0]: length is missing: of several stages each has one",
        { $0.steps[0].groups[1].stages[0].length = nil }
      ),
      (
        "steps[0].length: 30s is not the length of its stages, 20s: leave it out, or make them the same",
        { $0.steps[0].length = .seconds(30) }
      ),
      (
        "steps[0]: it is longer than a day",
        { $0.steps[0].groups[1].stages[1].length = .seconds(86_400) }
      ),
      ("", { $0.steps[0].length = .seconds(20) }),
      ("", { $0.steps[0].groups[0].stages[0].length = .seconds(5) }),
    ])
  }

  func testWorkers_areRefused_whenGroupsContradictEachOther() {
    assertProblems([
      (
        "steps[0].groups[1]: it shares workers with group 1 (0 to 3 and 2 to 4): give each workers of its own",
        { $0.steps[0].groups[1].firstWorker = 2 }
      ),
      (
        "steps[0].groups[1]: it takes workers 4 to 6 (from 0), but the workload has 5: raise workers",
        { $0.workers = 5 }
      ),
      (
        "steps[0].groups[1]: no worker is left for it: there are 4, and groups before it take them",
        {
          $0.steps[0].groups[1].stages = [.init(rate: .steady(1))]
          $0.thresholds = []
        }
      ),
      (
        "steps[0].groups[1].stages[1].workers: it asks for more busy workers than the group has, 3",
        {
          $0.steps[0].groups[1].workers = 3
          $0.steps[0].groups[1].stages[1].workers = .init(from: 3, to: 3.5)
        }
      ),
    ])
  }

  func testKeys_areRefused_whenTheyContradictEachOther() {
    assertProblems([
      (
        "steps[1].mix: all weights are 0: one must be more",
        { $0.steps[1].groups[0].mix = .weighted(["pay": 0]) }
      ),
      (
        "steps[0].groups[0].stages[0].pace: it is of a closed loop, but rate is of an open one: leave out "
          + "one of them", { $0.steps[0].groups[0].stages[0].pace = .seconds(1) }
      ),
      (
        "steps[0].groups[0].iterations: it is of a closed loop, but rate is of an open one: leave out one "
          + "of them", { $0.steps[0].groups[0].iterations = 3 }
      ),
      (
        "steps[1].think_time: it is of a closed loop, but rate is of an open one: leave out one of them",
        {
          $0.steps[1].groups[0].stages = [
            .init(rate: .steady(1), thinkTime: .exponential(.seconds(1)))
          ]
        }
      ),
      (
        "steps[1].arrivals: it goes with rate, which is missing",
        { $0.steps[1].groups[0].stages = [.init(arrivals: .poisson)] }
      ),
      (
        "steps[1].link: its workers have another link in a step before, and a worker keeps to one: give "
          + "it others by first_worker", { $0.steps[1].groups[0].link = 2222 }
      ),
      (
        "steps[1].shares_session: some of its workers share another session in a step before, and a worker "
          + "keeps to one: let both groups begin with the same worker",
        {
          $0.steps[0].groups[0].sharesSession = true
          $0.steps[1].groups[0].sharesSession = true
          $0.steps[1].groups[0].firstWorker = 1
        }
      ),
    ])
  }

  func testHeadersAndStages_areRefused_whenTheyTakeWhatIsAnothers() {
    assertProblems([
      (
        "operations.pay.headers.X-Api-Key: a workload holds no credential: take it from a data file by a "
          + "placeholder such as {users.token}, or give it by LOADTEST_MCP_HEADERS",
        { $0.operations["pay"]?.headers = ["X-Api-Key": "abc {{x}}"] }
      ),
      ("", { $0.headers = ["authorization": "Bearer {users.token}", "X-A": "b"] }),
      (
        "headers.x-a: the request has this field already; give it one of them",
        { $0.headers = ["X-A": "b", "x-a": "c"] }
      ),
      (
        "operations.pay.headers.x-a: the request has this field already; give it one of them",
        {
          $0.headers = ["X-A": "b"]
          $0.operations["pay"]?.headers = ["x-a": "c"]
        }
      ),
      ("", { $0.headers = ["authorization": "Bearer {token}", "cookie": "{a.b|text}"] }),
      (
        "steps[1]: stage \"peak a\" has another load than the one before of that name: give it a name of "
          + "its own", { $0.steps[1].groups[0].stages = [.init("peak a", rate: .steady(5))] }
      ),
      (
        "steps[0].groups[1]: stage \"peak a\" comes at the same time as another one of that name: give it a "
          + "name of its own",
        {
          $0.workers = 9
          $0.steps[0].groups[1] = $0.steps[0].groups[0]
          $0.thresholds = []
        }
      ),
      (
        "",
        { $0.steps.append(.init("step 2", length: .seconds(1), groups: $0.steps[1].groups)) }
      ),
      ("", { $0.steps[0].length = .seconds(20) }),
      ("", { $0.steps[0].groups[0].stages[0].length = .seconds(5) }),
    ])
  }

  /// Asserts that each change leaves a workload with exactly this problem; with none where it is empty.
  private func assertProblems(
    _ cases: [(problem: String, change: (inout Workload) -> Void)],
    line: UInt = #line
  ) {
    for (problem, change) in cases {
      XCTAssertEqual(problems(change), problem.isEmpty ? [] : [problem], line: line)
    }
  }

  func testCredential_isRefused_whenWhatStandsBesideItIsNoPlaceholderOfData() {
    for value in ["Bearer abc{x", "Bearer abc{x y}", "Bearer abc{worker}", "{random:8}", "{", "{}"]
    {
      let found = problems { $0.headers = ["Authorization": value] }
      XCTAssertEqual(found.count, 1, value)
      XCTAssertTrue(found.first?.hasPrefix("headers.Authorization: a workload holds no") == true)
    }
  }

  func testName_isRefused_whenARecordingHasAFileOfThatName() {
    XCTAssertEqual(Set(RecordingLayout.ownNames).count, 12)
    for name in RecordingLayout.ownNames {
      XCTAssertEqual(problems { $0.name = name }.count, 1, name)
      XCTAssertFalse(SchemaReader.accepts(["name": .string(name)], Workload.schema))
    }
    for name in ["summary", "summary.json5", "runxjson"] {
      XCTAssertEqual(problems { $0.name = name }, [], name)
    }
  }

  func testValue_isHeldToWhatAFileMayHave() {
    let cases: [(String, (inout Workload) -> Void)] = [
      ("name", { $0.name = "../x" }), ("title", { $0.title = "a\u{202E}b" }),
      ("steps", { $0.steps = [] }), ("steps[1]", { $0.steps[1].groups = [] }),
      ("steps[1].mix", { $0.steps[1].groups[0].mix = .inTurn([]) }),
      ("steps[1].length", { $0.steps[1].length = .milliseconds(99) }),
      ("steps[1].warm_up", { $0.steps[1].warmUp = .seconds(-1) }),
      (
        "steps[1].rate[0]",
        { $0.steps[1].groups[0].stages = [.init(rate: .init(from: .nan, to: 1))] }
      ),
      ("steps[1].rate", { $0.steps[1].groups[0].stages = [.init(rate: .init(from: 0, to: 0))] }),
      (
        "steps[1].rate[1]",
        { $0.steps[1].groups[0].stages = [.init(rate: .init(from: 0, to: .infinity))] }
      ),
      ("steps[1].mix.pay", { $0.steps[1].groups[0].mix = .weighted(["pay": .infinity]) }),
      ("steps[1].workers", { $0.steps[1].groups[0].workers = 0 }),
      ("setup[0]", { $0.setup = ["a\n"] }), ("headers.Host", { $0.headers = ["Host": "a"] }),
      ("headers[\"a b\"]", { $0.headers = ["a b": "c"] }),
      ("data.u", { $0.data = ["u": .init("/etc/x")] }),
      ("operations.a.method", { $0.operations["a"] = .init(.method("initialize", nil)) }),
      ("operations.a.arguments", { $0.operations["a"] = .tool("x", ["list"]) }),
      (
        "operations.a.expect.exit_status",
        { $0.operations["a"] = .tool("x", expect: .init(exitStatus: [])) }
      ),
      ("operations.a.capture.b", { $0.operations["a"] = .tool("x", capture: ["b": "no pointer"]) }),
      ("operations[\"\"]", { $0.operations[""] = .tool("x") }),
    ]
    for (path, change) in cases {
      let problems = problems(change)
      XCTAssertTrue(problems.first?.hasPrefix(path + ": ") == true, "\(path): \(problems)")
      XCTAssertEqual(problems.count, 1, "\(problems)")
    }
  }

  func testStages_arePlanned() {
    let stages = Self.valid.plannedStages()
    XCTAssertEqual(stages.map(\.name), ["peak a", "up", "peak b stage 2", "step 2"])
    XCTAssertEqual(stages.map(\.start), [.zero, .zero, .seconds(10), .zero])
    XCTAssertEqual(stages.map(\.length), [.seconds(20), .seconds(10), .seconds(10), .seconds(5)])
    XCTAssertEqual(stages.map(\.kind), [.ramp, .ramp, .steady, .steady])
    XCTAssertEqual(stages.map(\.workers), [0..<4, 4..<7, 4..<7, 0..<7])
    XCTAssertEqual(stages.map(\.iterations), [100, nil, nil, nil])
    XCTAssertEqual(Self.valid.effectiveWorkers, 7)
    XCTAssertFalse(Self.valid.needsSession)
  }

  func testStage_hasNoName_whenItIsTheOnlyOne() {
    var workload = Self.valid
    workload.steps.removeFirst()
    XCTAssertEqual(workload.plannedStages().map(\.name), [nil])
    XCTAssertEqual(workload.effectiveWorkers, 10)
    workload.steps[0].name = "peak"
    XCTAssertEqual(workload.plannedStages().map(\.name), ["peak"])
    workload.steps[0].groups[0].stages = [.init(length: .seconds(1)), .init(length: .seconds(1))]
    XCTAssertEqual(workload.plannedStages().map(\.name), ["peak stage 1", "peak stage 2"])
  }

  func testPlan_saysWhatARunWouldDo() {
    var workload = Self.valid
    workload.steps[0].warmUp = .seconds(2)
    workload.steps[1].groups[0].stages = [
      .init(thinkTime: .uniform(.zero, .seconds(1)), pace: .seconds(2))
    ]
    XCTAssertEqual(
      workload.planText,
      """
      stage           for  load                               warm-up  workers                       calls
      peak a          20s  0 to 10 iterations/s                    2s        4                         200
      up              10s  0 to 3 busy                             2s        3         as fast as answered
      peak b stage 2  10s  3 busy                                   -        3         as fast as answered
      step 2           5s  7 busy, think time 500ms, pace 2s        -        7  at most 21, for its pauses

      25s measured, and 2s of warm-up before it; 7 workers, no SSH sessions
      200 calls expected, and those of closed loops, without warm-ups

      """
    )
  }
}
