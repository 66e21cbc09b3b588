import EventIO
import XCTest

@testable import LoadSupport

/// A line of the recording is found in a server's log by its `traceparent`, and the other way round.
final class TraceContextTests: XCTestCase {
  private static func profile(_ place: TraceContext.Place, _ era: ProtocolEra) -> ToolProfile {
    var profile = ToolProfile.standard
    profile.form = RequestForm(era: era)
    profile.form.trace = TraceContext(in: place)
    return profile
  }

  /// What a server would log of a request; nil where it got nothing.
  private static func traceparent(_ request: ScriptedServer.Request) -> String? {
    let field = request.fields["traceparent"]
    let key = request.json["params"]?["_meta"]?["traceparent"]?.string
    XCTAssertFalse(field != nil && key != nil)
    return field ?? key
  }

  func testTrace_isAsTheStandardWritesIt() throws {
    let trace = TraceContext(in: .meta)
    XCTAssertEqual(trace.value(0xAB), "00-\(trace.id)-00000000000000ab-01")
    XCTAssertEqual(trace.value(.max).suffix(19), "ffffffffffffffff-01")
    XCTAssertNotNil(trace.id.range(of: "^[0-9a-f]{32}$", options: .regularExpression))
    XCTAssertNotEqual(TraceContext(in: .meta).id, trace.id)
  }

  func testWhatTheServerGot_joinsTheLines_oneToOne() async throws {
    for (place, era) in [
      (.header, .legacy), (.meta, .legacy), (.header, .modern), (.meta, .modern),
    ] as [(TraceContext.Place, ProtocolEra)] {
      let context = "\(place) \(era)"
      var options = LoadRunHarness.Options()
      options.profile = Self.profile(place, era)
      options.operations["a"] = Workload.Operation(.method("prompts/get", ["name": "p"]))
      var fake = FakeMCP()
      fake.era = era
      let run = try await LoadRunHarness(options, against: fake.script)
      try run.assertAccounted()
      XCTAssertEqual(Set(run.load.map(\.attempt.outcome)), [.success], context)
      let trace = try XCTUnwrap(options.profile.form.trace)
      let received = run.requests.filter { $0.path == "/mcp" }.compactMap(Self.traceparent)
      let recorded = run.samples.compactMap(\.attempt.span)
      XCTAssertEqual(Set(recorded).count, recorded.count, context)
      XCTAssertEqual(received.sorted(), recorded.map { trace.value($0) }.sorted(), context)
      // The worker's number leads.
      for sample in run.samples {
        guard let span = sample.attempt.span else { continue }
        XCTAssertEqual(Int(span >> 40), sample.worker, context)
      }
      // Where only messages carry it, a notification and a DELETE do not.
      let untold = Set(run.samples.filter { $0.attempt.span == nil }.map(\.operation))
      XCTAssertEqual(
        untold,
        place == .header || era == .modern ? [] : ["notifications/initialized", "session_delete"],
        context
      )
      // A line joins the very request: of a call, the operation.
      let calls = Dictionary(
        run.requests.compactMap { request in Self.traceparent(request).map { ($0, request) } },
        uniquingKeysWith: { first, _ in first }
      )
      for sample in run.load {
        let request = try XCTUnwrap(calls[trace.value(XCTUnwrap(sample.attempt.span))])
        XCTAssertEqual(
          request.json["method"],
          sample.operation == "a" ? "prompts/get" : "tools/call",
          context
        )
      }
    }
  }

  func testHealth_isTraced_whereAFieldCarriesIt() async throws {
    for place in TraceContext.Place.allCases {
      try await LoopHarness.run(against: FakeMCP().script) { loop, server in
        let profile = Self.profile(place, .legacy)
        let session = try TestCalls.session(of: server, profile: profile, on: loop)
        let attempt = await session.checkHealth(plannedAt: 0)
        let requests = await server.requests
        let trace = try XCTUnwrap(profile.form.trace)
        XCTAssertEqual(requests.last.flatMap(Self.traceparent), attempt.span.map(trace.value))
        XCTAssertEqual(attempt.span != nil, place == .header)
        // Without a worker it is the check's, whose number no worker has.
        if let span = attempt.span { XCTAssertEqual(span >> 40, 0xFF_FFFF) }
      }
    }
  }

