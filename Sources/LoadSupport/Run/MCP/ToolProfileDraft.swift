import EventIO

/// A tool profile to start from, guessed from what a server says of its tools, with each guess marked.
package struct ToolProfileDraft: Sendable, Equatable {
  /// How sure a guess is.
  enum Confidence: String, Sendable {
    case high
    case medium
    case low

    /// Nothing could be guessed: somebody has to fill it in.
    case none
  }

  /// One thing that was guessed, or could not be.
  struct Guess: Sendable, Equatable {
    /// The key of the profile that it is about, keys inside others behind dots.
    let key: String

    /// What was guessed; nil for nothing.
    var value: String?

    let confidence: Confidence

    /// Why, or what to fill in.
    let why: String

    /// What it may be as well, the likeliest first.
    var others: [String] = []
  }

  /// The profile; nil where no tool looks as if it ran commands.
  private(set) var profile: JSONValue?

  /// All guesses, in the order of the profile.
  private(set) var guesses: [Guess] = []

  /// What could not be guessed, each in a sentence with what to fill in.
  package var gaps: [String] {
    let all = guesses.filter { $0.confidence == .none }
    let more = all.count - Self.mostGaps
    return all.prefix(Self.mostGaps).map { "not guessed: \($0.key): \($0.why)" }
      + (more > 0 ? ["not guessed: \(more) more"] : [])
  }

  /// The name of a tool that somebody has to fill in.
  static let unknown = "FILL_IN"

  /// The key of the profile that holds the guesses.
  static let notes = "_guesses"

  /// So many candidates are told beside the one that was chosen.
  private static let mostOthers = 5

  /// So much that could not be guessed is told one by one.
  private static let mostGaps = 20

  /// Guesses from the tools of a server, which goes by this name; `fault` is why there may be more of them.
  init(of tools: [OfferedTool], lacking fault: String? = nil, server: String?, named name: String?)
  {
    let runs = ToolCandidate.all(of: ToolRules.run, among: tools)
    guard let run = runs.first else {
      note("run", nil, .none, Self.lack(of: tools, fault))
      return
    }
    let connects = ToolCandidate.all(of: ToolRules.connect, among: tools)
      .filter { $0.tool != run.tool }
    let needsSession =
      run.matches["session"].map { session in
        session.field.isRequired || run.matches["host"]?.field.isRequired != true
      } ?? false
    var members: [JSONValue.Member] = [
      .init("name", .string(name ?? "inspected")),
      .init("purpose", .string("\(server ?? "a server"), as `loadtest inspect` guessed it")),
    ]
    let login = ToolProfile.loginArguments
    if needsSession, let connect = connects.first {
      members.append(choose(ToolRules.connect, connects, login + ["reuse"]))
      members.append(choose(ToolRules.run, runs, ToolProfile.sessionArguments + ["command"]))
      members.append(closing(run, tools.filter { $0 != connect.tool && $0 != run.tool }))
      members.append(sessionKeys(run, connect))
    } else {
      members.append(choose(ToolRules.run, runs, login + ["command"]))
      if let connect = connects.first {
        note(
          "connect",
          nil,
          .low,
          "\(run.tool.name) is taken to need no session; if it does, fill in \"connect\" and \"disconnect\"",
          [connect.tool.name]
        )
      }
    }
    exitStatus(run.tool).map { members.append($0) }
    members.append(.init(Self.notes, .array(guesses.map(\.json))))
    profile = .object(members)
  }

  /// Why no tool was found that runs commands.
  private static func lack(of tools: [OfferedTool], _ fault: String?) -> String {
    if tools.isEmpty, let fault { return "the tools could not be listed: \(fault)" }
    func tool(with isOdd: (OfferedTool.Field) -> Bool) -> String? {
      tools.first { tool in
        tool.fields.contains { ToolRules.isCommand($0.name) && isOdd($0) }
      }?.name
    }
    let inside = tool { $0.path.count > 1 }.map { "\($0) takes a command inside another argument" }
    let array = tool { $0.path.count == 1 && $0.types.contains { $0.hasSameBytes(as: "array") } }
      .map {
        "\($0) takes a command as an array"
      }
    return "no tool looks as if it ran a command"
      + ((array ?? inside).map { "; \($0), which a tool profile cannot fill" } ?? "")
      + (fault.map { "; there may be more tools: \($0)" } ?? "")
  }

  private mutating func note(
    _ key: String,
    _ value: String?,
    _ confidence: Confidence,
    _ why: String,
    _ others: [String] = []
  ) {
    let guess = Guess(key: key, value: value, confidence: confidence, why: why, others: others)
    guesses.append(guess)
  }

  // MARK: Tools

  /// The member of the profile for the best of some candidates, with those of our arguments that it may have.
  private mutating func choose(
    _ rule: ToolRules.Tool,
    _ candidates: [ToolCandidate],
    _ roles: [String]
  ) -> JSONValue.Member {
    let best = candidates[0]
    let others = candidates.dropFirst().prefix(Self.mostOthers)
    let lead = best.score - (others.first?.score ?? 0)
    let confidence: Confidence =
      best.score == ToolCandidate.least ? .low : lead >= 2 && best.isNamedSo ? .high : .medium
    let reason =
      rule.key == ToolRules.run.key
      ? "takes a command (\(best.matches["command"]?.field.name ?? ""))"
      : "its name and its arguments say so"
    let why = others.isEmpty ? "the only tool that fits: \(reason)" : "fits best: \(reason)"
    note(rule.key, best.tool.name, confidence, why, others.map(\.tool.name))
    return .init(rule.key, tool(rule.key, best, roles))
  }

  private mutating func tool(
    _ key: String,
    _ candidate: ToolCandidate,
    _ roles: [String]
  ) -> JSONValue {
    var matches = candidate.matches
    // Where nothing opens sessions, what looks like one's name says where a command runs.
    let standIn =
      roles.contains { $0.hasSameBytes(as: "session") } || matches["host"] != nil
      ? nil : matches["session"]
    matches["host"] = matches["host"] ?? standIn
    if let known = candidate.namedTarget(besides: matches) {
      (matches["host"], matches["target"]) = (nil, known)
    }
    var arguments: [JSONValue.Member] = []
    // What a command must be told beside its session is told, though logging in has been.
    let required = ToolProfile.loginArguments.filter {
      matches[$0]?.field.isRequired == true && !roles.contains($0)
    }
    let wanted = roles + (key == ToolRules.run.key ? required : [])
    for role in wanted {
      guard let match = matches[role] else { continue }
      arguments.append(.init(role, .string(match.field.name)))
      if role.hasSameBytes(as: "target") {
        let why = "it takes a name of the server's own for a target: set LOADTEST_TARGET_NAME"
        note("\(key).arguments.target", match.field.name, .medium, why)
        continue
      }
      let setting = match.field.isRequired ? ToolRules.settings[role] : nil
      let isStandIn = standIn != nil && role.hasSameBytes(as: "host")
      note(
        "\(key).arguments.\(role)",
        match.field.name,
        match.isByName && !isStandIn ? .high : .low,
        (isStandIn
          ? "no tool opens sessions, so that it may say where a command runs"
          : match.isByName ? "by its name" : "by its description")
          + (setting.map { "; required: set \($0)" } ?? "")
      )
    }
    if wanted.contains(where: { $0.hasSameBytes(as: "host") }), matches["host"] == nil,
      matches["target"] == nil
    {
      let why =
        "\(candidate.tool.name) has no argument for a host: the server decides where commands run"
      note("\(key).arguments.host", nil, .medium, why)
    }
    let taken = wanted.compactMap { matches[$0]?.field.name }
    let fixed = fill(key, candidate.tool.arguments.filter { !taken.contains($0.name) })
    let members: [JSONValue.Member] = [
      .init("name", .string(candidate.tool.name)), .init("arguments", .object(arguments)),
    ]
    return .object(members + (fixed.isEmpty ? [] : [.init("fixed", .object(fixed))]))
  }

  /// Values for arguments that stand for none of ours and must be there, as far as their schema gives any.
  private mutating func fill(
    _ key: String,
    _ fields: [OfferedTool.Field]
  ) -> [JSONValue.Member] {
    var fixed: [JSONValue.Member] = []
    for field in fields {
      let place = "\(key).fixed.\(field.name)"
      if field.isRequired, let value = field.value {
        fixed.append(.init(field.name, value))
        let shown = String(decoding: value.encoded, as: UTF8.self).cut(toBytes: 100)
        note(
          place,
          String(shown),
          .low,
          "required; the default of its schema, or the first of its values"
        )
      } else if ToolRules.keys.contains(ToolRules.plain(field.name)) {
        note(
          place,
          nil,
          field.isRequired ? .none : .low,
          "a key to log in with, which the suite never sends: where the server needs it, fill in its value"
        )
      } else if field.isRequired {
        note(place, nil, .none, "required, and none of ours: fill in its value")
      }
    }
    return fixed
  }

  /// The tool that closes a session.
  private mutating func closing(_ run: ToolCandidate, _ tools: [OfferedTool]) -> JSONValue.Member {
    let candidates = ToolCandidate.all(of: ToolRules.disconnect, among: tools)
    if !candidates.isEmpty {
      return choose(ToolRules.disconnect, candidates, ToolProfile.sessionArguments)
    }
    let key = ToolRules.disconnect.key
    let session = run.matches["session"]?.field.name ?? Self.unknown
    note(key, nil, .none, "no tool looks as if it closed a session: fill in its name and arguments")
    return .init(
      key,
      ["name": .string(Self.unknown), "arguments": ["session": .string(session)]]
    )
  }

  // MARK: Answers

  /// Where the answer to connecting names the session.
  private mutating func sessionKeys(
    _ run: ToolCandidate,
    _ connect: ToolCandidate
  ) -> JSONValue.Member {
    let key = "session_keys"
    let rule = ToolRules.arguments.first { $0.role == "session" }
    let argument = run.matches["session"]?.field.name ?? ""
    let names = [ToolRules.plain(argument)] + (rule?.names ?? [])
    let told = names.lazy.compactMap { name in
      connect.tool.resultFields.first {
        ToolRules.plain($0.name).hasSameBytes(as: name) && $0.isAny(of: rule?.types ?? [])
      }
    }.first
    if let told {
      note(key, told.pointer, .high, "the outputSchema of \(connect.tool.name) has it")
      return .init(key, [.string(told.pointer)])
    }
    let words = ToolRules.words(of: argument)
    let ids = words.last == "id" ? words : words + ["id"]
    let camel = ids.enumerated().map { index, word in
      index == 0 ? word : word.prefix(1).asciiUppercased() + word.dropFirst()
    }
    let keys = [argument, ids.joined(separator: "_"), camel.joined(), "id"]
    let different: [String] = keys.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    note(
      key,
      argument,
      .medium,
      "\(connect.tool.name) has no outputSchema that tells; the name of the argument of \(run.tool.name)",
      Array(different.dropFirst())
    )
    return .init(key, .array(different.map { .string($0) }))
  }

  /// Where the answer to a command tells how it ended; nil where the usual places do.
  private mutating func exitStatus(_ run: OfferedTool) -> JSONValue.Member? {
    let key = "exit_status"
    let names = ["exitcode", "exitstatus", "returncode", "rc", "exit"]
    // These may be those of something else.
    let vagueNames = ["statuscode", "code", "status"]
    let told = (names + vagueNames).lazy.compactMap { name in
      run.resultFields.first {
        ToolRules.plain($0.name).hasSameBytes(as: name) && $0.isAny(of: ["integer", "number"])
      }
    }.first
    guard let told else {
      note(
        key,
        nil,
        .none,
        "no outputSchema of \(run.name) tells of one, so that its usual names are looked for in answers; "
          + "where there is another, fill in its JSON pointer"
      )
      return nil
    }
    let isClear = names.contains(ToolRules.plain(told.name))
    note(key, told.pointer, isClear ? .high : .medium, "the outputSchema of \(run.name) has it")
    if ToolProfile.standard.exitStatusPointers.contains(told.pointer) { return nil }
    return .init(key, ["pointers": [.string(told.pointer)]])
  }
}

extension ToolProfileDraft.Guess {
  /// The guess as it stands in the profile.
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("key", .string(key)), .init("value", value.map { .string($0) } ?? .null),
      .init("confidence", .string(confidence.rawValue)), .init("why", .string(why)),
    ]
    if !others.isEmpty { members.append(.init("others", .array(others.map { .string($0) }))) }
    return .object(members)
  }
}

extension OfferedTool.Field {
  /// The JSON pointer to it in a result that has it as structured content (RFC 6901 §3).
  fileprivate var pointer: String {
    "/structuredContent"
      + path.map { key in
        "/"
          + key.replacing(byte: UInt8(ascii: "~"), with: "~0")
          .replacing(byte: UInt8(ascii: "/"), with: "~1")
      }.joined()
  }
}
