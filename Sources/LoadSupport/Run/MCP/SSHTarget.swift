import EventIO

/// The machine that commands run on, as `ssh_connect` is told.
package struct SSHTarget: Sendable, Equatable {
  /// Name or address, as the server sees it.
  package var host: String

  /// The port of its sshd.
  package var port: UInt16

  /// The user to log in as; nil leaves it to the server.
  package var user: String?

  /// The password; nil means that the server logs in by key.
  package var password: Secret?

  /// Whether the server is told not to check the host key.
  var skipsHostKeyCheck: Bool

  /// What the server itself calls it; then it is told nothing of the place and of who logs in.
  package var name: String?

  /// Describes a target.
  package init(
    host: String,
    port: UInt16,
    user: String? = nil,
    password: Secret? = nil,
    skipsHostKeyCheck: Bool = false,
    name: String? = nil
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.skipsHostKeyCheck = skipsHostKeyCheck
    self.name = name
  }

  /// What tells where to log in, and as whom, by our names of arguments.
  var arguments: [(name: String, value: JSONValue)] {
    var given: [(String, JSONValue)] = []
    if let name {
      given.append(("target", .string(name)))
    } else {
      given = [("host", .string(host)), ("port", .number(String(port)))]
      if let user { given.append(("user", .string(user))) }
      if let password { given.append(("password", .string(password.value))) }
    }
    if skipsHostKeyCheck { given.append(("insecure", true)) }
    return given
  }

  /// Where commands run, for people: by the name of the server's own, else as host and port.
  func place(_ profile: ToolProfile) -> String {
    if let name { return name.shown }
    return profile.placesTarget ? "\(host):\(port)" : Self.unnamed
  }

  /// What stands for a target of which the server is told nothing.
  static let unnamed = "the server's own"

  /// The call that opens an SSH session to this target, on a pooled connection if there is one and
  /// reusing is wanted; nil for a server without sessions.
  func connectCall(
    _ profile: ToolProfile,
    reusing: Bool = true,
    operation: String = OperationName.openSession,
    fields: [CallTemplate.Field] = [],
    reader: AnswerReader? = nil
  ) -> CallTemplate? {
    guard let tool = profile.connect else { return nil }
    var arguments = ArgumentList(tool)
    arguments.add(self)
    if !reusing { arguments.add("reuse", .fixed(false)) }
    return CallTemplate(
      tool: tool.name,
      arguments: arguments.members,
      fields: fields,
      operation: operation,
      demanding: .session,
      reader: reader,
      in: profile.form
    )
  }

  /// The call that runs a command, with a slot for the SSH session where the server has sessions.
  ///
  /// `mustSpeak` says that an empty answer is a wrong one, `mustTellStatus` that one without an exit status is.
  func runCall(
    _ command: String,
    operation: String,
    mustSpeak: Bool = false,
    mustTellStatus: Bool = false,
    _ profile: ToolProfile
  ) -> CallTemplate {
    runCall(
      [.text(command)],
      operation: operation,
      demanding: .command(mustSpeak: mustSpeak, mustTellStatus: mustTellStatus),
      profile
    )
  }

  /// The call that runs a command with slots in it.
  func runCall(
    _ command: [ByteTemplate.Part],
    fields: [CallTemplate.Field] = [],
    operation: String,
    demanding demand: AnswerDemand,
    reader: AnswerReader? = nil,
    _ profile: ToolProfile
  ) -> CallTemplate {
    var arguments = ArgumentList(profile.run)
    arguments.add(self)
    arguments.add("session", .slot(.session))
    arguments.add("command", .text(command))
    return CallTemplate(
      tool: profile.run.name,
      arguments: arguments.members,
      fields: fields,
      operation: operation,
      demanding: demand,
      reader: reader,
      in: profile.form
    )
  }
}

extension ToolProfile {
  /// The tool that is told where to log in.
  private var login: Tool { connect ?? run }

  /// Whether a server is told the target's host.
  var placesTarget: Bool { login.arguments["host"] != nil }

  /// Whether a server is told the target by a name of its own.
  var namesTarget: Bool { login.arguments["target"] != nil }

  /// Whether the tool that logs in can be told not to check the target's host key.
  var mapsInsecure: Bool { login.arguments["insecure"] != nil }

  /// The call that closes an SSH session, with a slot for it; nil for a server without sessions.
  var disconnectCall: CallTemplate? { closingCall(operation: OperationName.closeSession) }

  /// The same call under a name of its own.
  func closingCall(
    operation: String,
    fields: [CallTemplate.Field] = [],
    reader: AnswerReader? = nil
  ) -> CallTemplate? {
    guard let tool = disconnect else { return nil }
    var arguments = ArgumentList(tool)
    arguments.add("session", .slot(.session))
    return CallTemplate(
      tool: tool.name,
      arguments: arguments.members,
      fields: fields,
      operation: operation,
      demanding: .done,
      reader: reader,
      in: form
    )
  }
}

/// Arguments of a call under the names that the server's tool has for them.
private struct ArgumentList {
  private let tool: ToolProfile.Tool
  private(set) var members: [(name: String, value: CallTemplate.Argument)]

  init(_ tool: ToolProfile.Tool) {
    self.tool = tool
    members = tool.fixed.map { ($0.key, .fixed($0.value)) }
  }

  /// Adds an argument, unless the tool has no such one.
  mutating func add(_ name: String, _ value: CallTemplate.Argument) {
    guard let name = tool.arguments[name] else { return }
    members.append((name, value))
  }

  /// Adds what tells where to log in, and as whom.
  mutating func add(_ target: SSHTarget) {
    for (name, value) in target.arguments { add(name, .fixed(value)) }
  }
}