  func testSpan_isNone_whenNothingWasSent() async throws {
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let session = try TestCalls.session(
        of: server,
        profile: Self.profile(.header, .legacy),
        on: loop
      )
      await server.stop()
      let attempt = await session.perform(TestCalls.call(session.profile), plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .transportError)
      XCTAssertNil(attempt.span)
    }
  }

  func testRequests_carryNothing_unlessItIsAskedFor() async throws {
    let run = try await LoadRunHarness(against: FakeMCP().script)
    XCTAssertEqual(run.requests.compactMap(Self.traceparent), [])
    XCTAssertEqual(run.samples.compactMap(\.attempt.span), [])
  }

  /// What comes once a request allocates nothing once its storage has grown, and has the same length each time.
  func testFilling_usesItsStorageAgain() {
    for place in TraceContext.Place.allCases {
      let call = TestCalls.call(Self.profile(place, .modern))
      let values = [SlotValue(plain: "s".utf8)]
      var (message, body): ([UInt8], [UInt8]) = ([], [])
      var places: Set<UnsafeRawPointer?> = []
      var lengths: Set<Int> = []
      for number in UInt64(0)..<1_000 {
        let span = number &* 0x9E37_79B9_7F4A_7C15
        call.write(id: 7, span: span, values, head: [], to: &message, body: &body)
        lengths.insert(message.count)
        for storage in [message, body] {
          _ = storage.withUnsafeBytes { places.insert($0.baseAddress) }
        }
      }
      XCTAssertEqual(places.count, 2)
      XCTAssertEqual(lengths.count, 1)
    }
  }

  // MARK: Settings and headers

  func testSettings_giveEachLoadATraceOfItsOwn() throws {
    XCTAssertNil(try RunSettings(environment: [:]).toolProfile.form.trace)
    let off = try RunSettings(environment: ["LOADTEST_TRACEPARENT": "off"])
    XCTAssertNil(off.toolProfile.form.trace)
    for place in TraceContext.Place.allCases {
      let settings = try RunSettings(environment: ["LOADTEST_TRACEPARENT": place.rawValue])
      XCTAssertEqual(settings.toolProfile.form.trace?.place, place)
    }
    XCTAssertThrowsError(try RunSettings(environment: ["LOADTEST_TRACEPARENT": "body"])) { error in
      XCTAssertTrue("\(error)".contains("off, header or meta"), "\(error)")
    }
    let own = ["LOADTEST_TRACEPARENT": "header", "LOADTEST_MCP_HEADERS": "Traceparent: 00-x"]
    XCTAssertThrowsError(try RunSettings(environment: own)) { error in
      XCTAssertTrue("\(error)".contains("a header field traceparent of your own"), "\(error)")
    }
  }

  func testWorkloadsOwnField_isRefused_whereWeSendIt() throws {
    let operation = Workload.Operation(.command("id"), headers: ["TraceParent": "x"])
    let workload = Workload("w", operations: ["id": operation], steps: [])
    func compile(_ profile: ToolProfile) throws {
      _ = try WorkloadCalls(
        workload,
        profile: profile,
        target: SSHTarget(host: "h", port: 22),
        data: .none
      )
    }
    XCTAssertNoThrow(try compile(Self.profile(.meta, .legacy)))
    XCTAssertThrowsError(try compile(Self.profile(.header, .legacy))) { error in
      XCTAssertTrue("\(error)".contains("LOADTEST_TRACEPARENT=header"), "\(error)")
    }
  }

  func testHeader_tellsTheTrace_andOlderOnesAreRead() throws {
    var header = RecordedScenario.header()
    let older = try RecordingJSON.encodeFile(header)
    XCTAssertNil(try JSONValue(parsing: Array(older))["trace"])
    header.trace = TraceContext(in: .header)
    let json = try JSONValue(parsing: Array(RecordingJSON.encodeFile(header)))
    XCTAssertEqual(json["trace"]?["id"]?.string, header.trace?.id)
    XCTAssertEqual(json["trace"]?["in"], "header")
    let recorded = try RecordedScenario(header)
    let read = try RecordingJSON.decodeHeader(ScenarioHeader.self, at: recorded.layout.header)
    XCTAssertEqual(read.trace, header.trace)
  }

  func testLine_isReadWithout_whenItsSpanIsNone() throws {
    var names = NameTable()
    for (span, number) in [("00000300000000ff", 0x300_0000_00FF), ("x", nil), ("", nil)]
      as [(String, UInt64?)]
    {
      let line =
        #"{"worker":0,"op":"a","outcome":"success","phase":"measure","planned_ns":1,"done_ns":2,"#
        + #""span":"\#(span)","rpc_code":-32602}"#
      let sample = try Array(line.utf8).withUnsafeBytes { try SampleLine.parse($0, names: &names) }
      XCTAssertEqual(sample.attempt.span, number)
      XCTAssertEqual(sample.attempt.rpcCode, -32602)
    }
  }
}
