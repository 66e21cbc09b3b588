import Glibc
import XCTest

@testable import EventIO

final class ProcessTreeTests: XCTestCase {
  /// Some hundred milliseconds of CPU time.
  private static let burn = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"

  /// Runs a shell script until it says that it is ready, then the test, then the script's rest.
  private func whileReady(_ script: String, _ body: (ChildProcess) throws -> Void) throws {
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    let child = try ChildProcess.spawn(
      ProcessSpecification("/bin/sh", ["-c", script]),
      standardInput: input.readingEnd.rawValue,
      standardOutput: output.writingEnd.rawValue
    )
    _ = consume output.writingEnd
    let reading = output.readingEnd
    var ready = [UInt8](repeating: 0, count: 6)
    XCTAssertEqual(read(reading.rawValue, &ready, 6), 6)
    try body(child)
    _ = consume input.writingEnd
    _ = consume input.readingEnd
    var status: Int32 = 0
    while waitpid(child.processID, &status, 0) < 0, errno == EINTR {}
  }

  func testCollector_isKnownByTheProgramsName_alsoOfAProcessBelow() throws {
    XCTAssertNil(ProcessTree().collector(below: getpid()))
    // A shell that is called as a runtime is; the file tells, and no argument.
    let script =
      "d=$(mktemp -d) && cp /bin/sh $d/node && $d/node -c 'echo ready; read x; exit 0'; rm -r $d"
    try whileReady(script) { child in
      XCTAssertEqual(ProcessTree().collector(below: child.processID), "node")
    }
  }

  func testCPUSeconds_countAChildThatRuns() throws {
    try whileReady("sh -c '\(Self.burn); echo ready; read x'; :") { child in
      let tree = ProcessTree()
      XCTAssertGreaterThanOrEqual(try XCTUnwrap(tree.cpuSeconds(below: child.processID)), 0.05)
      XCTAssertEqual(tree.descendants(of: child.processID).count, 1)
      XCTAssertTrue(tree.descendants(of: getpid()).contains(child.processID))
    }
  }

  func testCPUSeconds_countAGrandchildThatHasEnded() throws {
    try whileReady("sh -c '\(Self.burn)'; echo ready; read x") { child in
      let tree = ProcessTree()
      XCTAssertEqual(tree.descendants(of: child.processID), [])
      XCTAssertGreaterThanOrEqual(try XCTUnwrap(tree.cpuSeconds(below: child.processID)), 0.05)
    }
  }

  /// What the process itself uses is not below it.
  func testCPUSeconds_leaveOutTheProcessItself() throws {
    try whileReady("\(Self.burn); echo ready; read x") { child in
      XCTAssertEqual(ProcessTree().cpuSeconds(below: child.processID), 0)
    }
  }

  func testCPUSeconds_areNil_whenThereIsNoSuchProcess() {
    let tree = ProcessTree()
    XCTAssertNil(tree.cpuSeconds(below: .max))
    XCTAssertNil(tree.cpuSeconds(below: -1))
    XCTAssertEqual(tree.descendants(of: .max), [])
    XCTAssertNil(ProcessTree.Process(.max))
  }

  func testResources_countMemoryDescriptorsThreadsAndProcessesOfATree() throws {
    let script = "exec 7</dev/null 8</dev/null; sleep 60 & echo ready; read x; kill $!"
    try whileReady(script) { child in
      let tree = ProcessTree()
      let start = try XCTUnwrap(tree.start(of: child.processID))
      let held = try XCTUnwrap(tree.resources(of: child.processID, startedAt: start))
      XCTAssertEqual(held.processes, 2)
      XCTAssertEqual(held.threads, 2)
      // Two of its own and three standard ones each at least.
      XCTAssertGreaterThanOrEqual(try XCTUnwrap(held.openDescriptors), 10)
      XCTAssertGreaterThan(held.memoryBytes, 8_192)
      // Another process that has got the same number.
      XCTAssertNil(tree.resources(of: child.processID, startedAt: start + 1))
    }
    XCTAssertNil(ProcessTree().resources(of: .max, startedAt: 0))
  }

  /// A program may be named like the fields that follow its name.
  func testProcess_isReadBehindItsName_whateverThatIs() throws {
    // The second makes one Character of the parenthesis behind it.
    for name in ["a) R 1 1 (\(getpid())", "a) R 1 1 \u{600}"] {
      let link = NSTemporaryDirectory() + name
      unlink(link)
      XCTAssertEqual(symlink("/bin/sleep", link), 0)
      defer { unlink(link) }
      let child = try ChildProcess.spawn(ProcessSpecification(link, ["60"]))
      XCTAssertEqual(ProcessTree.Process(child.processID)?.parent, getpid(), name)
      kill(child.processID, SIGKILL)
      var status: Int32 = 0
      while waitpid(child.processID, &status, 0) < 0, errno == EINTR {}
    }
  }
}
