import EventIO
import XCTest

@testable import LoadSupport

/// Guesses from servers as they vary: names in every style, with sessions and without, and what is none.
final class ToolProfileDraftTests: XCTestCase {
  /// A tool from its name and its arguments, `host! port#int`: `!` is required, `#` gives another type than text.
  private func tool(
    _ name: String,
    _ arguments: String,
    about description: String = "",
    results: String = ""
  ) throws -> OfferedTool {
    func schema(_ fields: String) -> JSONValue {
      var properties: [JSONValue.Member] = []
      var required: [JSONValue] = []
      for word in fields.words() {
        let parts = word.split(at: UInt8(ascii: "#")).map(String.init)
        let isRequired = parts[0].hasByteSuffix("!")
        let name = isRequired ? String(parts[0].unicodeScalars.dropLast()) : parts[0]
        if isRequired { required.append(.string(name)) }
        properties.append(.init(name, ["type": .string(parts.count > 1 ? parts[1] : "string")]))
      }
      return ["properties": .object(properties), "required": .array(required)]
    }
    return try XCTUnwrap(
      OfferedTool([
        "name": .string(name), "description": .string(description),
        "inputSchema": schema(arguments), "outputSchema": schema(results),
      ])
    )
  }

  /// A tool whose one argument beside the command is of one of some values, or described so.
  private func tool(
    _ name: String,
    taking argument: String,
    about description: String = "",
    oneOf values: [JSONValue] = []
  ) throws -> OfferedTool {
    var schema: [JSONValue.Member] = [
      .init("type", "string"), .init("description", .string(description)),
    ]
    if !values.isEmpty { schema.append(.init("enum", .array(values))) }
    return try XCTUnwrap(
      OfferedTool([
        "name": .string(name),
        "inputSchema": [
          "properties": .object([
            .init(argument, .object(schema)), .init("command", ["type": "string"]),
          ]), "required": [.string(argument), "command"],
        ],
      ])
    )
  }

  private func draft(_ tools: OfferedTool...) -> ToolProfileDraft {
    ToolProfileDraft(of: tools, server: "fake 1", named: "fake")
  }

  /// The profile of a draft, which must be one that can be used at once.
  private func profile(_ draft: ToolProfileDraft) throws -> ToolProfile {
    try ToolProfile(parsing: XCTUnwrap(draft.profile).indented())
  }

  private func guess(_ key: String, _ draft: ToolProfileDraft) throws -> ToolProfileDraft.Guess {
    try XCTUnwrap(draft.guesses.first { $0.key == key }, key)
  }

  func testNames_areTakenApartInEveryStyle() {
    let cases: [(String, [String])] = [
      ("ssh_run_command", ["ssh", "run", "command"]), ("ssh-run", ["ssh", "run"]),
      ("openSession", ["open", "session"]), ("runSSHCommand", ["run", "ssh", "command"]),
      ("SSHExec", ["ssh", "exec"]), ("exec2", ["exec2"]), ("a.b/c d", ["a", "b", "c", "d"]),
      ("", []), ("__", []), ("Ünïcode_x", ["Ünïcode", "x"]),
    ]
    for (name, words) in cases { XCTAssertEqual(ToolRules.words(of: name), words, name) }
    XCTAssertEqual(ToolRules.plain("ssh_target_host"), "host")
    XCTAssertEqual(ToolRules.plain("target"), "target")
  }

