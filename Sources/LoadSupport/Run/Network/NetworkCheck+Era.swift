import EventIO
import Glibc

/// Which era of the protocol does the server speak? Found out once, in the order that the specification gives
/// (MCP 2026-07-28, Versioning, Backward Compatibility), and never again in the load.
extension NetworkCheck {
  /// How long a server may think about the question: old ones may leave it unanswered.
  private static let patience = Duration.seconds(10)

  /// What became of the question for the modern era.
  private enum Discovery {
    /// The server speaks it.
    case spoken

    /// It may speak the other one. `isTold` if that has to be known where the other one does not work either.
    case unknown(String, isTold: Bool = false)

    /// Nothing can be had of it, for this reason.
    case refused(String)
  }

  /// Comes to terms with a server at one address; what was wrong if that did not work.
  func open(at address: SocketAddress, isLast: Bool) async -> String? {
    var timeouts = timeouts
    findings.probe = nil
    if !isLast { timeouts.connect = min(timeouts.connect, Self.connectTimeout) }
    var askedBefore: String?
    if era != .legacy {
      await begin(at: address, .modern, timeouts)
      switch await discover() {
      case .spoken:
        findings.probe = nil
        return nil
      case .refused(let reason): return reason
      case .unknown(let reason, _) where era == .modern: return reason
      case .unknown(let reason, let isTold): askedBefore = isTold ? reason : nil
      }
    }
    await begin(at: address, .legacy, timeouts)
    for (operation, attempt) in await session.initialize(plannedAt: now()) {
      guard attempt.outcome != .success else { continue }
      if session.stands {
        findings.remarks.append(
          "the server refuses initialize, since that has been done: all workers share its one session "
            + "(\(attempt.error ?? ""))"
        )
        return nil
      }
      if let status = attempt.httpStatus, [400, 404, 405].contains(status),
        await speaksFormerTransport(at: address, timeouts)
      {
        return "it speaks HTTP+SSE, the transport of MCP 2024-11-05, which this program does not: "
          + "name an endpoint of Streamable HTTP (MCP 2025-03-26 or later)"
      }
      let reasons = [askedBefore, Self.reason(attempt, operation)].compactMap(\.self)
      return reasons.joined(separator: "; then ")
    }
    if session.revision == .withoutSessions {
      findings.remarks.append(
        "the server answers initialize with \(ProtocolRevision.withoutSessions.name), a revision that has no "
          + "sessions: LOADTEST_MCP_ERA=modern (--mcp-era modern) is what to use"
      )
    }
    if let probe = findings.probe, probe.tellsNothing {
      findings.remarks.append(
        "server/discover came to \(probe.outcome.rawValue)"
          + (probe.httpStatus.map { " (HTTP \($0))" } ?? "")
          + ", which does not tell whether the server speaks 2026-07-28, so that a session was opened: "
          + "LOADTEST_MCP_ERA (--mcp-era) says which era is meant"
      )
    }
    return nil
  }

  /// Takes another session in the place of the present one.
  private func begin(
    at address: SocketAddress,
    _ era: ProtocolEra,
    _ timeouts: HTTPClientTimeouts
  ) async {
    await session.close()
    findings.profile.form.era = era
    session = MCPClientSession(
      endpoint.only(at: address),
      profile: findings.profile,
      timeouts: timeouts,
      hiding: target?.password,
      on: loop
    )
  }

  private func discover() async -> Discovery {
    let attempt = await session.discover(plannedAt: now(), within: Self.patience)
    findings.probe = attempt.sent.map { sent in
      ProtocolProbe(
        outcome: attempt.outcome,
        httpStatus: attempt.httpStatus,
        nanoseconds: attempt.done - sent
      )
    }
    let reason = Self.reason(attempt, OperationName.discover)
    if attempt.outcome == .success {
      // Servers that know nothing of it have been seen to answer anything with success.
      let versions = session.lane.result?["supportedVersions"]?.array?.compactMap(\.string) ?? []
      return judge(versions, or: .unknown("\(reason): no supportedVersions are in the answer"))
    }
    // An old server may end over a question that it does not know, or hang up: it is asked the other one anew.
    guard attempt.sent != nil || endpoint.stdio != nil else { return .refused(reason) }
    guard attempt.httpStatus != nil || attempt.outcome == .timeout else {
      return .unknown(reason, isTold: endpoint.stdio == nil)
    }
    let error = Self.error(session.lane)
    switch error?["code"]?.integer {
    case -32020, -32021: return .refused(reason)
    case -32022:
      return judge(
        error?["data"]?["supported"]?.array?.compactMap(\.string) ?? [],
        or: .unknown(reason)
      )
    // It may be that of a modern server which misses something (MCP 2026-07-28, Versioning).
    case -32602 where session.lane.transport.head.status == 400:
      return .unknown(reason, isTold: true)
    default: return .unknown(reason)
    }
  }

  private static func error(_ lane: MCPLane) -> JSONValue? {
    lane.answer.withUnsafeBytes { bytes in
      (try? JSONValue(parsing: bytes.withoutByteOrderMark))?["error"]
    }
  }

  private static func reason(_ attempt: Attempt, _ operation: String) -> String {
    // TLS has no other number for what goes wrong.
    let hint = attempt.systemError == Int(EPROTO) ? " (see HTTPS in docs/settings.md)" : ""
    return attempt.reason(for: operation) + hint
  }

  /// What the revisions come to that a server says to speak.
  private func judge(_ versions: [String], or otherwise: Discovery) -> Discovery {
    let revisions = versions.compactMap { ProtocolRevision($0) }
    if revisions.contains(.withoutSessions) { return .spoken }
    guard !revisions.isEmpty else { return otherwise }
    let reason =
      "the server speaks \(revisions.map(\.name).joined(separator: ", ")), and the only revision without "
      + "sessions that is spoken here is \(ProtocolRevision.withoutSessions.name)"
    return revisions.contains { $0.era == .legacy } ? .unknown(reason) : .refused(reason)
  }

  /// Whether a GET is answered by a stream that names the endpoint for requests first.
  private func speaksFormerTransport(
    at address: SocketAddress,
    _ timeouts: HTTPClientTimeouts
  ) async -> Bool {
    let server = endpoint.only(at: address)
    let connection = server.connection(on: loop, timeouts: timeouts)
    defer { connection.close() }
    let request = server.head("GET", server.url.path, fields: ["Accept: text/event-stream"])
    var timing = ExchangeTiming()
    // A server that does not answer this has answered something else before: that is told.
    try? await connection.exchange(
      request + Array("\r\n".utf8),
      timing: &timing,
      withinNanoseconds: Self.connectTimeout.nanoseconds
    )
    return connection.namesEndpoint
  }
}
