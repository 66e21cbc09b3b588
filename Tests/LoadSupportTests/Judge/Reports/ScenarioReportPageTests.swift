import EventIO
import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport

final class ScenarioReportPageTests: XCTestCase {
  private static let hostile = "</td><script>alert(\"1\")</script> & \u{1B}[31m\u{202E}\0"

  /// A recording of many operations, outcomes, steps and scrapes.
  private func recorded(
    _ scenario: ScenarioName = .commandThroughput,
    seconds: Double = 60,
    samples count: Int = 3_000,
    steps: [String?] = [nil],
    error: String = "pool limit reached",
    links: [LinkCondition]? = nil,
    scrapesPerSecond: Int = 1
  ) throws -> RecordedScenario {
    let operations = ["hostname", "connect", "whoami", "cat", "disconnect"]
    let recorded = try RecordedScenario(
      ScenarioHeader(
        scenario: scenario.rawValue,
        title: scenario.title,
        profile: "standard",
        workers: 5,
        loops: 1,
        warmUpSeconds: 5,
        durationSeconds: seconds,
        arrivalRate: 1_000,
        arrivals: "poisson",
        seed: 1,
        sessions: nil,
        commands: Dictionary(uniqueKeysWithValues: operations.map { ($0, error) }),
        toolProfile: "standard",
        timeoutSeconds: 30,
        network: NetworkDescription(
          kind: .embedded,
          server: "http://h:3000/mcp",
          target: "t:22",
          serverCores: 2,
          links: links
        )
      )
    )
    let length = seconds / Double(steps.count)
    try recorded.write(samples(count, of: operations, seconds, steps, error))
    var events = [RunEvent(.warmup, at: -5_000_000_000, until: 0)]
    for (index, step) in steps.enumerated() {
      let at = Int64(Double(index) * length * 1e9)
      let until = at + Int64(length * 1e9)
      events.append(RunEvent(.measure, at: at, until: until, step: step))
      events.append(RunEvent(.stepEnd, at: until))
    }
    let end = Int64(seconds * 1e9)
    events += [RunEvent(.drain, at: end), RunEvent(.end, at: end + 1, attempts: count)]
    try recorded.write(events)
    let scrapes = Int(seconds) * scrapesPerSecond
    try recorded.write((0..<scrapes).map { Self.scrape($0, perSecond: scrapesPerSecond) })
    return recorded
  }

  private static func scrape(_ index: Int, perSecond: Int) -> ServerMetricsLine {
    let second = index / perSecond
    return ServerMetricsLine(
      at: Int64(index) * 1_000_000_000 / Int64(perSecond),
      occasion: index == 0 ? .before : .tick,
      scrape: .init(
        parsing: """
          process_resident_memory_bytes \(20_000_000 + second * 10_000)
          process_open_fds \(10 + second % 7)
          mcp_pool_connections_active \(second % 5)
          """.utf8
      ),
      servingCPUSeconds: Double(index) / Double(perSecond) * 1.2
    )
  }

  private func samples(
    _ count: Int,
    of operations: [String],
    _ seconds: Double,
    _ steps: [String?],
    _ error: String
  ) -> [Sample] {
    var random = SeededRandom(seed: 7)
    let length = seconds / Double(steps.count)
    return (0..<count).map { index in
      let planned = Double(index) / Double(count) * seconds * 1e3
      let latency = pow(10, random.uniform() * 4 - 0.5)
      let outcome = Outcome.allCases[index.isMultiple(of: 6) ? index / 6 % 11 : 0]
      var sample = Sample(
        operations[Int(random.uniform() * 5)],
        outcome,
        planned: planned,
        done: planned + latency,
        error: outcome == .success ? nil : error
      )
      sample.step = steps[min(Int(planned / 1e3 / length), steps.count - 1)]
      return sample
    }
  }

  private func page(_ recorded: RecordedScenario) throws -> String {
    try Judge(recorded.recording).judge(RecordedScenario.name).html
  }

  /// Every element of a page, as an XML parser reads it.
  private func elements(_ page: String) throws -> [PageReader.Element] {
    let reader = PageReader()
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = reader
    XCTAssertTrue(
      parser.parse(),
      "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "")"
    )
    return reader.elements
  }

  func testPage_isWellFormed_andNeedsNothingElse() throws {
    let elements = try elements(page(recorded()))
    let names = Set(elements.map(\.name))
    XCTAssertTrue(names.isSuperset(of: ["html", "h1", "svg", "figure", "table", "title"]))
    XCTAssertTrue(names.isDisjoint(with: ["script", "img", "iframe", "object", "foreignObject"]))
    for element in elements {
      for (name, value) in element.attributes {
        XCTAssertFalse(name.hasPrefix("on"), "\(element)")
        XCTAssertFalse(name != "xmlns" && value.contains("://"), "\(element)")
        if ["href", "src"].contains(name) { XCTAssertTrue(value.hasPrefix("data:"), value) }
      }
      if element.name == "th" { XCTAssertNotNil(element.attributes["scope"]) }
      if element.attributes["role"] == "img" {
        XCTAssertFalse((element.attributes["aria-label"] ?? "").isEmpty)
      } else if element.name == "svg" {
        XCTAssertEqual(element.attributes["aria-hidden"], "true")
      }
    }
  }

