import EventIO

/// A tool profile that cannot be used, in a sentence that names the key and what would be valid.
package struct ToolProfileError: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String

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
  package struct Tool: Sendable, Equatable {
    /// The tool's name in `tools/call`.
    package var name: String

    /// Our name of an argument → the server's; what is missing is never sent.
    package var arguments: [String: String]

    /// Arguments that are the same in every call.
    package var fixed: [JSONValue.Member] = []
  }

  /// What the profile is called in reports.
  package var name: String

  /// Which servers it is for, in a line for lists.
  package var purpose = ""

  /// The newest protocol version to ask for in `initialize`.
  package var protocolVersion = "2025-11-25"

  /// Opens an SSH session; nil where commands need none, because each names its host.
  package var connect: Tool?

  /// Runs a command.
  package var run: Tool

  /// Closes an SSH session; nil where there are none.
  package var disconnect: Tool?

  /// Where the answer to `connect` carries the session's id.
  package var sessionKeys = ["session_id"]

  /// Error codes that mean "too many requests".
  package var rateLimitedCodes = ["429", "rate_limit", "rate_limited"]

  /// Error codes that mean "a pool or session limit is reached".
  package var rejectedCodes = ["pool_limit", "session_limit", "mcp_session_limit"]

  /// Texts that mean "too many requests", in lower case, where there is no code.
  package var rateLimitedTexts = ["rate limit", "too many requests"]

  /// Texts that mean "a pool or session limit is reached", in lower case, where there is no code.
  package var rejectedTexts = [
    "pool limit", "pool exhausted", "pool is full", "pool full", "session limit",
    "too many sessions", "too many connections", "connection limit", "maximum sessions",
    "max sessions", "maximum number of",
  ]

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

  private static let sessionArguments = ["session"]
  private static let loginArguments = ["host", "port", "user", "password", "insecure"]

  /// Reads a profile's JSON text.
  package init(parsing bytes: some Collection<UInt8>) throws(ToolProfileError) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw ToolProfileError("it is no JSON: \(error)")
    }
    try self.init(value)
  }

  private init(_ value: JSONValue) throws(ToolProfileError) {
    let keys = [
      "name", "purpose", "protocol_version", "connect", "run", "disconnect", "session_keys",
      "rate_limited_codes", "rejected_codes", "rate_limited_texts", "rejected_texts",
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
    rateLimitedCodes = try Self.texts(profile, "rate_limited_codes") ?? rateLimitedCodes
    rejectedCodes = try Self.texts(profile, "rejected_codes") ?? rejectedCodes
    // What servers say is compared in lower case.
    rateLimitedTexts =
      try Self.texts(profile, "rate_limited_texts")?.map { $0.lowercased() } ?? rateLimitedTexts
    rejectedTexts =
      try Self.texts(profile, "rejected_texts")?.map { $0.lowercased() } ?? rejectedTexts
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

  /// An object without other keys than these.
  private static func object(
    _ value: JSONValue,
    _ what: String,
    keys: [String]
  ) throws(ToolProfileError) -> JSONValue {
    guard case .object(let members) = value else {
      throw ToolProfileError("\(what) must be a JSON object")
    }
    for member in members where !keys.contains(member.key) {
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
