import EventIO

extension RunSettings {
  /// Reads variables, and flags, which win over them; what is neither keeps its default.
  ///
  /// Throws which cannot be used, and why. A misspelt variable would silently do nothing, so that is an
  /// error too.
  package init(
    environment: [String: String],
    flags: [CommandLineWords.Given] = []
  ) throws(SettingError) {
    try take(Self.options, flags: flags, environment: environment)
    func source(_ name: String) -> String? {
      let variable = "LOADTEST_" + name
      return Self.options.first { $0.variable == variable }?.source(flags, environment)
    }
    try resolveNetwork(source)
    try checkTargetName(source)
    try beginTrace(source)
    proxies = try ProxySettings(
      proxyChoice,
      credentials: proxyCredentials,
      environment: environment
    )
    let unknown = Self.unknownVariable(
      in: environment,
      options: Self.options,
      besides: Self.buildVariables
    )
    guard let unknown else { return }
    // Its value may be the password under a misspelt name.
    throw SettingError(
      unknown: unknown,
      "unknown variable"
        + Self.options.compactMap(\.variable).suggestion(for: unknown)
        + "; docs/settings.md lists all"
    )
  }

  /// Refuses what cannot be told beside a target's name, and a name that cannot be told.
  private func checkTargetName(_ source: (String) -> String?) throws(SettingError) {
    guard serverURL != nil || stdio != nil, let name = target.name else { return }
    let option = source("TARGET_NAME") ?? ""
    guard toolProfile.namesTarget else {
      throw SettingError(
        name: option,
        value: name,
        valid: "left out: the tool profile \"\(toolProfile.name)\" has no argument \"target\" "
          + "(docs/settings.md, \"Tool profiles\")"
      )
    }
    let others = [
      "TARGET_HOST", "TARGET_PORT", "TARGET_USER", "PASSWORD", "PASSWORD_FILE", "LINKS",
    ]
    if let other = others.compactMap(source).first {
      throw SettingError(
        name: other,
        value: "(not shown)",
        valid: "left out beside \(option), by which the server knows place and login by itself"
      )
    }
  }

  /// Gives requests a trace if that is wanted.
  private mutating func beginTrace(_ source: (String) -> String?) throws(SettingError) {
    guard let place = TraceContext.Place(rawValue: traceChoice.rawValue) else { return }
    if place == .header, headers.keys.contains(where: { $0.asciiLowercased() == TraceContext.name })
    {
      throw SettingError(
        name: source("TRACEPARENT") ?? "",
        value: place.rawValue,
        valid: "meta or off beside a header field \(TraceContext.name) of your own"
      )
    }
    toolProfile.form.trace = TraceContext(in: place)
  }

  /// Lets a flag win over the variable that names the server in the other way.
  private mutating func chooseServer(_ source: (String) -> String?) throws(SettingError) {
    guard let serverHost, serverURL != nil, let name = source("MCP_HOST"), name.hasBytePrefix("--")
    else { return }
    if source("MCP_URL") == "--mcp-url" {
      throw SettingError(name: name, value: serverHost, valid: "left out beside --mcp-url")
    }
    serverURL = nil
  }

  /// Lets a flag that names a server in one way win over a variable that names one in another.
  private mutating func chooseStdio(_ source: (String) -> String?) throws(SettingError) {
    guard stdio != nil, let stdioSource = source("SERVER_STDIO") else { return }
    let others = ["MCP_URL", "MCP_HOST", "LIMITED_MCP_URL", "SERVER", "BASE_SERVER", "HEAD_SERVER"]
      .compactMap(source)
    let isFlag = stdioSource.hasBytePrefix("--")
    if !isFlag, others.contains(where: { $0.hasBytePrefix("--") }) {
      stdio = nil
    } else if let other = others.first(where: { $0.hasBytePrefix("--") == isFlag }) {
      throw SettingError(
        name: stdioSource,
        value: "(a command line)",
        valid: "left out beside \(other): both name the server"
      )
    } else {
      (serverURL, serverHost, limitedServerURL) = (nil, nil, nil)
      (server, baseServer, headServer) = (nil, nil, nil)
      namesTarget = source("TARGET_HOST") != nil || target.name != nil
    }
  }

  /// Fills in what naming a host of the test network says by itself.
  private mutating func resolveNetwork(
    _ source: (String) -> String?
  ) throws(SettingError) {
    let test = TestNetwork.standard
    try chooseStdio(source)
    if stdio != nil {
      guard networkKind != .live || namesTarget else {
        throw SettingError(
          name: source("NETWORK") ?? "",
          value: NetworkKind.live.rawValue,
          valid: "live where LOADTEST_TARGET_HOST names a target: a stdio server has no address"
        )
      }
      if networkKind == .embedded { namesTarget = false }
      networkKind = nil
      if targetsTestNetwork, namesTarget {
        if source("TARGET_PORT") == nil { target.port = test.links[0].port }
        if source("TARGET_USER") == nil { target.user = test.login.user }
      }
      return
    }
    let namesServer = serverURL != nil || serverHost != nil || limitedServerURL != nil
    let serversToRun = ["SERVER", "BASE_SERVER", "HEAD_SERVER"].compactMap(source)
    if let name = serversToRun.first, namesServer || networkKind == .live {
      throw SettingError(
        name: name,
        value: "(a command line)",
        valid: "left out where a live server is named: it is what the embedded network runs"
      )
    }
    if networkKind == .embedded, namesServer {
      throw SettingError(
        name: source("NETWORK") ?? "",
        value: NetworkKind.embedded.rawValue,
        valid: "live where LOADTEST_MCP_URL, _MCP_HOST or _LIMITED_MCP_URL name a server"
      )
    }
    try chooseServer(source)
    if let key = source("TLS_KEY"), tls.certificate == nil {
      throw SettingError(
        name: key,
        value: tls.key ?? "",
        valid:
          "left out where LOADTEST_TLS_CERT (--tls-cert) names no certificate that it belongs to"
      )
    }
    if networkKind == .live, !namesServer { serverHost = test.hosts.mcp.address }
    if serverURL != nil { serverHost = nil }
    if let serverHost {
      serverURL = try? HTTPURL(parsing: "http://\(serverHost):\(serverPort)\(test.server.path)")
    }
    // Where there is only the limited one, that one.
    serverURL = serverURL ?? limitedServerURL
    (networkKind, serverPort) = (nil, test.server.port)
    guard let server = serverURL else { return }
    if server.host == test.hosts.mcp.address {
      if source("TARGET_HOST") == nil { target.host = test.hosts.target.address }
      if source("LIMITED_MCP_URL") == nil, server.port == test.server.port {
        limitedServerURL = HTTPURL(
          host: server.host,
          port: test.server.limitedPort,
          path: test.server.path
        )
      }
    }
    if targetsTestNetwork {
      if source("TARGET_PORT") == nil { target.port = test.links[0].port }
      if source("TARGET_USER") == nil { target.user = test.login.user }
    }
  }
}