  func testServerWithSessions_isRecognised_whateverItsStyle() throws {
    let snake = draft(
      try tool("ssh_list_sessions", ""),
      try tool("ssh_connect", "host! port#integer user password insecure#boolean reuse#boolean"),
      try tool("ssh_run_command", "session_id! command!"),
      try tool("ssh_disconnect", "session_id!")
    )
    var expected = ToolProfile.standard
    expected.name = "fake"
    expected.purpose = "fake 1, as `loadtest inspect` guessed it"
    expected.sessionKeys = ["session_id", "sessionId", "id"]
    XCTAssertEqual(try profile(snake), expected)

    let camel = try profile(
      draft(
        try tool("connect", "hostname! username! privateKeyPath"),
        try tool("executeCommand", "sessionId! command!"),
        try tool("disconnect", "sessionId!")
      )
    )
    XCTAssertEqual(camel.connect?.arguments, ["host": "hostname", "user": "username"])
    XCTAssertEqual(camel.run.arguments, ["session": "sessionId", "command": "command"])
    XCTAssertEqual(camel.sessionKeys, ["sessionId", "session_id", "id"])

    let words = try profile(
      draft(
        try tool("test_connection", "server!"),
        try tool("open_session", "server! login"),
        try tool("run", "connection! cmd!"),
        try tool("run_async", "connection! cmd!"),
        try tool("close", "connection!"),
        try tool("close_tunnel", "connection!")
      )
    )
    XCTAssertEqual(words.connect?.name, "open_session")
    XCTAssertEqual(words.connect?.arguments, ["host": "server", "user": "login"])
    XCTAssertEqual(
      words.run,
      .init(name: "run", arguments: ["session": "connection", "command": "cmd"])
    )
    XCTAssertEqual(words.disconnect?.name, "close")
    XCTAssertEqual(words.sessionKeys, ["connection", "connection_id", "connectionId", "id"])
  }

  /// A name of the server's own is no host: LOADTEST_TARGET_NAME says it.
  func testTarget_isTheArgumentThatTakesANameOfTheServersOwn() throws {
    for tool in [
      try tool("ssh_exec", taking: "server", oneOf: ["prod-1", "prod-2"]),
      try tool("ssh_exec", taking: "serverName", about: "Name of the configured server"),
      try tool("ssh_exec", taking: "host_alias", about: "An alias from ~/.ssh/config"),
      try tool("ssh_exec", taking: "name", about: "The name of the server"),
      try tool("ssh_exec", taking: "target", oneOf: ["a"]),
    ] {
      let found = draft(tool)
      let name = tool.arguments[0].name
      let profile = try profile(found)
      XCTAssertEqual(profile.run.arguments, ["target": name, "command": "command"], name)
      XCTAssertTrue(profile.namesTarget && !profile.placesTarget, name)
      let guess = try guess("run.arguments.target", found)
      XCTAssertEqual(guess.confidence, .medium)
      XCTAssertTrue(guess.why.contains("LOADTEST_TARGET_NAME"), guess.why)
      XCTAssertFalse(found.guesses.contains { $0.key == "run.arguments.host" }, name)
    }
    for tool in [
      try tool("ssh_exec", taking: "server", about: "Hostname or alias"),
      try tool("ssh_exec", taking: "server"), try tool("ssh_exec", taking: "host", oneOf: ["a"]),
    ] {
      let name = tool.arguments[0].name
      XCTAssertEqual(try profile(draft(tool)).run.arguments["host"], name)
    }
    // The name of anything.
    let other = try tool("ssh_exec", taking: "name", about: "Name of the log file")
    XCTAssertNil(try profile(draft(other)).run.arguments["target"])
    // Beside a host a name says something else.
    let both = try tool("ssh_exec", "host! server! command!")
    XCTAssertEqual(try profile(draft(both)).run.arguments["target"], nil)
  }

  /// To be called thousands of times a tool must not end or take away anything.
  func testToolsThatEndSomething_areNeverGuessed() throws {
    for verb in [
      "delete", "remove", "drop", "stop", "kill", "shutdown", "reboot", "restart", "uninstall",
      "revoke", "destroy",
    ] {
      let run = try tool("\(verb)_host", "host! command!", about: "executes the command")
      XCTAssertNil(draft(run).profile, verb)
      let connect = try tool("\(verb)_and_connect", "host!")
      let draft = draft(connect, try tool("run_command", "session_id! command!"))
      XCTAssertNil(try profile(draft).connect, verb)
    }
  }

  func testOnlyTool_isNotCertain_whenItsNameDoesNotSayThatItRunsAny() throws {
    let vague = draft(try tool("host_tool", "host! command!", about: "Executes a command."))
    XCTAssertEqual(try guess("run", vague).confidence, .medium)
    let clear = draft(try tool("ssh_exec", "host! command!"))
    XCTAssertEqual(try guess("run", clear).confidence, .high)
  }

