import EventIO
import Foundation
import Synchronization
import XCTest

@testable import LoadSupport

final class CommonStartTests: XCTestCase {
  /// Time that passes only while somebody waits.
  private final class ManualClock: Sendable {
    private let nanoseconds = Mutex<Int64>(0)

    func pass(_ time: Duration) { nanoseconds.withLock { $0 += time.nanoseconds } }

    var clock: CommonStart.Clock {
      CommonStart.Clock(
        now: { [self] in
          let now = nanoseconds.withLock { $0 }
          return ClockOrigin(
            monotonicNanoseconds: now,
            epochMilliseconds: CommonStartTests.epoch + Double(now) / 1e6
          )
        },
        pause: { [self] time in
          nanoseconds.withLock { $0 += time.nanoseconds }
          await Task.yield()
        }
      )
    }
  }

  /// What happened, one after the other.
  private final class Order: Sendable {
    private let events = Mutex<[String]>([])

    var all: [String] { events.withLock { $0 } }

    func add(_ event: String) { events.withLock { $0.append(event) } }
  }

  private static let epoch = 1_795_000_000_000.0
  private let time = ManualClock()

  private func start(
    _ index: Int,
    of count: Int,
    _ attempt: String = "x",
    run: String = "night",
    at path: String
  ) -> CommonStart {
    CommonStart(
      point: .file(path),
      part: RecordingPart(runID: run, index: index, of: count, attempt: attempt),
      scenario: "load",
      clock: time.clock
    )
  }

  private func files(_ index: Int = 0, of count: Int = 2, at path: String) -> StartFiles {
    StartFiles(path: "\(path).load", own: RecordingPart(runID: "night", index: index, of: count))
  }

  /// What a part's wait comes to: the instant at which it begins to warm up, or why it does not.
  private static func outcome(
    _ start: CommonStart,
    warmUp: Duration = .seconds(3),
    tell: (String) -> Void = { _ in },
    isStopping: () -> Bool = { false }
  ) async -> Result<Int64?, StartError> {
    await start.wait(warmUp: warmUp, tell: tell, isStopping: isStopping)
  }

  private func reason(_ result: Result<Int64?, StartError>) -> String {
    switch result {
    case .success(let instant): "it begins at \(instant.map(String.init) ?? "no time")"
    case .failure(let error): error.description
    }
  }

  /// Waits of several parts at the same time.
  private func outcomes(_ starts: [CommonStart]) async -> [Result<Int64?, StartError>] {
    await withTaskGroup(of: (Int, Result<Int64?, StartError>).self) { group in
      for (number, start) in starts.enumerated() {
        group.addTask { (number, await Self.outcome(start)) }
      }
      var all: [Int: Result<Int64?, StartError>] = [:]
      for await (number, result) in group { all[number] = result }
      return starts.indices.compactMap { all[$0] }
    }
  }

  // MARK: Meeting

  func testParts_beginAtOneInstant_onceAllAreReady() async throws {
    let path = try TemporaryDirectory().path + "/start"
    let results = await outcomes((0..<4).map { start($0, of: 4, "a\($0)", at: path) })
    let instants = results.compactMap { try? $0.get() }
    XCTAssertEqual(instants.count, 4, results.map(reason).joined(separator: "; "))
    // Milliseconds of our days have no more digits in a Double.
    XCTAssertLessThan((instants.max() ?? 0) - (instants.min() ?? 0), 1_000)
    let written = try XCTUnwrap(try files(of: 4, at: path).start())
    XCTAssertEqual(written.attempts, ["a0", "a1", "a2", "a3"])
    let measured = Double(instants[0]) / 1e6 + 3_000
    XCTAssertEqual(written.epochMilliseconds - Self.epoch, measured, accuracy: 1e-3)
  }

