import EventIO

/// Makes calls of operations, with slots for their placeholders.
struct CallCompiler {
  var profile: ToolProfile
  let target: SSHTarget
  var slots: SlotTable

  /// Commands that were answered with some text before the load.
  let spoken: Set<String>

  /// Commands whose answers told how they ended before the load.
  let statusTold: Set<String>

  /// The call of an operation.
  mutating func call(
    _ name: String,
    _ operation: Workload.Operation
  ) throws(WorkloadError) -> WorkloadCalls.Call {
    let path = WorkloadPath.root["operations"][name]
    profile.form.asksForProgress = operation.asksForProgress
    slots.used = []
    let first = slots.sources.count
    let expectation = try expectation(of: operation, at: path)
    let template = try template(name, operation, expectation, at: path)
    return WorkloadCalls.Call(
      name: name,
      reportedName: operation.name ?? name,
      action: operation.action,
      template: template,
      terms: CallTerms(timeout: operation.timeout, cancelAfter: operation.cancelAfter),
      captures: (expectation?.values ?? []).enumerated().flatMap { index, value in
        operation.capture.filter { $0.value.hasSameBytes(as: value.pointer) }.keys
          .compactMap { slots.slot(ofCapture: $0) }.map { (index, $0) }
      },
      randoms: slots.sources.enumerated().dropFirst(first).compactMap { slot, source in
        if case .random(let length) = source { (slot, length) } else { nil }
      },
      needs: slots.used
    )
  }

  /// Header fields with slots.
  mutating func fields(
    _ headers: [String: String],
    at path: WorkloadPath
  ) throws(WorkloadError) -> [CallTemplate.Field] {
    try headers.sorted { $0.key < $1.key }.map { name, value throws(WorkloadError) in
      if profile.form.trace?.place == .header, name.asciiLowercased() == TraceContext.name {
        throw WorkloadError(
          at: path[name],
          "LOADTEST_TRACEPARENT=header (--traceparent header) sends this field by itself"
        )
      }
      return (name, try slots.parts(of: value, in: .field, at: path[name]))
    }
  }

  private mutating func template(
    _ name: String,
    _ operation: Workload.Operation,
    _ expectation: AnswerExpectation?,
    at path: WorkloadPath
  ) throws(WorkloadError) -> CallTemplate? {
    let fields = try fields(operation.headers, at: path["headers"])
    let exitStatus = operation.expect.exitStatus
    let reader = reader(expectation, exitStatus)
    switch operation.action {
    case .tool(let tool, let arguments):
      return CallTemplate(
        "tools/call",
        parameters: try parameters(of: tool, arguments, at: path["arguments"]),
        fields: try profile.form.fields("tools/call", name: [.text(tool)])
          + mirrored(tool, arguments, at: path["arguments"]) + fields,
        operation: name,
        demanding: .tool,
        reader: reader
      )
    case .method(let method, let parameters):
      let form = profile.form
      return CallTemplate(
        method,
        parameters: try form.parameters(parameters) { value, template throws(WorkloadError) in
          try slots.append(value, to: &template, at: path["params"])
        },
        fields: try form.fields(
          method,
          name: subject(of: method, parameters, at: path["params"])
        ) + fields,
        operation: name,
        demanding: exitStatus == nil ? .result : .tool,
        reader: reader
      )
    case .command(let line):
      return target.runCall(
        try slots.parts(of: line, in: .command, at: path["command"]),
        fields: fields,
        operation: name,
        demanding: .command(
          mustSpeak: spoken.contains(line),
          mustTellStatus: statusTold.contains(line)
        ),
        reader: reader,
        profile
      )
    case .connect, .freshConnect:
      return target.connectCall(
        profile,
        reusing: operation.action == .connect,
        operation: name,
        fields: fields,
        reader: reader
      )
    case .disconnect: return profile.closingCall(operation: name, fields: fields, reader: reader)
    case .health, .leave(.delete), .stream: return nil
    case .leave: return CallTemplate("tools/list", operation: name, in: profile.form)
    }
  }

  /// What a call of a tool is sent.
  private mutating func parameters(
    of tool: String,
    _ arguments: JSONValue,
    at path: WorkloadPath
  ) throws(WorkloadError) -> ByteTemplate {
    var parameters = ByteTemplate()
    parameters += #"{"name":"#.utf8
    parameters.append(quoted: tool)
    parameters += #","arguments":"#.utf8
    parameters += try template(of: arguments, at: path)
    parameters += profile.form.lastMember
    parameters += "}".utf8
    return parameters
  }