  func testPage_leadsWithTheVerdict_andHasTheFiguresAsText() throws {
    let recorded = try recorded()
    let judged = try Judge(recorded.recording).judge(RecordedScenario.name)
    let page = judged.html
    let order = [
      "Command throughput test", judged.summary.verdict.rawValue, "<h2>Thresholds", "success_rate",
      "<h2>Scenario", "<h2>Latency", "<h2>Over time", "<h2>Server", "<h2>Outcomes",
      "pool limit reached", "<h2>Configuration",
    ]
    var rest = page[try XCTUnwrap(page.range(of: "<body>")).upperBound...]
    for part in order {
      rest = rest[try XCTUnwrap(rest.range(of: part), part).upperBound...]
    }
    for title in [
      "Latency of successes", "Time to fail", "Throughput", "Failures", "Latency over time",
      "Memory", "Descriptors and threads", "Sessions and pool", "Serving CPU",
    ] {
      XCTAssertTrue(page.contains("aria-label=\"\(title)\""), title)
    }
    for name in ["p50", "p90", "p95", "p99"] {
      let interval = try XCTUnwrap(judged.summary.latencyOfAllSuccesses?.intervals?[name], name)
      let ends = try XCTUnwrap(NumberText.milliseconds(1, interval.range).between)
      XCTAssertTrue(page.contains(" <small>\(ends)</small></td>"), name)
    }
    XCTAssertTrue(page.contains(" <small>too few</small></td>"))
    let file = try String(contentsOfFile: recorded.layout.html, encoding: .utf8)
    XCTAssertEqual(file, page)
    XCTAssertEqual(try self.page(recorded), page)
  }

  func testServingCPU_isThatOfAllTime_howeverShortTheStepsAre() throws {
    for scrapesPerSecond in [1, 8] {
      let page = try page(recorded(scrapesPerSecond: scrapesPerSecond))
      XCTAssertTrue(page.contains("at most 60.0 % between two scrapes"), page)
    }
  }

  func testPage_showsWhatServersSaid_asTextOnly() throws {
    let page = try page(recorded(error: Self.hostile))
    XCTAssertTrue(page.contains("&lt;/td&gt;&lt;script&gt;"), page)
    XCTAssertTrue(page.contains("\\u{1B}[31m\\u{202E}\\u{0}"))
    XCTAssertFalse(try elements(page).contains { $0.name == "script" })
    XCTAssertFalse(page.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
  }

  func testPage_saysSo_whenNothingWasMeasured() throws {
    let recorded = try RecordedScenario()
    try recorded.write([RunEvent(.problem, at: 1, message: "2 of 2 workers could not begin")])
    let page = try page(recorded)
    XCTAssertFalse(try elements(page).contains { $0.name == "figure" })
    for part in [
      "2 of 2 workers could not begin", "the load never began",
      "No request of the load was measured",
      "reports no metrics",
    ] {
      XCTAssertTrue(page.contains(part), part)
    }
    XCTAssertFalse(page.contains("nan"))
  }

  func testPage_showsTheScenariosOwnPicture() throws {
    let connecting = [1, 2, 5].flatMap { workers in
      [false, true].map { StepName.connecting(workers: workers, pooled: $0) }
    }
    let links = LinkCondition.all
    for (scenario, steps, title) in [
      (.connectionRate, connecting, "Connections per second by workers"),
      (
        .latencyTest, links.map { StepName.link($0.port) },
        "Latency of a command by the link's delay"
      ),
      (.sustainedLoad, [nil], "Memory under load"),
      (.exhaustionTest, [StepName.flood, StepName.applying], "Admitted and refused by step"),
    ] as [(ScenarioName, [String?], String)] {
      let recorded = try recorded(scenario, steps: steps, links: links)
      let own = try XCTUnwrap(ScenarioName.judges[scenario.rawValue]).picture(recorded.analysis())
      let figure = try XCTUnwrap(own).figure.text
      XCTAssertTrue(figure.contains("aria-label=\"\(title)\""), figure)
      XCTAssertTrue(
        figure.contains("class=\"line s0\"") || figure.contains("class=\"box b0\""),
        figure
      )
    }
  }

  func testPage_staysSmall_whenARunIsLong() throws {
    let page = try page(recorded(seconds: 600, samples: 20_000))
    XCTAssertLessThan(page.utf8.count, 600_000)
  }

  func testPage_isShownByABrowserWithoutComplaint() throws {
    let directories = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    guard
      let browser = directories.map({ "\($0)/chromium" })
        .first(where: FileManager.default.isExecutableFile)
    else { throw XCTSkip("there is no chromium in PATH to show the page") }
    let recorded = try recorded(error: Self.hostile)
    _ = try page(recorded)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: browser)
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
      "--user-data-dir=\(recorded.directory.path)/profile", "--timeout=60000", "--dump-dom",
      "file://\(recorded.layout.html)",
    ]
    let output = recorded.directory.path + "/dom"
    let log = recorded.directory.path + "/log"
    for file in [output, log] { try Data().write(to: URL(fileURLWithPath: file)) }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: log)
    try process.run()
    process.waitUntilExit()
    let complaints = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
      .filter { $0.contains("CONSOLE") }
    XCTAssertEqual(complaints, [])
    let dom = try String(contentsOfFile: output, encoding: .utf8)
    XCTAssertTrue(dom.contains("<h2>Configuration</h2>"), String(dom.prefix(500)))
  }
}

/// Collects the elements of a page.
private final class PageReader: NSObject, XMLParserDelegate {
  struct Element {
    let name: String
    let attributes: [String: String]
  }

  private(set) var elements: [Element] = []

  func parser(
    _ parser: XMLParser,
    didStartElement name: String,
    namespaceURI: String?,
    qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append(Element(name: name, attributes: attributes))
  }
}