  /// Part 0 looks at the server before anybody has a session.
  func testFirstPart_isReadyFirst() async throws {
    let path = try TemporaryDirectory().path + "/start"
    let (first, other) = (start(0, of: 2, "a", at: path), start(1, of: 2, "b", at: path))
    let order = Order()
    await withTaskGroup { group in
      group.addTask {
        _ = await Self.outcome(first)
        order.add("0 begins")
      }
      group.addTask {
        _ = await other.waitForFirst(tell: { _ in }, isStopping: { false })
        order.add("1 sets up")
        _ = await Self.outcome(other)
      }
    }
    XCTAssertEqual(order.all, ["1 sets up", "0 begins"])
  }

  /// And after all have closed theirs, unless one of them never does.
  func testFirstPart_leavesLast() async throws {
    let files = files(at: try TemporaryDirectory().path + "/start")
    let (first, other) = (
      RecordingPart(runID: "night", index: 0, of: 2, attempt: "a"),
      RecordingPart(runID: "night", index: 1, of: 2, attempt: "b")
    )
    for part in [first, other] { try files.write(StartFiles.Ready(part: part, beat: 1)) }
    let start = start(0, of: 2, "a", at: String(files.path.dropLast(5)))
    var looks = 0
    await start.leave {
      looks += 1
      if looks == 5 { files.removeReady(1) }
      return false
    }
    XCTAssertEqual(looks, 5)
    XCTAssertFalse(files.isReady(0))
    try files.write(StartFiles.Ready(part: other, beat: 1))
    let before = time.clock.now().monotonicNanoseconds
    await start.leave { false }
    XCTAssertEqual(time.clock.now().monotonicNanoseconds - before, 20_000_000_000)
  }

  func testPart_doesNotSetUp_whenTheFirstNeverComes() async throws {
    let path = try TemporaryDirectory().path + "/start"
    let dead = RecordingPart(runID: "night", index: 0, of: 2, attempt: "dead")
    try files(at: path).write(StartFiles.Ready(part: dead, beat: 7))
    let waiting = start(1, of: 2, at: path)
    switch await waiting.waitForFirst(tell: { _ in }, isStopping: { false }) {
    case .success: XCTFail("it sets up")
    case .failure(let error):
      XCTAssertTrue(error.description.contains("part 1 has waited 10m for part 0"), "\(error)")
    }
  }

  func testPart_doesNotBegin_whenOneNeverComes() async throws {
    let path = try TemporaryDirectory().path + "/start"
    var told: Set<String> = []
    let first = await Self.outcome(start(0, of: 4, at: path), tell: { told.insert($0) })
    XCTAssertTrue(reason(first).contains("waited 10m for parts 1, 2, 3 of 4"), reason(first))
    XCTAssertEqual(told, ["waiting for parts 1, 2, 3 of 4 by \(path).load"])
    let other = await Self.outcome(start(2, of: 4, at: path))
    XCTAssertTrue(reason(other).contains("part 2 has waited 10m for part 0"), reason(other))
    XCTAssertFalse(FileManager.default.fileExists(atPath: path + ".load"))
  }

  /// Who has no sessions says so, and nobody waits for it.
  func testParts_giveUp_whenOneHasNoSessions() async throws {
    let path = try TemporaryDirectory().path + "/start"
    let (first, other) = (start(0, of: 3, "a", at: path), start(1, of: 3, "b", at: path))
    other.giveUp(because: "HTTP 503")
    let ended = reason(await Self.outcome(first))
    // That of an earlier try is old, or its part begins anew.
    time.pass(.seconds(700))
    let ignored = reason(await Self.outcome(first))
    XCTAssertTrue(ignored.contains("waited 10m"), ignored)
    other.giveUp(because: "HTTP 503")
    other.begin()
    let anew = reason(await Self.outcome(first))
    XCTAssertTrue(anew.contains("waited 10m"), anew)
    XCTAssertTrue(ended.contains("part 1 gave up: HTTP 503"), ended)
    XCTAssertTrue(ended.contains("part 0 has sent nothing of the load"), ended)
    // The others look at part 0 alone, and it takes back that it is ready when it leaves.
    var looks = 0
    let third = await Self.outcome(
      start(2, of: 3, "c", at: path),
      isStopping: {
        looks += 1
        if looks == 5 { self.files(of: 3, at: path).removeReady(0) }
        return false
      }
    )
    XCTAssertTrue(reason(third).contains("part 0 has given up"), reason(third))
    XCTAssertEqual(looks, 5)
  }