  func testCommand_thatIsAnArray_isSaid() throws {
    let found = draft(try tool("ssh_run", "host! command!#array"))
    XCTAssertNil(found.profile)
    XCTAssertTrue(found.gaps[0].contains("ssh_run takes a command as an array"), found.gaps[0])
  }

  /// What could not be listed may well run commands.
  func testToolsThatCouldNotBeListed_areNotSaidToRunNothing() throws {
    let none = ToolProfileDraft(of: [], lacking: "HTTP 500", server: nil, named: nil)
    XCTAssertEqual(none.gaps, ["not guessed: run: the tools could not be listed: HTTP 500"])
    let some = ToolProfileDraft(
      of: [try tool("read", "path!")],
      lacking: "HTTP 500",
      server: nil,
      named: nil
    )
    XCTAssertTrue(some.gaps[0].hasSuffix("there may be more tools: HTTP 500"), some.gaps[0])
  }

  func testServerWithoutSessions_isRecognised() throws {
    let stateless = draft(
      try tool("ssh_exec", "host! command! port#integer username password key"),
      try tool("ssh_exec_batch", "host! command!")
    )
    XCTAssertNil(try profile(stateless).connect)
    XCTAssertEqual(
      try profile(stateless).run.arguments,
      [
        "host": "host", "port": "port", "user": "username", "password": "password",
        "command": "command",
      ]
    )
    XCTAssertEqual(try guess("run", stateless).confidence, .high)
    // A key is nothing that the suite has.
    XCTAssertNil(try guess("run.fixed.key", stateless).value)
    XCTAssertEqual(stateless.gaps.count, 1, "\(stateless.gaps)")

    let alias = try profile(draft(try tool("execute_command", "alias! command!")))
    XCTAssertEqual(alias.run.arguments, ["host": "alias", "command": "command"])

    // What would be a session's name says where a command runs, where nothing opens sessions.
    let named = draft(try tool("execute-command", "cmdString! connectionName"))
    XCTAssertEqual(
      try profile(named).run.arguments,
      ["host": "connectionName", "command": "cmdString"]
    )
    XCTAssertEqual(try guess("run.arguments.host", named).confidence, .low)

    let bare = draft(try tool("exec", "command!"))
    XCTAssertEqual(try profile(bare).run.arguments, ["command": "command"])
    XCTAssertNil(try guess("run.arguments.host", bare).value)

    // Each command names its host, so that connecting is nobody's duty.
    let both = draft(
      try tool("ssh_connect", "host!"),
      try tool("ssh_exec", "host! command! session_id")
    )
    XCTAssertNil(try profile(both).connect)
    XCTAssertEqual(try guess("connect", both).others, ["ssh_connect"])
  }

  func testCommand_isRecognisedByItsDescription_whereItsNameSaysNothing() throws {
    let tool = try XCTUnwrap(
      OfferedTool([
        "name": "remote_exec",
        "inputSchema": [
          "required": ["text"],
          "properties": [
            "text": ["type": "string", "description": "The command to run."], "host": [:],
          ],
        ],
      ])
    )
    let draft = draft(tool)
    XCTAssertEqual(try profile(draft).run.arguments, ["host": "host", "command": "text"])
    XCTAssertEqual(try guess("run.arguments.command", draft).confidence, .low)
  }

  func testSeveralCandidates_areTold_theChosenOneFirst() throws {
    let draft = draft(
      try tool("ssh_run", "session_id! command!"),
      try tool("ssh_exec", "session_id! command!"),
      try tool("ssh_connect", "host!"),
      try tool("ssh_disconnect", "session_id!")
    )
    let run = try guess("run", draft)
    XCTAssertEqual(run.value, "ssh_run")
    XCTAssertEqual(run.others, ["ssh_exec"])
    XCTAssertEqual(run.confidence, .medium)
    XCTAssertEqual(try guess("connect", draft).confidence, .high)
  }