  /// The header fields that repeat arguments of a tool.
  private mutating func mirrored(
    _ tool: String,
    _ arguments: JSONValue,
    at path: WorkloadPath
  ) throws(WorkloadError) -> [CallTemplate.Field] {
    var fields: [CallTemplate.Field] = []
    for argument in profile.form.mirrored[tool] ?? [] {
      guard let value = argument.value(in: arguments) else { continue }
      fields.append((argument.field, try slots.parts(of: value, in: .json, at: path)))
    }
    return fields
  }

  /// The name of what a request is about, among its parameters; nil where it has none.
  private mutating func subject(
    of method: String,
    _ parameters: JSONValue?,
    at path: WorkloadPath
  ) throws(WorkloadError) -> [ByteTemplate.Part]? {
    guard let key = RequestForm.nameKey(of: method), let name = parameters?[key]?.string else {
      return nil
    }
    return try slots.parts(of: name, in: .json, at: path)
  }

  /// What reads the answers; nil where they are as all others.
  private func reader(_ expectation: AnswerExpectation?, _ exitStatus: [Int]?) -> AnswerReader? {
    if expectation == nil, exitStatus == nil { return nil }
    return AnswerReader(profile, expectation, exitStatus: exitStatus)
  }

  /// A JSON value with slots.
  private mutating func template(
    of value: JSONValue,
    at path: WorkloadPath
  ) throws(WorkloadError) -> ByteTemplate {
    var template = ByteTemplate()
    try slots.append(value, to: &template, at: path)
    return template
  }

  // MARK: Right answers

  /// Refuses what an operation of its kind cannot want of an answer.
  private func refuseMisplaced(
    _ operation: Workload.Operation,
    at path: WorkloadPath
  ) throws(WorkloadError) {
    let expect = operation.expect
    switch operation.action {
    case .health where expect != Workload.Expectation() || !operation.capture.isEmpty:
      throw WorkloadError(at: path, "of health nothing but a good status is expected or captured")
    case .stream where expect != Workload.Expectation() || !operation.capture.isEmpty:
      throw WorkloadError(at: path, "of a stream nothing is expected or captured")
    case .leave where expect != Workload.Expectation() || !operation.capture.isEmpty:
      throw WorkloadError(at: path, "of a session that is left nothing is expected or captured")
    case .connect, .freshConnect, .disconnect:
      if expect.exitStatus != nil {
        throw WorkloadError(
          at: path["expect"]["exit_status"],
          "only what runs something has a status"
        )
      }
    default: break
    }
  }

  /// What an operation wants of its answers; nil where it wants nothing of its own.
  private func expectation(
    of operation: Workload.Operation,
    at path: WorkloadPath
  ) throws(WorkloadError) -> AnswerExpectation? {
    let expect = operation.expect
    try refuseMisplaced(operation, at: path)
    var values: [AnswerExpectation.Value] = []
    let pointers = Set(expect.fields.keys).union(operation.capture.values)
    for pointer in pointers.sorted() {
      let names = operation.capture.filter { $0.value.hasSameBytes(as: pointer) }.keys.sorted()
      let place =
        names.first.map { path["capture"][$0] } ?? path["expect"]["fields"][pointer]
      guard let tokens = JSONPointer.tokens(pointer) else {
        throw WorkloadError(
          at: place,
          "\"\(pointer.shown)\" is no JSON pointer such as \"/structuredContent/id\""
        )
      }
      var expected: ExpectedValue?
      if let value = expect.fields[pointer] {
        expected = ExpectedValue(value)
        if expected == nil {
          throw WorkloadError(
            at: path["expect"]["fields"][pointer],
            "an object or an array cannot be compared; expect its members, each by a pointer"
          )
        }
      }
      values.append(
        AnswerExpectation.Value(
          pointer: pointer,
          tokens: tokens,
          expected: expected,
          isCaptured: !names.isEmpty,
          mustBeNumber: names.contains {
            slots.slot(ofCapture: $0).map(slots.mustBeNumber) ?? false
          }
        )
      )
    }
    if values.isEmpty, expect.text.isEmpty, expect.noText.isEmpty, expect.maximumBytes == nil {
      return nil
    }
    return AnswerExpectation(
      values: values,
      texts: expect.text.map(slots.markingRun),
      absentTexts: expect.noText.map(slots.markingRun),
      maximumBytes: expect.maximumBytes
    )
  }
}