  /// A part that has died says that it is ready for ever, and an earlier start names nobody who lives.
  func testFilesOfAnEarlierTry_startNobody() async throws {
    let path = try TemporaryDirectory().path + "/start"
    let dead = RecordingPart(runID: "night", index: 1, of: 2, attempt: "dead")
    try files(at: path).write(StartFiles.Ready(part: dead, beat: 7))
    try files(at: path).create(
      StartFiles.Start(
        runID: "night",
        epochMilliseconds: Self.epoch + 9_000,
        attempts: ["old", "dead"]
      )
    )
    let other = await Self.outcome(start(1, of: 2, "b", at: path))
    XCTAssertTrue(reason(other).contains("waited 10m"), reason(other))
    try files(at: path).write(StartFiles.Ready(part: dead, beat: 7))
    let first = await Self.outcome(start(0, of: 2, "a", at: path))
    XCTAssertTrue(reason(first).contains("waited 10m for part 1 of 2"), reason(first))
    // What was left keeps nobody from beginning who comes now.
    let results = await outcomes([start(0, of: 2, "c", at: path), start(1, of: 2, "d", at: path)])
    XCTAssertEqual(results.compactMap { try? $0.get() }.count, 2, "\(results.map(reason))")
  }

  func testPart_doesNotBegin_whenItWasStartedTwice() async throws {
    let path = try TemporaryDirectory().path + "/start"
    let results = await outcomes([
      start(0, of: 2, "a", at: path), start(1, of: 2, "b", at: path),
      start(1, of: 2, "c", at: path),
    ])
    XCTAssertEqual(results.compactMap { try? $0.get() }.count, 2, "\(results.map(reason))")
    let reasons = results.map(reason)
    XCTAssertEqual(reasons.count { $0.contains("part 1 was started twice") }, 1, "\(reasons)")
  }

  func testPart0_doesNotBegin_whenItsOtherStartHas() throws {
    let files = files(at: try TemporaryDirectory().path + "/start")
    let start = StartFiles.Start(runID: "night", epochMilliseconds: 1, attempts: ["a", "b"])
    try files.create(start)
    XCTAssertThrowsError(try files.create(start)) { error in
      XCTAssertTrue("\(error)".contains("part 0 was started twice"), "\(error)")
    }
  }

  func testFilesOfAnotherRun_areRefusedByName() async throws {
    let path = try TemporaryDirectory().path + "/start"
    let day = RecordingPart(runID: "day", index: 1, of: 2, attempt: "b")
    try files(at: path).write(StartFiles.Ready(part: day, beat: 1))
    let first = await Self.outcome(start(0, of: 2, at: path))
    for words in ["\(path).load.ready.1 is of the run day of 2 parts", "--start-at"] {
      XCTAssertTrue(reason(first).contains(words), reason(first))
    }
    try files(at: path).create(
      StartFiles.Start(runID: "night", epochMilliseconds: 1, attempts: ["a", "b", "c"])
    )
    let other = await Self.outcome(start(1, of: 2, at: path))
    XCTAssertTrue(reason(other).contains("of the run night of 3 parts"), reason(other))
  }

  func testWait_endsAtOnce_whenTheRunIsStopped() async throws {
    let path = try TemporaryDirectory().path + "/start"
    var looks = 0
    let result = await Self.outcome(
      start(0, of: 2, at: path),
      isStopping: {
        looks += 1
        return looks > 3
      }
    )
    XCTAssertEqual(try result.get(), nil)
    XCTAssertEqual(looks, 4)
  }

  // MARK: Foreign files

