import EventIO

/// Tries a live network before any load: does the server answer, and do one login and one command
/// work?
///
/// In an MCP session of its own, which it ends; nothing of it is recorded. It throws a sentence that
/// says which of the three failed and how to try that by hand.
actor NetworkCheck: LoopBound {
  /// What was found out on the way.
  struct Findings: Sendable {
    /// The profile without what this server does not offer.
    var profile: ToolProfile

    /// The server's name and version, as it tells them; nil where it does not.
    var server: String?

    /// The name alone.
    var serverName: String?

    /// The address of the server that answered.
    var address: SocketAddress

    /// Whether the server tells of its health where it was asked for it.
    var hasHealth = true

    /// The commands of the load that were answered with some text.
    var spokenCommands: Set<String> = []

    /// Those whose answers told how they ended.
    var statusCommands: Set<String> = []

    /// What readers must know of its answers, each in a sentence.
    var remarks: [String] = []

    /// The limits that the server tells of in its metrics, 0 for none; nil where it does not.
    var poolLimit: Int?
    var rateLimit: Int?
    var rateWindowSeconds: Double?

    /// How long the quickest command took that was answered; nil if none was.
    var requestSeconds: Double?

    /// What the server cannot do that some scenarios want; nil for nothing.
    var lacks: [ServerFeature]? {
      var lacks: [ServerFeature] = []
      if profile.connect?.arguments["reuse"] == nil { lacks.append(.reuse) }
      if !hasHealth { lacks.append(.health) }
      return lacks.isEmpty ? nil : lacks
    }
  }

  nonisolated let loop: EventLoop

  private let endpoint: MCPEndpoint
  private let target: SSHTarget?
  private let commands: [String]
  private let timeouts: HTTPTimeouts
  private let control: RunControl?
  private var client: MCPClient
  private var findings: Findings

  /// How long a server may take to accept a connection where it has another address.
  private static let connectTimeout = Duration.seconds(3)

  private init(
    _ endpoint: MCPEndpoint,
    _ profile: ToolProfile,
    _ target: SSHTarget?,
    _ commands: [String],
    _ timeouts: HTTPTimeouts,
    _ control: RunControl?,
    loop: EventLoop
  ) {
    self.endpoint = endpoint
    self.target = target
    self.commands = commands
    self.timeouts = timeouts
    self.control = control
    self.loop = loop
    findings = Findings(profile: profile, address: endpoint.address)
    client = MCPClient(
      endpoint,
      profile: profile,
      timeouts: timeouts,
      hiding: target?.password,
      on: loop
    )
  }

  /// Tries a server, a target and the commands of the load there, and gives what was found out; without
  /// a target the server alone.
  ///
  /// Nothing is lost when it is given up half-way, so that the first request for an end is enough.
  static func run(
    _ endpoint: MCPEndpoint,
    profile: ToolProfile,
    target: SSHTarget?,
    commands: [String] = [],
    timeouts: HTTPTimeouts,
    control: RunControl? = nil
  ) async throws(NetworkError) -> Findings {
    let result: Result<Findings, NetworkError>
    do {
      let loop = try EventLoop(name: "check")
      control?.attach(loop, cuttingOffAt: .stop)
      defer {
        control?.detach(loop)
        loop.stop()
      }
      let check = NetworkCheck(endpoint, profile, target, commands, timeouts, control, loop: loop)
      result = await Task(executorPreference: loop.actorTasks) { await check.tryAll() }.value
    } catch {
      throw NetworkError("cannot check the network: \(error)")
    }
    return try result.get()
  }

  private func tryAll() async -> Result<Findings, NetworkError> {
    let result: Result<Findings, NetworkError>
    do throws(NetworkError) {
      try await askServer()
      if let target {
        try await lookForTools()
        if isStopping { throw Self.stopped }
        try await logInAndRun(on: target)
        if !isStopping { await readLimits() }
        if !isStopping { await askForHealth() }
      }
      result = .success(findings)
    } catch {
      result = .failure(error)
    }
    if !isStopping { _ = await client.endSession(plannedAt: now()) }
    await client.close()
    return isStopping ? .failure(Self.stopped) : result
  }

  private static let stopped = NetworkError("the run was stopped while the network was being tried")

  private var isStopping: Bool { control?.isStopping ?? false }

  // MARK: The server

  /// Opens an MCP session at the first of the server's addresses that answers.
  private func askServer() async throws(NetworkError) {
    var failures: [String] = []
    for address in endpoint.addresses {
      if isStopping { throw Self.stopped }
      let isLast = failures.count == endpoint.addresses.count - 1
      guard let failure = await open(at: address, isLast: isLast) else {
        findings.address = address
        findings.server = client.server
        findings.serverName = client.serverName
        return
      }
      failures.append(endpoint.addresses.count > 1 ? "at \(address) \(failure)" : failure)
    }
    throw NetworkError(
      "the server \(endpoint.url.withoutQuery) does not answer as an MCP server: "
        + "\(failures.joined(separator: "; ")); try: \(curl)"
    )
  }

  /// Opens an MCP session at one address; what was wrong if it does not stand.
  private func open(at address: SocketAddress, isLast: Bool) async -> String? {
    var timeouts = timeouts
    if !isLast { timeouts.connect = min(timeouts.connect, Self.connectTimeout) }
    await client.close()
    client = MCPClient(
      endpoint.only(at: address),
      profile: findings.profile,
      timeouts: timeouts,
      hiding: target?.password,
      on: loop
    )
    for (operation, attempt) in await client.initialize(plannedAt: now()) {
      guard attempt.outcome != .success else { continue }
      return Self.reason(operation, attempt)
    }
    return nil
  }

  /// Sees whether the server tells of its health where scenarios would ask for it.
  ///
  /// Without such a thing the path is not there (404, 405, 501). What answers beside a server below a
  /// path is somebody else, whatever it says, unless the path was named.
  private func askForHealth() async {
    let attempt = await client.checkHealth(plannedAt: now())
    let isGuess =
      endpoint.healthPath == MCPEndpoint.usualHealthPath
      && !["/", "/mcp", "/mcp/"].contains(endpoint.url.pathWithoutQuery)
    if let status = attempt.httpStatus, status != 200 {
      findings.hasHealth = !([404, 405, 501].contains(status) || isGuess)
    }
  }

  /// What to type to see the same; values of extra header fields are left out.
  private var curl: String {
    var version: [UInt8] = []
    version.appendJSONString(findings.profile.protocolVersion)
    let message =
      #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"#
      + String(decoding: version, as: UTF8.self)
      + #","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}"#
    let fields =
      ["Content-Type: application/json", "Accept: application/json, text/event-stream"]
      + endpoint.headers.keys.sorted().map { "\($0): …" }
    let options = fields.flatMap { ["-H", ServerCommand.quoted($0)] } + ["-d"]
    let words = ["curl -i", ServerCommand.quoted(endpoint.url.withoutQuery)] + options
    return (words + [ServerCommand.quoted(message)]).joined(separator: " ")
  }

  /// Sees that the tools are there, and which arguments connecting has.
  private func lookForTools() async throws(NetworkError) {
    var tools: [JSONValue] = []
    var cursor: JSONValue?
    // A list may come in pages; one without an end is not worth a check.
    for _ in 0..<20 where !isStopping {
      let page = MCPRequest("tools/list", parameters: cursor.map { ["cursor": $0] })
      guard await client.perform(page, plannedAt: now()).outcome == .success,
        let result = client.lastResult
      else { break }
      tools += result["tools"]?.array ?? []
      cursor = result["nextCursor"]
      if cursor?.string == nil { break }
    }
    // Whoever does not list its tools may have them all the same: calling them will tell.
    let names = tools.compactMap { $0["name"]?.string }
    guard !names.isEmpty else { return }
    let profile = findings.profile
    for tool in [profile.connect, profile.run, profile.disconnect].compactMap(\.self)
    where !names.contains(tool.name) {
      throw NetworkError(
        "the server answers, but it has no tool \(tool.name), which the tool profile "
          + "\"\(profile.name)\" names; it has \(names.sorted().prefix(40).joined(separator: ", ")): "
          + "choose another profile (`loadtest list --tool-profiles`) or write one (docs/settings.md)"
      )
    }
    guard let reuse = profile.connect?.arguments["reuse"] else { return }
    let connecting = tools.first { $0["name"]?.string == profile.connect?.name }
    if connecting?["inputSchema"]?["properties"]?[reuse] == nil {
      findings.profile.connect?.arguments["reuse"] = nil
    }
  }

  // MARK: The target

  private func logInAndRun(on target: SSHTarget) async throws(NetworkError) {
    let session = try await logIn(on: target)
    let stage = session == nil ? "the server answers" : "the server answers and logs in"
    let failure = await proveCommands(on: target, session)
    if failure == nil { await hearCommands(on: target, session) }
    if !isStopping, let request = session?.disconnectRequest(findings.profile) {
      _ = await client.perform(request, plannedAt: now())
    }
    if let failure { throw NetworkError("\(stage), but \(failure)") }
  }

  /// Opens an SSH session; nil at a server without any.
  private func logIn(on target: SSHTarget) async throws(NetworkError) -> SSHSession? {
    guard let request = target.connectRequest(findings.profile) else { return nil }
    let place = "\(target.host):\(target.port)"
    let attempt = await client.perform(request, plannedAt: now())
    if attempt.outcome == .wrongAnswer {
      throw NetworkError(
        "the server answers and says that it has logged in to \(place), but names no session: none of "
          + "\(findings.profile.sessionKeys.joined(separator: ", ")) is in its answer; name the key in "
          + "\"session_keys\" of a tool profile (docs/settings.md); "
          + Self.reason(request.operation, attempt)
      )
    }
    guard attempt.outcome == .success, let id = client.lastSSHSession else {
      throw NetworkError(
        "the server answers, but cannot log in to \(place): "
          + Self.reason(request.operation, attempt)
          + Self.hostKeyHint([attempt], target, findings.profile)
          + "; try on the server's machine: \(Self.ssh(target))"
      )
    }
    return SSHSession(id: id)
  }

  // MARK: Commands

  /// Sees that commands really run on the target, by what only one that ran can answer; what is wrong
  /// if none does.
  ///
  /// A shell makes one blank of two between the words of `echo`: a server that only repeats the
  /// command in its refusal cannot give that answer. What is not allowed or not there is tried in
  /// another way: by what the profile names, else by `hostname`.
  private func proveCommands(on target: SSHTarget, _ session: SSHSession?) async -> String? {
    var random = SystemRandomNumberGenerator()
    let words = (0..<2).map { _ in "lt" + String(UInt32.random(in: .min ... .max, using: &random)) }
    var proofs: [(command: String, isProof: (String) -> Bool)] = [
      (
        "echo \(words[0])  \(words[1])",
        { $0.utf8.firstRange(of: "\(words[0]) \(words[1])".utf8) != nil }
      )
    ]
    if let check = findings.profile.check {
      proofs.append((check.command, { $0.utf8.firstRange(of: check.answer.utf8) != nil }))
    } else {
      proofs.append(("hostname", Self.looksLikeHostName))
    }
    var tried: [String] = []
    var attempts: [Attempt] = []
    var answers: Set<[UInt8]> = []
    var last = ""
    for (command, isProof) in proofs where !isStopping {
      let attempt = await run(command, on: target, session)
      attempts.append(attempt)
      if attempt.outcome == .success {
        let text = client.lastText ?? ""
        let all = client.lastResult.map { String(decoding: $0.encoded, as: UTF8.self) } ?? ""
        // What the server also answers to something else shows nothing.
        if isProof(text) || isProof(all), answers.insert(Array(text.utf8)).inserted { return nil }
        answers.insert(Array(text.utf8))
        let secrets = [target.password].compactMap(\.self) + endpoint.secrets
        let shown = ServerWords.shown(text, hiding: secrets)
        tried.append("\(command) was answered with \(shown.map { "\"\($0)\"" } ?? "no text")")
      } else {
        tried.append(Self.reason(command, attempt))
      }
      last = command
    }
    return "cannot run a command on \(target.host):\(target.port), or nothing shows that it ran: "
      + tried.joined(separator: "; ") + Self.hostKeyHint(attempts, target, findings.profile)
      + "; try on the server's machine: \(Self.ssh(target, last)); where "
      + "it works, name a command and a part of its answer as \"check\" in a tool profile (docs/settings.md)"
  }

  /// Notes which commands of the load are answered with some text, so that silence is told from an
  /// answer later.
  private func hearCommands(on target: SSHTarget, _ session: SSHSession?) async {
    var tellsExitStatus: Bool?
    for command in Set(commands).sorted() where !isStopping {
      var attempt = await run(command, on: target, session)
      // What fails now and then is for the load to count.
      for _ in 0..<2 where attempt.outcome != .success && !isStopping {
        attempt = await run(command, on: target, session)
      }
      guard attempt.outcome == .success else {
        findings.remarks.append(
          "a command of the load failed three times before any load: \(Self.reason(command, attempt))"
        )
        continue
      }
      if client.lastTellsExitStatus { findings.statusCommands.insert(command) }
      tellsExitStatus = client.lastTellsExitStatus || tellsExitStatus == true
      if client.lastText?.utf8.contains(where: { $0 > UInt8(ascii: " ") }) == true {
        findings.spokenCommands.insert(command)
      }
    }
    if tellsExitStatus == false {
      findings.remarks.append(
        "no answer tells how its command ended: one that failed counts as a success unless it is silent or "
          + "its text means failure; where the server tells an exit status, name the place as "
          + "\"exit_status\" in a tool profile (docs/settings.md)"
      )
    }
  }

  private func run(
    _ command: String,
    on target: SSHTarget,
    _ session: SSHSession?
  ) async -> Attempt {
    let request = target.runRequest(command, in: session, operation: command, findings.profile)
    let attempt = await client.perform(request, plannedAt: now())
    if attempt.outcome == .success {
      let seconds = Double(attempt.latency) / 1e9
      findings.requestSeconds = min(findings.requestSeconds ?? seconds, seconds)
    }
    return attempt
  }

  /// Whether a text is one word of letters, digits, hyphens and dots (RFC 1123 §2.1).
  private static func looksLikeHostName(_ text: String) -> Bool {
    let lines = text.utf8.split { $0 <= UInt8(ascii: " ") }
    guard lines.count == 1, let name = lines.first, name.count <= 253 else { return false }
    return name.allSatisfy { byte in
      byte | 0x20 &- UInt8(ascii: "a") < 26 || byte &- 48 <= 9 || "-._".utf8.contains(byte)
    }
  }

  // MARK: Limits

  private func readLimits() async {
    let scraper = MetricsScraper(
      endpoint: endpoint.only(at: findings.address),
      origin: .now(),
      loop: loop
    )
    let page = await scraper.fetch()
    await scraper.close()
    guard let page else { return }
    let gauges = ServerMetricsLine(at: 0, occasion: .before, scrape: page).totals
    // What a server tells of itself may be anything. A limit beyond what can be tried is none: its
    // exhaustion would take more sessions, requests or time than a run has.
    func limit(_ name: String, _ most: Double) -> Double? {
      gauges[name].map { (0...most).contains($0) ? $0 : 0 }
    }
    findings.poolLimit = limit(ServerMetricName.poolLimit, 1000).flatMap { Int(exactly: $0) }
    findings.rateLimit = limit(ServerMetricName.rateLimit, 100_000).flatMap { Int(exactly: $0) }
    findings.rateWindowSeconds = gauges[ServerMetricName.rateWindow]
      .flatMap { $0 > 0 && $0 <= 3600 ? $0 : nil }
  }

  private func now() -> Int64 { MonotonicInstant.now().nanoseconds }

  private static func reason(_ operation: String, _ attempt: Attempt) -> String {
    "\(operation) ended in \(attempt.outcome.rawValue): \(attempt.error ?? "no reason was given")"
  }
}
