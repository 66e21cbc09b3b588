import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class RunSettingsTests: XCTestCase {
  private func settings(_ name: String, _ value: String) throws -> RunSettings {
    try RunSettings(environment: ["LOADTEST_\(name)": value])
  }

  func testSettings_areTheDefaults_whenNoVariableIsSet() throws {
    XCTAssertEqual(try RunSettings(environment: [:]), RunSettings())
    XCTAssertEqual(try RunSettings(environment: ["PATH": "/bin", "LOAD": "1"]), RunSettings())
    let defaults = RunSettings()
    XCTAssertEqual(defaults.profile, .smoke)
    XCTAssertEqual(defaults.resultsDirectory, "results")
    XCTAssertNil(defaults.serverURL)
    XCTAssertNil(defaults.arrivals)
  }

  func testJitter_isSwitchedOff_byEitherFlagAndTheVariable() throws {
    XCTAssertTrue(RunSettings().jitters)
    XCTAssertFalse(try RunSettings(environment: ["LOADTEST_JITTER": "0"]).jitters)
    for flag in [("--no-jitter", "1"), ("--jitter", "0")] {
      let given = CommandLineWords.Given(name: flag.0, value: flag.1)
      XCTAssertFalse(try RunSettings(environment: ["LOADTEST_JITTER": "1"], flags: [given]).jitters)
    }
    XCTAssertThrowsError(try RunSettings(environment: ["LOADTEST_NO_JITTER": "1"]))
  }

  func testRestartCommand_isShownNowhere() throws {
    let settings = try RunSettings(environment: ["LOADTEST_RESTART_COMMAND": "curl hunter22"])
    XCTAssertEqual(settings.restartCommand?.value, "curl hunter22")
    XCTAssertFalse("\(settings)".contains("hunter22"))
  }

  func testVariables_mayNotBeEmpty() {
    for variable in RunSettings.options.compactMap(\.variable) {
      XCTAssertThrowsError(try RunSettings(environment: [variable: ""]), variable) { error in
        XCTAssertTrue("\(error)".hasPrefix("\(variable)=\""), "\(error)")
      }
    }
  }

  func testVariables_areRead_eachByItself() throws {
    var expected = RunSettings()
    func check(_ name: String, _ value: String, _ change: (inout RunSettings) -> Void) throws {
      expected = RunSettings()
      change(&expected)
      XCTAssertEqual(try settings(name, value), expected, name)
      XCTAssertNotEqual(expected, RunSettings(), name)
    }
    try check("PROFILE", "quick") { $0.profile = .quick }
    try check("PROFILE", "standard") { $0.profile = .standard }
    try check("DURATION", "2.5") { $0.duration = .milliseconds(2_500) }
    try check("WORKERS", "64") { $0.workers = 64 }
    try check("RATE", "100") { $0.ratePerSecond = 100 }
    for duration in ["90", "90s", "1m30s", "1.5m", "90000ms"] {
      try check("DURATION", duration) { $0.duration = .seconds(90) }
    }
    try check("TIMEOUT", "500ms") { $0.timeout = .milliseconds(500) }
    try check("SERVER_START", "1m") { $0.serverStart = .seconds(60) }
    try check("SERVER_PID", "\(getpid())") { $0.serverPID = getpid() }
    try check("CONNECTION", "per-request") { $0.connectionUse = .perRequest }
    try check("CONNECTION", "per-session") { $0.connectionUse = .perSession }
    try check("TARGET_CHECK", "pgrep -c sleep") { $0.targetCheck = "pgrep -c sleep" }
    try check("TIMEOUT", "0.5") { $0.timeout = .milliseconds(500) }
    try check("LOOPS", "4") { $0.loops = 4 }
    try check("SEED", "0") { $0.seed = 0 }
    try check("RESULTS_DIR", "/tmp/a b") { $0.resultsDirectory = "/tmp/a b" }
    try check("THRESHOLDS", "/dev/null") { $0.thresholdsFile = "/dev/null" }
    try check("TOOL_PROFILE", "short") { $0.toolProfile = ToolProfile.shipped[1] }
    try check("SSHD", "/bin/sh") { $0.sshd = "/bin/sh" }
    try check("STRICT", "1") { $0.isStrict = true }
    try check("MCP_URL", "http://h:3000/mcp") {
      $0.serverURL = HTTPURL(host: "h", port: 3000, path: "/mcp")
    }
    try check("TARGET_HOST", "10.0.0.1") { $0.target.host = "10.0.0.1" }
    try check("TARGET_PORT", "2222") { $0.target.port = 2_222 }
    try check("TARGET_USER", "load") { $0.target.user = "load" }
    try check("PASSWORD", "p w") { $0.target.password = Secret("p w") }
    try check("MCP_HEADERS", "Authorization: Bearer a\nX-Tenant:  7") {
      $0.headers = ["Authorization": Secret("Bearer a"), "X-Tenant": Secret("7")]
    }
    try check("LIMITED_MCP_URL", "http://h:3001/mcp") {
      $0.limitedServerURL = HTTPURL(host: "h", port: 3001, path: "/mcp")
      // Where there is no other.
      $0.serverURL = $0.limitedServerURL
    }
    try check("HEALTH_PATH", "/api/health") { $0.healthPath = "/api/health" }
    try check("POOL_LIMIT", "20") { $0.poolLimit = 20 }
    try check("RATE_LIMIT", "0") { $0.rateLimit = 0 }
    try check("RATE_WINDOW", "2.5") { $0.rateWindow = .milliseconds(2_500) }
    try check("LINKS", "2325,9322:100:10:0.5") {
      $0.links = [
        LinkCondition.all[4],
        LinkCondition(
          port: 9322,
          name: "",
          delayMilliseconds: 100,
          jitterMilliseconds: 10,
          lossPercent: 0.5
        ),
      ]
    }
    try check("INSECURE", "1") { $0.target.skipsHostKeyCheck = true }
  }

  func testArrivals_areOfTheKindThatIsNamed() throws {
    let settings = try RunSettings(
      environment: ["LOADTEST_RATE": "12.5", "LOADTEST_ARRIVALS": "poisson"]
    )
    XCTAssertEqual(settings.arrivals?.rate, .steady(12.5))
    XCTAssertEqual(settings.arrivals?.kind, .poisson)
  }

  func testTimeout_boundsEveryStage() throws {
    let short = try settings("TIMEOUT", "2").timeouts
    XCTAssertEqual(short.connect, .seconds(2))
    XCTAssertEqual(short.firstByte, .seconds(2))
    XCTAssertEqual(short.wholeRequest, .seconds(2))
    let long = try settings("TIMEOUT", "600").timeouts
    XCTAssertEqual(long.wholeRequest, .seconds(600))
    XCTAssertLessThanOrEqual(long.connect, long.wholeRequest)
  }

  func testError_namesVariableValueAndWhatIsValid() {
    let nonsense: [(String, [String], String)] = [
      ("PROFILE", ["fast", "Smoke", " smoke"], "smoke, quick or standard"),
      (
        "DURATION",
        [
          "0", "-1", "ten", "nan", "inf", "1e9", "1e300", " 1", "1 s", "s", "1s1m", "1m1m", "1x",
          "25h",
          "-1s", "1m30", "99ms", "1s\u{301}", "", ".s", "1..5s",
        ],
        "a time from 100ms to 24h, such as 10s, 1m30s, 500ms or a number of seconds"
      ),
      ("WORKERS", ["0", "-1", "1.5", "many", "100001", "99999999999999999999"], "1 to 100000"),
      ("TIMEOUT", ["0", "-1", "soon", "3601"], "a time from 1ms to 1h"),
      ("LOOPS", ["0", "257", "x"], "a whole number from 1 to 256"),
      ("SEED", ["-1", "x", "1.0"], "a whole number from 0 to"),
      ("RATE", ["0", "-5", "fast", "nan", "1e7"], "a number from 0.001 to 1000000"),
      ("ARRIVALS", ["uniform", "Poisson"], "constant or poisson"),
      ("STRICT", ["yes", "true", "2"], "0 or 1"), ("INSECURE", ["on"], "0 or 1"),
      ("MCP_URL", ["h:3000", "ftp://h", "http://h:0"], "http://127.0.0.1:3000/mcp"),
      ("NETWORK", ["vm", "Live"], "embedded or live"),
      ("LINKS", ["2222", "1", "2322,2322", "9322:1:2:0", "near"], "2322, 2323"),
      ("SSHD", ["/nowhere/sshd", "sshd", "/etc/passwd"], "the absolute path of an sshd"),
      ("HEALTH_PATH", ["health", "/a b", "/\u{E9}"], "a path such as /api/health"),
      ("POOL_LIMIT", ["-1", "x"], "a whole number from 0"),
      ("RATE_WINDOW", ["0", "x"], "a time from 100ms"),
      ("LIMITED_MCP_URL", ["h:3001"], "http://127.0.0.1:3000/mcp"),
      ("MCP_HEADERS_FILE", ["/nowhere"], "Authorization: Bearer"),
      ("TLS_CA", ["/nowhere", "/etc/passwd"], "a readable file of trusted certificates (PEM)"),
      ("TLS_CERT", ["/nowhere", "/etc/passwd"], "a readable file of a client certificate (PEM)"),
      ("TLS_KEY", ["/nowhere"], "a readable file of the client certificate's key (PEM)"),
      ("TLS_INSECURE", ["yes"], "0 or 1"), ("TLS_RESUME", ["no"], "0 or 1"),
      ("TARGET_PORT", ["0", "65536", "ssh", "-22"], "a whole number from 1 to 65535"),
    ]
    for (name, values, valid) in nonsense {
      for value in values {
        XCTAssertThrowsError(try settings(name, value), "\(name)=\(value)") { error in
          let message = "\(error)"
          XCTAssertTrue(error is SettingError, message)
          XCTAssertTrue(message.contains("LOADTEST_\(name)=\"\(value)\""), message)
          XCTAssertTrue(message.contains(valid), message)
        }
      }
    }
  }

  func testError_doesNotRepeatCredentials() {
    for (name, value) in [
      ("MCP_URL", "http://me:hunter2@h/"), ("PASWORD", "hunter2"), ("MCP_HEADERS", "hunter2"),
      ("MCP_HEADERS", "Host: hunter2"), ("MCP_HEADERS", "X: a\r\n\u{1}: hunter2"),
    ] {
      XCTAssertThrowsError(try settings(name, value)) { error in
        XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
        XCTAssertTrue("\(error)".contains("LOADTEST_\(name)"), "\(error)")
      }
    }
    XCTAssertFalse(
      "\(String(describing: try? settings("PASSWORD", "hunter2")))".contains("hunter2")
    )
  }

  /// What is misspelt would silently do nothing.
  func testUnknownVariable_isRefused_byName() {
    for name in ["WORKER", "RATES", "workers", "", "PROFILE_"] {
      for value in ["", "1"] {
        XCTAssertThrowsError(try settings(name, value), name) { error in
          XCTAssertTrue("\(error)".hasPrefix("LOADTEST_\(name): unknown variable"), "\(error)")
          XCTAssertTrue("\(error)".contains("docs/settings.md"), "\(error)")
        }
      }
    }
  }

  func testOption_hasAVariableAndAFlagOfTheSameName() throws {
    let options = RunSettings.options
    XCTAssertEqual(Set(options.map(\.variable)).count, options.count)
    for option in options {
      XCTAssertEqual(option.flag?.hasPrefix("--"), option.flag.map { _ in true })
    }
    XCTAssertEqual(options.first { $0.variable == "LOADTEST_MCP_URL" }?.flag, "--mcp-url")
    XCTAssertEqual(
      options.filter { $0.flag == nil }.map(\.variable),
      ["LOADTEST_MCP_HEADERS", "LOADTEST_PASSWORD"]
    )
  }

  func testHost_standsForTheUsualURL() throws {
    let environment = ["LOADTEST_MCP_HOST": "10.178.0.10", "LOADTEST_MCP_PORT": "3001"]
    XCTAssertEqual(
      try RunSettings(environment: environment).serverURL?.description,
      "http://10.178.0.10:3001/mcp"
    )
    for host in ["a/b", "me@h", "h:1", "", "a b"] where !host.isEmpty {
      XCTAssertThrowsError(try settings("MCP_HOST", host), host)
    }
  }

  func testHost_winsAsAFlag_overAURLInAVariable() throws {
    let host = CommandLineWords.Given(name: "--mcp-host", value: "b")
    let url = CommandLineWords.Given(name: "--mcp-url", value: "http://c/mcp")
    var environment = ["LOADTEST_MCP_URL": "http://a:1/mcp", "LOADTEST_MCP_HOST": "d"]
    func server(_ flags: CommandLineWords.Given...) throws -> String? {
      try RunSettings(environment: environment, flags: flags).serverURL?.host
    }
    XCTAssertEqual(try server(), "a")
    XCTAssertEqual(try server(host), "b")
    XCTAssertEqual(try server(url), "c")
    XCTAssertThrowsError(try server(host, url)) { error in
      XCTAssertTrue("\(error)".contains("--mcp-host=\"b\" is not valid"), "\(error)")
    }
    environment = [:]
    XCTAssertEqual(try server(host), "b")
  }

  func testPassword_mayStandInAFile() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("p w\nrest\n".utf8, to: "password")
    XCTAssertEqual(try settings("PASSWORD_FILE", path).target.password, Secret("p w"))
    XCTAssertThrowsError(try settings("PASSWORD_FILE", directory.path + "/missing"))
    let latin = try directory.write([0x70, 0xE9, 0x0A], to: "latin")
    XCTAssertThrowsError(try settings("PASSWORD_FILE", latin)) { error in
      XCTAssertTrue("\(error)".contains("UTF-8"), "\(error)")
    }
    // Whatever ends the line, and whatever the next one begins with.
    for text in [
      "p\u{301} w\r\nrest", "p\u{301} w\rrest\n", "p\u{301} w\n\u{301}rest",
      "\u{FEFF}p\u{301} w\r\n",
    ] {
      let path = try directory.write(text.utf8, to: "password")
      let password = try settings("PASSWORD_FILE", path).target.password
      XCTAssertEqual(password.map { Array($0.value.utf8) }, Array("p\u{301} w".utf8), text)
    }
  }

  func testError_namesTheFlag_whenTheValueCameByOne() {
    XCTAssertThrowsError(
      try RunSettings(
        environment: ["LOADTEST_WORKERS": "3"],
        flags: [.init(name: "--workers", value: "x")]
      )
    ) { error in
      XCTAssertTrue("\(error)".hasPrefix("--workers=\"x\""), "\(error)")
    }
  }

  // MARK: Networks

  func testLiveNetwork_withoutAServer_isTheTestNetwork() throws {
    let settings = try settings("NETWORK", "live")
    XCTAssertEqual(settings.serverURL?.description, "http://10.178.0.10:3000/mcp")
    XCTAssertEqual(settings.limitedServerURL?.description, "http://10.178.0.10:3001/mcp")
    XCTAssertEqual(settings.target, SSHTarget(host: "10.178.0.20", port: 2222, user: "testuser"))
    XCTAssertTrue(settings.targetsTestNetwork)
  }

  /// Naming a host of the test network is enough; whatever else is named stands.
  func testHostsOfTheTestNetwork_areKnown() throws {
    var environment = [
      "LOADTEST_MCP_HOST": "10.178.0.10", "LOADTEST_TARGET_HOST": "10.178.0.20",
    ]
    XCTAssertEqual(try RunSettings(environment: environment), try settings("NETWORK", "live"))
    environment["LOADTEST_TARGET_PORT"] = "2328"
    environment["LOADTEST_TARGET_USER"] = "me"
    environment["LOADTEST_LIMITED_MCP_URL"] = "http://h:1/"
    let settings = try RunSettings(environment: environment)
    XCTAssertEqual(settings.target, SSHTarget(host: "10.178.0.20", port: 2328, user: "me"))
    XCTAssertEqual(settings.limitedServerURL?.description, "http://h:1/")
  }

  func testAnotherServer_saysNothingOfItsTarget() throws {
    let settings = try settings("MCP_URL", "http://h:3000/mcp")
    XCTAssertEqual(settings.target, SSHTarget(host: "127.0.0.1", port: 22))
    XCTAssertNil(settings.limitedServerURL)
    XCTAssertFalse(settings.targetsTestNetwork)
  }

  func testEmbeddedNetwork_isRefused_whereAServerIsNamed() {
    let environment = ["LOADTEST_NETWORK": "embedded", "LOADTEST_MCP_HOST": "h"]
    XCTAssertThrowsError(try RunSettings(environment: environment)) { error in
      XCTAssertTrue("\(error)".contains("LOADTEST_NETWORK=\"embedded\""), "\(error)")
    }
    XCTAssertEqual(try settings("NETWORK", "embedded"), RunSettings())
  }

  func testHeaders_mayStandInAFile() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("Authorization: Bearer x y\n\nX-A: b\n".utf8, to: "headers")
    XCTAssertEqual(
      try settings("MCP_HEADERS_FILE", path).headers,
      ["Authorization": Secret("Bearer x y"), "X-A": Secret("b")]
    )
    for end in ["\r\n", "\r", "\n"] {
      let lines = ["Authorization: Bearer x", "", "X-A:\u{301}b \t", "X-B: \u{301}"]
      let path = try directory.write(lines.joined(separator: end).utf8, to: "headers")
      XCTAssertEqual(
        try settings("MCP_HEADERS_FILE", path).headers,
        [
          "Authorization": Secret("Bearer x"), "X-A": Secret("\u{301}b"), "X-B": Secret("\u{301}"),
        ]
      )
    }
    for line in ["X\u{301}: a", "X-A\u{600}: a", "X", ": a", "X: \u{301}\u{7f}"] {
      XCTAssertThrowsError(try settings("MCP_HEADERS", line), line)
    }
  }

  // MARK: Era

  /// What is started here speaks the same from run to run; another server is asked.
  func testEra_isLegacyForTheEmbeddedServer_andAskedForElsewhere() throws {
    XCTAssertEqual(RunSettings().era, .legacy)
    XCTAssertEqual(try settings("SERVER", "/a/build/of/mcp-ssh-server").era, .legacy)
    XCTAssertNil(try settings("SERVER", "other --port {port}").era)
    XCTAssertNil(try settings("MCP_URL", "http://127.0.0.1:3000/mcp").era)
    for (word, era) in [("modern", ProtocolEra.modern), ("legacy", .legacy)] {
      XCTAssertEqual(try settings("MCP_ERA", word).era, era)
    }
    XCTAssertThrowsError(try settings("MCP_ERA", "old")) { error in
      XCTAssertTrue("\(error)".contains("auto, modern or legacy"), "\(error)")
    }
  }

  // MARK: Tool profile

  func testToolProfile_isTheStandardOne_aShippedOne_orThatOfAFile() throws {
    XCTAssertEqual(RunSettings().toolProfile, .standard)
    XCTAssertNil(try settings("TOOL_PROFILE", "stateless").toolProfile.connect)
    let directory = try TemporaryDirectory()
    let text = #"{"name": "mine", "run": {"name": "r", "arguments": {"command": "c"}}}"#
    let path = try directory.write(text.utf8, to: "tools.json")
    XCTAssertEqual(try settings("TOOL_PROFILE", path).toolProfile.name, "mine")
  }

  func testToolProfile_isRefusedWithItsPath_whenItCannotBeRead() throws {
    let directory = try TemporaryDirectory()
    let damaged = try directory.write("{\"nam\": 1}".utf8, to: "tools.json")
    let cases = [(damaged, "\"nam\""), (directory.path + "/missing.json", "no such file")]
    for (path, reason) in cases + [(directory.path, "no such file")] {
      XCTAssertThrowsError(try settings("TOOL_PROFILE", path)) { error in
        XCTAssertTrue("\(error)".contains("LOADTEST_TOOL_PROFILE=\"\(path)\""), "\(error)")
        XCTAssertTrue("\(error)".contains(reason), "\(error)")
        XCTAssertTrue("\(error)".contains("standard, short"), "\(error)")
      }
    }
  }
}