  func testFiles_areNotRead_thatNoPartHasWritten() async throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/start"
    let good = try RecordingJSON.encodeFile(
      StartFiles.Ready(
        part: RecordingPart(runID: "night", index: 1, of: 2, attempt: "b"),
        beat: 1
      )
    )
    let elsewhere = try directory.write(good, to: "elsewhere")
    let ready = "\(path).load.ready.1"
    XCTAssertEqual(symlink(elsewhere, ready), 0)
    XCTAssertThrowsError(try files(at: path).ready(1))
    unlink(ready)
    XCTAssertEqual(mkfifo(ready, 0o644), 0)
    XCTAssertThrowsError(try files(at: path).ready(1))
    unlink(ready)
    _ = try directory.write(good + Data(repeating: 0x20, count: 65_536), to: "start.load.ready.1")
    XCTAssertThrowsError(try files(at: path).ready(1))
    for text in [
      "", "{", "[]", #"{"part":{"run_id":"night","index":0,"of":2},"beat":1}"#,
      #"{"part":{"run_id":"night","index":-1,"of":2},"beat":1}"#,
      #"{"part":{"run_id":"../x","index":1,"of":2},"beat":1}"#,
      #"{"part":{"run_id":"night","index":1,"of":1000000000},"beat":1}"#,
    ] {
      _ = try directory.write(text.utf8, to: "start.load.ready.1")
      XCTAssertNil(try files(at: path).ready(1), text)
    }
    for text in [
      #"{"run_id":"night","epoch_ms":1e300,"attempts":["a","b"]}"#,
      #"{"run_id":"night","epoch_ms":-1,"attempts":["a","b"]}"#,
      #"{"run_id":"../x","epoch_ms":1,"attempts":["a","b"]}"#,
    ] {
      _ = try directory.write(text.utf8, to: "start.load")
      XCTAssertNil(try files(at: path).start(), text)
    }
  }

  // MARK: Instants

  func testInstant_isWaitedFor_lessTheWarmUp() async throws {
    var start = start(1, of: 2, at: "")
    start = CommonStart(
      point: .instant(epochMilliseconds: Self.epoch + 5_000),
      part: start.part,
      scenario: "load",
      clock: time.clock
    )
    let early = await Self.outcome(start, warmUp: .seconds(3))
    XCTAssertEqual(try early.get(), 2_000_000_000)
    let late = await Self.outcome(start, warmUp: .milliseconds(3_450))
    XCTAssertTrue(reason(late).contains("part 1 was ready 250 ms too late"), reason(late))
  }

  func testInstant_isRead_andWhatLooksLikeOneIsNoFile() throws {
    let instants = [
      ("2026-11-24T10:00:00Z", 1_795_514_400_000.0), ("2026-11-24T10:00:00.5Z", 1_795_514_400_500),
      ("2026-11-24T10:00:00.123456789Z", 1_795_514_400_123.456789),
    ]
    for (text, milliseconds) in instants {
      XCTAssertEqual(try StartPoint(text), .instant(epochMilliseconds: milliseconds), text)
    }
    for path in ["start", "/shared/start", "1start", "night-12", "./2026-11-24T10:00:00Z"] {
      XCTAssertEqual(try StartPoint(path), .file(path))
    }
    for text in [
      "2026-11-24T10:00:00", "2026-11-24T10:00:00+01:00", "2026-13-24T10:00:00Z",
      "2026-11-24T25:00:00Z", "2026-11-24T10:00:00.Z", "2026-11-24T10:00:00.1234567890Z",
      "2026-11-24T10:00:00.-5Z", "2026-11-24T10:00:00.1.2Z", "2026-11-24TZ", "2026-11-31T10:00:00Z",
      "2026-11-24", "2026-11-24 10:00:00", "10:00", "+20s", "20", "1795514400",
    ] { XCTAssertThrowsError(try StartPoint(text), text) }
  }

  func testInstant_isAhead_withinADay() {
    let point = StartPoint.instant(epochMilliseconds: 90_000_000)
    XCTAssertTrue(point.isAhead(at: 90_000_000))
    XCTAssertTrue(point.isAhead(at: 3_600_000))
    XCTAssertFalse(point.isAhead(at: 90_000_001))
    XCTAssertFalse(point.isAhead(at: 3_599_999))
    XCTAssertTrue(StartPoint.file("x").isAhead(at: 0))
  }
}
