import EventIO

/// What of an answer decides what an attempt came to.
enum AnswerReading {
  /// Its message, which answers a call's request of this number.
  case message(CallTemplate, id: Int64)

  /// Its status alone: 2xx is good, and so is one that is accepted.
  case status(accepting: Int? = nil)

  /// That a stream of events begins.
  case stream

  /// Nothing: that it came is enough.
  case nothing
}

/// Calls of a session, and what their answers come to.
extension MCPClientSession {
  /// Sends a request with its values and waits for its answer; its planned instant is the caller's.
  ///
  /// A lane has one call at a time; without one it is the first. `limit` is in the place of the usual timeout for
  /// the whole request, `id` that of the next number. What `isPart` of another call is counted with that.
  func perform(
    _ call: CallTemplate,
    with values: [SlotValue] = [],
    plannedAt planned: Int64,
    over lane: MCPLane? = nil,
    within limit: Duration? = nil,
    id given: Int64? = nil,
    isPart: Bool = false
  ) async -> Attempt {
    let lane = lane ?? self.lane
    lane.progress = nil
    if !isPart { attemptsMade += 1 }
    let span = span
    var id = given ?? takeID(for: call)
    // What was sent on, if anything was.
    var earlier: [Attempt] = []
    for _ in 0..<5 {
      let path = path
      lane.write(
        call,
        id: id,
        span: span,
        values,
        head: stdio != nil ? nil : call.namesAgent ? anonymousHead : head,
        repeating: lateFields.arguments
      )
      var attempt = await exchange(
        over: lane,
        plannedAt: planned,
        streamedID: call.isNotification && stdio != nil ? nil : id,
        within: limit,
        reading: .message(call, id: id)
      )
      if attempt.mayGoOn {
        attempt = await resume(attempt, of: call, id: id, span: span, over: lane, within: limit)
      }
      attempt.note(span, if: call.isTraced)
      if let first = earlier.last { attempt.continue(from: first) }
      if lane.isDeniedFields, call.isToolCall, lateFields.mayAsk {
        guard let refused = await learnFields(after: &attempt, over: lane) else { return attempt }
        (earlier, id) = ([refused], takeID(for: call))
        continue
      }
      guard let status = attempt.httpStatus, status == 307 || status == 308 else { return attempt }
      guard let target = redirectTarget(of: lane, from: path) else {
        attempt.error =
          "HTTP \(status) to another server, or from https to http or back; name that "
          + "server's URL instead"
        return attempt
      }
      // From here on requests go where this one was sent: a redirect each time would be measured
      // as the server's latency.
      self.path = target
      earlier = [attempt]
    }
    var lost = earlier.last ?? Attempt(outcome: .httpError, planned: planned, done: planned)
    lost.error = "more than 5 redirects"
    lost.note(span, if: call.isTraced)
    return lost
  }

  /// The number of a request, which is used once; a notification has none.
  func takeID(for call: CallTemplate) -> Int64 {
    defer { if !call.isNotification { nextID += 1 } }
    return nextID
  }

  /// Sends what a lane has, and makes an attempt of what comes back.
  ///
  /// With `streamedID` the answer may come in an event stream, or on a line of a process; without it a process is
  /// not waited for.
  func exchange(
    over lane: MCPLane,
    plannedAt planned: Int64,
    streamedID: Int64? = nil,
    within limit: Duration? = nil,
    reading: AnswerReading
  ) async -> Attempt {
    var start = ExchangeStart(planned: planned, opening: openings, strayLines: strayLines)
    lane.captures.reset()
    lane.metForeignAnswer = false
    awaited?.add(1)
    do throws(HTTPError) {
      if let stdio, streamedID == nil {
        try await stdio.send(lane.message, timing: &start.timing)
      } else {
        try await lane.transport.exchange(
          lane.message,
          timing: &start.timing,
          withinNanoseconds: limit?.nanoseconds ?? usualLimitNanoseconds
        ) { message in
          streamedID.map { isAnswer(message, to: $0, over: lane) } ?? false
        }
      }
      return attempt(from: start, reading: reading, over: lane)
    } catch {
      return attempt(from: start, reading: reading, over: lane, failing: error)
    }
  }

  /// What is known of an exchange before its answer is there.
  private struct ExchangeStart {
    let planned: Int64

    /// How often the session had been opened, and how many stray lines had been read.
    let opening: Int
    let strayLines: Int
    var timing = ExchangeTiming()
  }

