import EventIO

/// A tool profile that cannot be used, in a sentence that names the key and what would be valid.
struct ToolProfileError: Error, Equatable, Sendable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// How a server names its tools and their arguments, and how it words its refusals.
///
/// Data, so that a server with other names can be described in a JSON file. Those of common shapes
/// ship with the suite; the first of them is the MCP SSH automation server's.
package struct ToolProfile: Sendable, Equatable {
  /// A tool's name and what it calls each of the arguments that the suite may send.
  struct Tool: Sendable, Equatable {
    /// The tool's name in `tools/call`.
    var name: String

    /// Our name of an argument → the server's; what is missing is never sent.
    var arguments: [String: String]

    /// Arguments that are the same in every call.
    var fixed: [JSONValue.Member] = []
  }

  /// What the profile is called in reports.
  package var name: String

  /// Which servers it is for, in a line for lists.
  package var purpose = ""

  /// The newest protocol version to ask for in `initialize`.
  package var protocolVersion = "2025-11-25"

  /// How requests are written for the server, as the check before the load found it out.
  var form = RequestForm.legacy

  /// Opens an SSH session; nil where commands need none, because each names its host.
  var connect: Tool?

  /// Runs a command.
  var run: Tool

  /// Closes an SSH session; nil where there are none.
  var disconnect: Tool?

  /// Where the answer to `connect` carries the session's id: keys, and JSON pointers, which begin with `/`.
  var sessionKeys = ["session_id"]

  /// Error codes that mean "too many requests".
  var rateLimitedCodes = ["429", "rate_limit", "rate_limited"]

  /// Error codes that mean "a pool or session limit is reached".
  var rejectedCodes = ["pool_limit", "session_limit", "mcp_session_limit"]

  /// Texts that mean "too many requests", in lower case, where there is no code.
  var rateLimitedTexts = ["rate limit", "too many requests"]

  /// Texts that mean "a pool or session limit is reached", in lower case, where there is no code.
  var rejectedTexts = [
    "pool limit", "pool exhausted", "pool is full", "pool full", "session limit",
    "too many sessions", "too many connections", "connection limit", "maximum sessions",
    "maximum connections", "max sessions", "max connections", "maximum number of sessions",
    "maximum number of connections",
  ]

  /// Texts that mean "the session is gone", in lower case, whatever the status.
  var sessionLostTexts = [
    "session not found", "no valid session", "invalid session", "unknown session",
    "session expired", "session has expired", "session is expired", "session terminated",
    "session has been terminated", "session has ended", "session closed", "session is closed",
    "session does not exist", "no such session", "session is not initialized",
    "server not initialized",
  ]

  /// Where the result of `run` carries the command's exit status: JSON pointers, the first that leads
  /// to a value counts.
  var exitStatusPointers = AnswerPlan.pointerTexts([
    "exit_code", "exitCode", "exit_status", "exitStatus", "return_code", "returnCode", "returncode",
  ])

  /// Where a result carries what is there, or true, when something failed: JSON pointers.
  var failingPointers = AnswerPlan.pointerTexts(["signal", "timed_out", "timedOut"])

  /// Where a result carries what is false when something failed: JSON pointers.
  var succeedingPointers = AnswerPlan.pointerTexts(["success", "ok"])

  /// The exit statuses of a command that worked.
  var acceptedExitStatuses: [JSONValue] = [0]

  /// Parts of the text of a command's answer that mean that it did not run, in lower case; one that
  /// begins with `^` counts at the beginning only.
  var failureTexts = ["^error:", "command not found", ": not found"]

  /// What the suite's scenarios run on the target, where a server allows other commands than theirs; nil
  /// leaves it to them.
  var commands: [String]?

  /// What the check before the load may run where it cannot use `echo`; nil leaves it to `hostname`.
  var check: Check?

  /// A command, and what its answer shows when it really ran.
  struct Check: Sendable, Equatable {
    /// The command.
    var command: String

    /// A part of its output that its own text does not have.
    var answer: String
  }

  // MARK: Profiles that ship with the suite

  /// The profiles of `tool-profiles.json` as JSON text.
  package static var shippedText: [UInt8] { PackageResources.tool_profiles_json }

  /// The profiles that can be named instead of a file.
  package static let shipped: [ToolProfile] = {
    do {
      let profiles = try JSONValue(parsing: shippedText).array ?? []
      return try profiles.map { try ToolProfile($0) }
    } catch {
      // Not something that a user could have done: the file is part of this program.
      preconditionFailure("tool-profiles.json: \(error)")
    }
  }()

  /// The names of the MCP SSH automation server.
  package static let standard = shipped[0]

  // MARK: Reading

  static let sessionArguments = ["session"]
  static let loginArguments = ["host", "port", "user", "password", "insecure", "target"]

  /// Reads a profile's JSON text.
  init(parsing bytes: some Collection<UInt8>) throws(ToolProfileError) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw ToolProfileError("it is no JSON: \(error)")
    }
    try self.init(value)
  }

  init(_ value: JSONValue) throws(ToolProfileError) {
    let keys = [
      "name", "purpose", "protocol_version", "connect", "run", "disconnect", "session_keys",
      "rate_limited_codes", "rejected_codes", "rate_limited_texts", "rejected_texts",
      "session_lost_texts", "exit_status", "failure_flags", "failure_texts", "check", "commands",
      "meta",
    ]
    let profile = try Self.object(value, "the profile", keys: keys)
    guard let name = profile["name"]?.string, !name.isEmpty else {
      throw ToolProfileError("it needs a \"name\"")
    }
    self.name = name
    purpose = try Self.text(profile, "purpose") ?? purpose
    protocolVersion = try Self.text(profile, "protocol_version") ?? protocolVersion
    let login = Self.loginArguments
    connect = try Self.tool(profile, "connect", arguments: login + ["reuse"])
    disconnect = try Self.tool(profile, "disconnect", arguments: Self.sessionArguments)
    guard (connect == nil) == (disconnect == nil) else {
      throw ToolProfileError(
        "\"connect\" and \"disconnect\" come together, or not at all where each command names its host"
      )
    }
    let place = connect == nil ? login : login + Self.sessionArguments
    guard let run = try Self.tool(profile, "run", arguments: place + ["command"]),
      run.arguments["command"] != nil
    else { throw ToolProfileError("it needs \"run\", with the argument \"command\"") }
    self.run = run
    sessionKeys = try Self.texts(profile, "session_keys") ?? sessionKeys
    for key in sessionKeys where key.hasBytePrefix("/") && JSONPointer.tokens(key) == nil {
      throw ToolProfileError(
        "\"\(key)\" of \"session_keys\" is no JSON pointer such as \"/structuredContent/session/id\""
      )
    }
    rateLimitedCodes = try Self.texts(profile, "rate_limited_codes") ?? rateLimitedCodes
    rejectedCodes = try Self.texts(profile, "rejected_codes") ?? rejectedCodes
    // What servers say is compared in lower case.
    func lowercased(_ key: String, _ usual: [String]) throws(ToolProfileError) -> [String] {
      try Self.texts(profile, key)?.map { $0.lowercased() } ?? usual
    }
    rateLimitedTexts = try lowercased("rate_limited_texts", rateLimitedTexts)
    rejectedTexts = try lowercased("rejected_texts", rejectedTexts)
    sessionLostTexts = try lowercased("session_lost_texts", sessionLostTexts)
    failureTexts = try lowercased("failure_texts", failureTexts)
    commands = try Self.texts(profile, "commands")
    guard commands != [] else { throw ToolProfileError("\"commands\" must name at least one") }
    try readMeta(profile)
    try readExitStatus(profile)
    try readFailureFlags(profile)
    try readCheck(profile)
  }

  private mutating func readMeta(_ profile: JSONValue) throws(ToolProfileError) {
    guard let value = profile["meta"] else { return }
    guard case .object(let members) = value else {
      throw ToolProfileError("\"meta\" must be an object of keys of _meta and their values")
    }
    for member in members {
      let isTaken =
        ["progressToken", TraceContext.name].contains { member.key.hasSameBytes(as: $0) }
        || member.key.hasBytePrefix(RequestForm.prefix)
      if isTaken || member.key.isEmpty {
        throw ToolProfileError(
          "\"meta\" must not have the key \"\(member.key)\": \(RequestForm.prefix)…, progressToken and "
            + "\(TraceContext.name) are the protocol's (LOADTEST_TRACEPARENT sends a \(TraceContext.name))"
        )
      }
    }
    form.added = members
  }

  private mutating func readFailureFlags(_ profile: JSONValue) throws(ToolProfileError) {
    guard let value = profile["failure_flags"] else { return }
    let flags = try Self.object(value, "\"failure_flags\"", keys: ["set", "unset"])
    failingPointers = try Self.pointers(flags, "set", of: "failure_flags") ?? failingPointers
    succeedingPointers =
      try Self.pointers(flags, "unset", of: "failure_flags") ?? succeedingPointers
  }

  /// An array of JSON pointers.
  private static func pointers(
    _ value: JSONValue,
    _ key: String,
    of parent: String
  ) throws(ToolProfileError) -> [String]? {
    let pointers = try texts(value, key)
    for pointer in pointers ?? [] where JSONPointer.tokens(pointer) == nil {
      throw ToolProfileError(
        "\"\(pointer)\" of \"\(parent)\" is no JSON pointer such as \"/structuredContent/status\""
      )
    }
    return pointers
  }

  private mutating func readExitStatus(_ profile: JSONValue) throws(ToolProfileError) {
    guard let value = profile["exit_status"] else { return }
    let status = try Self.object(value, "\"exit_status\"", keys: ["pointers", "accepted"])
    exitStatusPointers =
      try Self.pointers(status, "pointers", of: "exit_status") ?? exitStatusPointers
    guard let accepted = status["accepted"] else { return }
    let values = accepted.array ?? []
    guard !values.isEmpty,
      values.allSatisfy({ $0.string != nil || $0.double != nil || $0.bool != nil })
    else {
      throw ToolProfileError(
        "\"accepted\" of \"exit_status\" must be an array of numbers, texts or truth values"
      )
    }
    acceptedExitStatuses = values
  }

  private mutating func readCheck(_ profile: JSONValue) throws(ToolProfileError) {
    guard let value = profile["check"] else { return }
    let check = try Self.object(value, "\"check\"", keys: ["command", "answer"])
    guard let command = try Self.text(check, "command"), let answer = try Self.text(check, "answer")
    else {
      throw ToolProfileError(
        "\"check\" needs a \"command\" and a part of its \"answer\" as texts"
      )
    }
    self.check = Check(command: command, answer: answer)
  }

  private static func tool(
    _ profile: JSONValue,
    _ key: String,
    arguments known: [String]
  ) throws(ToolProfileError) -> Tool? {
    guard let value = profile[key] else { return nil }
    let tool = try object(value, "\"\(key)\"", keys: ["name", "arguments", "fixed"])
    guard let name = tool["name"]?.string, !name.isEmpty else {
      throw ToolProfileError("\"\(key)\" needs the \"name\" of a tool")
    }
    let names = try object(tool["arguments"] ?? [:], "\"arguments\" of \"\(key)\"", keys: known)
    var arguments: [String: String] = [:]
    for argument in known {
      guard let value = names[argument] else { continue }
      guard let theirs = value.string, !theirs.isEmpty else {
        throw ToolProfileError("\"\(argument)\" of \"\(key)\" needs the server's name of it")
      }
      arguments[argument] = theirs
    }
    guard case .object(let fixed) = tool["fixed"] ?? [:] else {
      throw ToolProfileError("\"fixed\" of \"\(key)\" must be an object of arguments and values")
    }
    return Tool(name: name, arguments: arguments, fixed: fixed)
  }

  /// An object without other keys than these; one that begins with an underscore is a note, which nobody reads.
  private static func object(
    _ value: JSONValue,
    _ what: String,
    keys: [String]
  ) throws(ToolProfileError) -> JSONValue {
    guard case .object(let members) = value else {
      throw ToolProfileError("\(what) must be a JSON object")
    }
    for member in members where !keys.contains(member.key) && !member.key.hasBytePrefix("_") {
      throw ToolProfileError(
        "\(what) has an unknown key \"\(member.key)\"; valid are \(keys.joined(separator: ", "))"
      )
    }
    return value
  }

  private static func text(
    _ profile: JSONValue,
    _ key: String
  ) throws(ToolProfileError) -> String? {
    guard let value = profile[key] else { return nil }
    guard let text = value.string, !text.isEmpty else {
      throw ToolProfileError("\"\(key)\" must be a text")
    }
    return text
  }

  private static func texts(
    _ profile: JSONValue,
    _ key: String
  ) throws(ToolProfileError) -> [String]? {
    guard let value = profile[key] else { return nil }
    let texts = value.array?.compactMap(\.string)
    guard let texts, texts.count == value.array?.count, !texts.contains("") else {
      throw ToolProfileError("\"\(key)\" must be an array of texts")
    }
    return texts
  }
}