  func testResults_areReadFromTheOutputSchemas() throws {
    let connect = try XCTUnwrap(
      OfferedTool(
        JSONValue(
          parsing: """
            {"name":"connect","inputSchema":{"properties":{"host":{}}},"outputSchema":{"properties":
            {"session":{"type":"object","properties":{"id/a":{},"connection_id":{"type":"string"}}}}}}
            """.utf8
        )
      )
    )
    let draft = draft(
      connect,
      try tool("run", "connection_id! command!", results: "output status#integer"),
      try tool("disconnect", "connection_id!")
    )
    XCTAssertEqual(try profile(draft).sessionKeys, ["/structuredContent/session/connection_id"])
    XCTAssertEqual(try profile(draft).exitStatusPointers, ["/structuredContent/status"])
    XCTAssertEqual(draft.gaps, [])
    XCTAssertEqual(try guess("exit_status", draft).confidence, .medium)
    // An object is no session's name; what it has may be.
    let nested = try XCTUnwrap(
      OfferedTool(
        JSONValue(
          parsing: """
            {"name":"ssh_connect","inputSchema":{"properties":{"host":{}}},"outputSchema":{"properties":
            {"session":{"type":"object","properties":{"id":{"type":"integer"}}}}}}
            """.utf8
        )
      )
    )
    let inside = self.draft(nested, try tool("ssh_exec", "session_id! command!"))
    XCTAssertEqual(try profile(inside).sessionKeys, ["/structuredContent/session/id"])
    // The usual places stay, where one of them is told.
    let usual = self.draft(try tool("ssh_exec", "host! command!", results: "exitCode#integer"))
    XCTAssertEqual(try guess("exit_status", usual).value, "/structuredContent/exitCode")
    XCTAssertEqual(
      try profile(usual).exitStatusPointers,
      ToolProfile.standard.exitStatusPointers
    )
    // A text is no number.
    let words = self.draft(try tool("ssh_exec", "host! command!", results: "status"))
    XCTAssertEqual(try guess("exit_status", words).confidence, .none)
  }

  func testGaps_sayWhatToFillIn() throws {
    let draft = draft(
      try tool("ssh_connect", "host! region! user!"),
      try tool("ssh_exec", "session_id! command!")
    )
    let gaps = draft.gaps.joined(separator: "\n")
    for words in ["connect.fixed.region: required", "disconnect: no tool looks", "exit_status"] {
      XCTAssertTrue(gaps.contains(words), gaps)
    }
    XCTAssertEqual(try profile(draft).disconnect?.name, ToolProfileDraft.unknown)
    let demanding = self.draft(
      try tool("ssh_exec", "host! command! " + (0..<40).map { "a\($0)!" }.joined(separator: " "))
    )
    XCTAssertEqual(demanding.gaps.count, 21)
    XCTAssertEqual(demanding.gaps.last, "not guessed: 21 more")
    XCTAssertTrue(try guess("connect.arguments.user", draft).why.contains("LOADTEST_TARGET_USER"))
  }

  func testRequiredArguments_areFilledByTheirSchema_whereItHasAValue() throws {
    let tool = try XCTUnwrap(
      OfferedTool(
        JSONValue(
          parsing: """
            {"name":"ssh_exec","inputSchema":{"required":["host","command","mode","pty"],"properties":
            {"host":{},"command":{},"mode":{"enum":["fast","slow"]},"pty":{"default":false},"x":{"default":1}}}}
            """.utf8
        )
      )
    )
    XCTAssertEqual(
      try profile(draft(tool)).run.fixed,
      [.init("mode", "fast"), .init("pty", false)]
    )
  }

  func testServerThatIsNotAboutSSH_hasNoProfile() throws {
    let shops = [
      draft(), draft(try tool("search", "text!"), try tool("pay", "cart!")),
      draft(try tool("list_commands", "command"), try tool("connect", "host!")),
      draft(try tool("run_query", "sql!", about: "Runs a query.")),
    ]
    for shop in shops {
      XCTAssertNil(shop.profile)
      XCTAssertEqual(shop.gaps, ["not guessed: run: no tool looks as if it ran a command"])
    }
    let nested = draft(
      try XCTUnwrap(
        OfferedTool([
          "name": "ssh_run",
          "inputSchema": ["properties": ["params": ["properties": ["command": [:]]]]],
        ])
      )
    )
    XCTAssertNil(nested.profile)
    XCTAssertTrue(nested.gaps[0].contains("ssh_run takes a command inside another"), nested.gaps[0])
  }
}
