import EventIO

/// A JSON-RPC request or notification, compiled before the load and filled for each time it is sent:
/// fixed bytes with slots for the request's id and for values, in the body and in header fields.
///
/// Filling it allocates nothing once the storage has grown.
final class CallTemplate: Sendable {
  /// What an argument of a tool is given.
  enum Argument {
    /// The same value in each call.
    case fixed(JSONValue)

    /// A slot's value, of whatever type it is.
    case slot(ByteTemplate.Slot)

    /// A text with slots in it.
    case text([ByteTemplate.Part])
  }

  /// A header field's name and the parts of its value.
  typealias Field = (name: String, parts: [ByteTemplate.Part])

  /// What it is called in the recording.
  let operation: String

  /// Whether an answer is to be expected; a notification has none and no id.
  let isNotification: Bool

  /// What its answer must show.
  let demand: AnswerDemand

  /// What reads its answer; nil for what reads all others of its session.
  let reader: AnswerReader?

  /// Whether it calls a tool.
  let isToolCall: Bool

  /// Whether a field of its own says who asks, in the place of ours.
  let namesAgent: Bool

  /// Whether the request carries what it is found by in the recording.
  let isTraced: Bool

  private let body: ByteTemplate
  private let fields: [CompiledField]

  private struct CompiledField {
    let beginning: [UInt8]
    let value: ByteTemplate
  }

  /// Compiles a request or notification of a method.
  convenience init(
    _ method: String,
    parameters: JSONValue? = nil,
    operation: String? = nil,
    isNotification: Bool = false,
    in form: RequestForm = .legacy
  ) {
    self.init(
      method,
      parameters: (isNotification ? form.ofNotification : form)
        .parameters(parameters) { $1 += $0.encoded },
      fields: form.fields(method, name: nil),
      operation: operation ?? method,
      isNotification: isNotification
    )
  }

  /// Compiles a call of a tool, with header fields of its own.
  convenience init(
    tool: String,
    arguments: [(name: String, value: Argument)],
    fields: [Field] = [],
    operation: String,
    demanding demand: AnswerDemand = .result,
    reader: AnswerReader? = nil,
    in form: RequestForm = .legacy
  ) {
    var body = ByteTemplate()
    body += #"{"name":"#.utf8
    body.append(quoted: tool)
    body += #","arguments":{"#.utf8
    for (index, argument) in arguments.enumerated() {
      if index > 0 { body += ",".utf8 }
      body.append(quoted: argument.name)
      body += ":".utf8
      Self.append(argument.value, to: &body)
    }
    body += "}".utf8
    body += form.lastMember
    body += "}".utf8
    self.init(
      "tools/call",
      parameters: body,
      fields: form.fields("tools/call", name: [.text(tool)])
        + (form.mirrored[tool] ?? []).compactMap { Self.field(of: $0, arguments) } + fields,
      operation: operation,
      demanding: demand,
      reader: reader
    )
  }

  /// Compiles a request of a method with parameters that have slots.
  init(
    _ method: String,
    parameters: ByteTemplate?,
    fields: [Field] = [],
    operation: String,
    isNotification: Bool = false,
    demanding demand: AnswerDemand = .result,
    reader: AnswerReader? = nil
  ) {
    self.operation = operation
    self.isNotification = isNotification
    self.demand = demand
    self.reader = reader
    isToolCall = method.hasSameBytes(as: "tools/call")
    var body = ByteTemplate()
    body += #"{"jsonrpc":"2.0""#.utf8
    if !isNotification {
      body += #","id":"#.utf8
      body.append(.requestID, in: .value)
    }
    body += #","method":"#.utf8
    body.append(quoted: method)
    if let parameters {
      body += #","params":"#.utf8
      body += parameters
    }
    body += "}".utf8
    self.body = body
    namesAgent = fields.contains { ClientIdentity.isField($0.name) }
    self.fields = fields.map { name, parts in
      var value = ByteTemplate()
      value.append(parts, in: .field)
      return CompiledField(beginning: Array("\(name): ".utf8), value: value)
    }
    isTraced = body.has(.span) || self.fields.contains { $0.value.has(.span) }
  }

  /// The header field that repeats one of the arguments; nil where that is not given.
  private static func field(
    of mirrored: MirroredArgument,
    _ arguments: [(name: String, value: Argument)]
  ) -> Field? {
    let argument = arguments.last { $0.name.hasSameBytes(as: mirrored.path[0]) }
    let parts: [ByteTemplate.Part]? =
      switch argument?.value {
      case .fixed(let value):
        mirrored.value(in: .object([.init(mirrored.path[0], value)])).map { [.text($0)] }
      case .slot(let slot): [.slot(slot)]
      case .text(let parts): parts
      case nil: nil
      }
    return parts.map { (mirrored.field, $0) }
  }

  private static func append(_ argument: Argument, to body: inout ByteTemplate) {
    switch argument {
    case .fixed(let value): body += value.encoded
    case .slot(let slot): body.append(slot, in: .value)
    case .text(let parts):
      body += "\"".utf8
      body.append(parts, in: .string)
      body += "\"".utf8
    }
  }

  /// Puts the whole HTTP message together: the given head, the fields of this call, the length, the body; without
  /// a head it is a line that has the body alone.
  ///
  /// `body` is storage that is used again and again. Arguments that a tool has repeated in fields only since the
  /// load began are looked up in the message, which costs that load a reading of each.
  func write(
    id: Int64,
    span: UInt64 = 0,
    _ values: [SlotValue],
    head: [UInt8]?,
    repeating late: [String: [MirroredArgument]] = [:],
    to message: inout [UInt8],
    body: inout [UInt8]
  ) {
    message.removeAll(keepingCapacity: true)
    guard let head else {
      self.body.fill(id: id, span: span, values, into: &message)
      // Between the tokens of a value that an answer or a file gave; in a text of JSON there is none (RFC 8259 §7).
      for index in message.indices where message[index] == 0x0A || message[index] == 0x0D {
        message[index] = 0x20
      }
      message.append(UInt8(ascii: "\n"))
      return
    }
    message.append(contentsOf: head)
    for field in fields {
      message.append(contentsOf: field.beginning)
      body.removeAll(keepingCapacity: true)
      field.value.fill(id: id, span: span, values, into: &body)
      message.appendFieldValue(body)
      message.append(contentsOf: "\r\n".utf8)
    }
    body.removeAll(keepingCapacity: true)
    self.body.fill(id: id, span: span, values, into: &body)
    if isToolCall, !late.isEmpty { Self.repeat(late, of: body, in: &message) }
    message.append(contentsOf: "Content-Length: ".utf8)
    message.append(contentsOf: String(body.count).utf8)
    message.append(contentsOf: "\r\n\r\n".utf8)
    message.append(contentsOf: body)
  }

  /// Appends the header fields that repeat arguments of a call of a tool.
  private static func `repeat`(
    _ mirrored: [String: [MirroredArgument]],
    of body: [UInt8],
    in message: inout [UInt8]
  ) {
    // It is a message of ours.
    guard let parameters = (try? JSONValue(parsing: body))?["params"],
      let tool = parameters["name"]?.string,
      let arguments = parameters["arguments"]
    else { return }
    for argument in mirrored[tool] ?? [] {
      guard let value = argument.value(in: arguments) else { continue }
      message.append(contentsOf: "\(argument.field): ".utf8)
      message.appendFieldValue(Array(value.utf8))
      message.append(contentsOf: "\r\n".utf8)
    }
  }
}