  /// Makes an attempt of an exchange that is over.
  ///
  /// A function of its own, for what it handles would be copied to and fro where it could wait.
  @inline(never)
  private func attempt(
    from start: ExchangeStart,
    reading: AnswerReading,
    over lane: MCPLane,
    failing error: HTTPError? = nil
  ) -> Attempt {
    let transport = lane.transport
    let status = error == nil ? transport.status : nil
    let classification: Classification
    if let error {
      if case .message(_, let id) = reading, unanswered.count < Self.mostUnanswered {
        unanswered.insert(id)
      }
      var failure = Classification(error)
      if let stdio {
        failure.losesSession = stdio.isBroken
        failure.error = failure.error.flatMap { ServerWords.shown($0, hiding: secrets) }
        noteStrayLines(in: &failure, before: start.strayLines)
      } else if failure.outcome == .timeout, start.timing.sent != nil, era == .modern {
        failure.error? += "; closing its stream cancels the request (MCP 2026-07-28)"
      }
      classification = failure
    } else {
      classification = self.classification(by: reading, over: lane)
    }
    awaited?.add(-1)
    // What has been read of the answer stays.
    if connectionUse == .perRequest, stdio == nil { transport.close() }
    let done = status == nil ? MonotonicInstant.now().nanoseconds : transport.lastReceived
    var attempt = Attempt(
      outcome: classification.outcome,
      planned: start.planned,
      done: done,
      error: classification.error
    )
    if classification.losesSession, start.opening == openings { hasEnded = true }
    attempt.findsNoSession = classification.deniesSession && stdio == nil
    lane.isDeniedFields = classification.deniesFields
    lane.findsSession = classification.findsSession
    attempt.take(start.timing, bytesSent: lane.message.count, received: transport.bytesReceived)
    (attempt.firstProgress, attempt.progress) = (lane.progress?.first, lane.progress?.count)
    attempt.httpStatus = stdio == nil ? status : nil
    attempt.systemError = classification.systemError
    attempt.rpcCode = classification.rpcCode
    attempt.metForeignAnswer = classification.isOfAnotherRequest || lane.metForeignAnswer
    if attempt.outcome == .rateLimited {
      attempt.retryAfterSeconds = transport.head.retryAfterSeconds
    }
    return attempt
  }

  private static let mostUnanswered = 100_000

  /// Whether a message of the server's is the answer; what the server asks itself is answered.
  private func isAnswer(_ message: [UInt8], to id: Int64, over lane: MCPLane) -> Bool {
    let reply = message.withUnsafeBytes { bytes in
      try? RPCReply(parsing: bytes, expecting: id)
    }
    guard let reply else {
      strayLines += 1
      return false
    }
    if let method = reply.method {
      if message[method].elementsEqual("notifications/progress".utf8),
        Self.isProgress(message, of: id, askedBy: lane.message)
      {
        let first = lane.progress?.first ?? lane.transport.lastReceived
        lane.progress = (first, 1 + (lane.progress?.count ?? 0))
      }
      answerRequest(reply, in: message)
      return false
    }
    // Of an answer that came too late its request has told; one that has been answered needs no second.
    let isForeign = reply.isResponse && reply.identity == .foreign
    let isLate = isForeign && reply.answers(anyOf: unanswered, in: message)
    if !reply.isResponse || isForeign, !isLate { strayLines += 1 }
    if isForeign, !isLate { lane.metForeignAnswer = true }
    return reply.isResponse && !isForeign
  }

  /// Whether progress is that of a request: where that has its number as the token, no other token will do.
  private static func isProgress(
    _ message: [UInt8],
    of id: Int64,
    askedBy request: [UInt8]
  ) -> Bool {
    guard request.firstRange(of: Array("\"progressToken\":\(id)".utf8)) != nil else { return true }
    let token = (try? JSONValue(parsing: message))?["params"]?["progressToken"]
    return token?.encoded.elementsEqual("\(id)".utf8) ?? false
      || token?.string?.hasSameBytes(as: "\(id)") ?? false
  }

  /// Answers a request of the server while the call goes on; a notification needs no answer.
  private func answerRequest(_ request: RPCReply, in message: [UInt8]) {
    // From 2026-07-28 on a client sends no answers: what a server asks comes in a result.
    guard era == .legacy, let body = ServerRequestAnswerer.body(for: request, in: message) else {
      return
    }
    if let stdio { return stdio.post(body) }
    send(aside: body)
  }

  /// Sends a message over a connection of its own, now or later, and waits for nothing.
  func send(aside body: [UInt8], at instant: MonotonicInstant? = nil) {
    let answerer =
      self.answerer ?? ServerRequestAnswerer(endpoint, timeouts: timeouts, loop: loop)
    self.answerer = answerer
    let whole = head + Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
    Task(executorPreference: loop.actorTasks) { await answerer.send(whole, at: instant) }
  }

  private func classification(by reading: AnswerReading, over lane: MCPLane) -> Classification {
    switch reading {
    case .message(let call, let id): return classify(call, id: id, over: lane)
    case .status(let accepted):
      return Classification(status: lane.transport.status, accepting: accepted)
    case .stream:
      let head = lane.transport.head
      guard head.isSuccess else { return Classification(status: head.status) }
      return head.content == .eventStream
        ? Classification(.success)
        : Classification(.protocolError, "the answer is no event stream")
    case .nothing: return Classification(.success)
    }
  }

  private func classify(_ call: CallTemplate, id: Int64, over lane: MCPLane) -> Classification {
    let head = lane.transport.head
    if call.isNotification, head.isSuccess { return Classification(.success) }
    if head.isEncoded {
      guard head.isSuccess else {
        // Its words cannot be read; the status can.
        let outcome: Outcome = head.status == 429 ? .rateLimited : .httpError
        return Classification(outcome, "HTTP \(head.status)")
      }
      return Classification(
        .protocolError,
        "the answer is compressed (\(Self.codings(head))), though only identity was accepted"
      )
    }
    let isWhole = lane.transport.answer == nil
    if head.content == .eventStream, isWhole, head.isSuccess {
      return Classification(.protocolError, "the event stream ended without the answer")
    }
    var verdict = lane.answer.withUnsafeBytes { body in
      Classification(
        status: head.status,
        body: body,
        expecting: id,
        demanding: call.demand,
        reader: call.reader ?? reader,
        into: &lane.captures,
        hiding: secrets
      )
    }
    if verdict.outcome == .protocolError, head.content != .json, isWhole {
      let type = head.value(of: "content-type").flatMap { ServerWords.shown($0, hiding: []) }
      verdict.error? += type.map { " (Content-Type: \($0))" } ?? " (without a Content-Type)"
    }
    return verdict
  }

  /// What a body is encoded by, with the names of the fields that say so.
  private static func codings(_ head: HTTPResponseHead) -> String {
    let fields = [
      ("Content-Encoding", head.value(of: "content-encoding")),
      ("Transfer-Encoding", head.value(of: "transfer-encoding")),
    ]
    return fields.compactMap { name, value in
      value.flatMap { ServerWords.shown($0, hiding: []) }.map { "\(name): \($0)" }
    }.joined(separator: ", ")
  }

  /// The path that a redirect names, if it stays on this server.
  func redirectTarget(of lane: MCPLane, from path: String) -> String? {
    var url = endpoint.url
    url.path = path
    guard let location = lane.transport.head.value(of: "location"),
      let target = url.resolving(location), target.isOfSameServer(as: url)
    else { return nil }
    return target.path
  }
}

extension Attempt {
  /// Takes over when what happened; of what was never sent no bytes are counted.
  fileprivate mutating func take(_ timing: ExchangeTiming, bytesSent: Int, received: Int64) {
    sent = timing.sent
    firstByte = timing.firstByte
    connecting = timing.connecting
    handshaking = timing.handshake?.nanoseconds
    resumesSession = timing.handshake?.isResumed
    endingStream = timing.endingStream
    guard sent != nil else { return }
    (self.bytesSent, bytesReceived) = (Int64(bytesSent), received)
  }

  /// Notes what the server can know the request by, if it carried that and was sent.
  mutating func note(_ span: UInt64, if isTraced: Bool) {
    self.span = isTraced && sent != nil ? span : nil
  }

  /// Makes one attempt of two, the first of which was sent on.
  mutating func `continue`(from first: Attempt) {
    // From the first time on it was the server's turn.
    sent = first.sent
    firstByte = firstByte ?? first.firstByte
    resumesSession = resumesSession ?? first.resumesSession
    metForeignAnswer = metForeignAnswer || first.metForeignAnswer
    for figure in [
      \Attempt.connecting, \.handshaking, \.endingStream, \.bytesSent, \.bytesReceived,
    ] {
      let both = [first[keyPath: figure], self[keyPath: figure]].compactMap(\.self)
      self[keyPath: figure] = both.isEmpty ? nil : both.reduce(0, +)
    }
  }
}
