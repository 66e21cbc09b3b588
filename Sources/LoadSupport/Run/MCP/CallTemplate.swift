import EventIO

/// A JSON-RPC request or notification, compiled before the load and filled for each time it is sent:
/// fixed bytes with slots for the request's id and for values, in the body and in header fields.
///
/// Filling it allocates nothing once the storage has grown.
struct CallTemplate: Sendable, Equatable {
  /// A part of a text: fixed, or a slot.
  enum Part: Sendable, Equatable {
    case text(String)
    case slot(ByteTemplate.Slot)
  }

  /// What an argument of a tool is given.
  enum Argument: Sendable, Equatable {
    /// The same value in each call.
    case fixed(JSONValue)

    /// A slot's value, of whatever type it is.
    case slot(ByteTemplate.Slot)

    /// A text with slots in it.
    case text([Part])
  }

  /// What it is called in the recording.
  let operation: String

  /// Whether an answer is to be expected; a notification has none and no id.
  let isNotification: Bool

  /// What its answer must show.
  let demand: AnswerDemand

  private let body: ByteTemplate
  private var fields = ByteTemplate()

  /// Compiles a request or notification of a method.
  init(
    _ method: String,
    parameters: JSONValue? = nil,
    operation: String? = nil,
    isNotification: Bool = false
  ) {
    self.init(
      method,
      operation: operation ?? method,
      isNotification: isNotification,
      parameters: parameters.map { value in { $0 += value.encoded } }
    )
  }

  /// Compiles a call of a tool.
  init(
    tool: String,
    arguments: [(name: String, value: Argument)],
    operation: String,
    demanding demand: AnswerDemand = .result
  ) {
    self.init("tools/call", operation: operation, demanding: demand) { body in
      body += #"{"name":"#.utf8
      body.append(quoted: tool)
      body += #","arguments":{"#.utf8
      for (index, argument) in arguments.enumerated() {
        if index > 0 { body += ",".utf8 }
        body.append(quoted: argument.name)
        body += ":".utf8
        Self.append(argument.value, to: &body)
      }
      body += "}}".utf8
    }
  }

  private init(
    _ method: String,
    operation: String,
    isNotification: Bool = false,
    demanding demand: AnswerDemand = .result,
    parameters: ((inout ByteTemplate) -> Void)?
  ) {
    self.operation = operation
    self.isNotification = isNotification
    self.demand = demand
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
      parameters(&body)
    }
    body += "}".utf8
    self.body = body
  }

  private static func append(_ argument: Argument, to body: inout ByteTemplate) {
    switch argument {
    case .fixed(let value): body += value.encoded
    case .slot(let slot): body.append(slot, in: .value)
    case .text(let parts):
      body += "\"".utf8
      for part in parts {
        switch part {
        case .text(let text): body.append(escaped: text)
        case .slot(let slot): body.append(slot, in: .string)
        }
      }
      body += "\"".utf8
    }
  }

  /// The same call with one more header field.
  func adding(field name: String, _ parts: [Part]) -> CallTemplate {
    var call = self
    call.fields += "\(name): ".utf8
    for part in parts {
      switch part {
      case .text(let text): call.fields += text.utf8
      case .slot(let slot): call.fields.append(slot, in: .field)
      }
    }
    call.fields += "\r\n".utf8
    return call
  }

  /// Puts the whole HTTP message together: the given head, the fields of this call, the length, the body.
  ///
  /// `body` is storage that is used again and again.
  func write(
    id: Int64,
    _ values: [SlotValue],
    head: [UInt8],
    to message: inout [UInt8],
    body: inout [UInt8]
  ) {
    body.removeAll(keepingCapacity: true)
    self.body.fill(id: id, values, into: &body)
    message.removeAll(keepingCapacity: true)
    message.append(contentsOf: head)
    if !fields.isEmpty { fields.fill(id: id, values, into: &message) }
    message.append(contentsOf: "Content-Length: ".utf8)
    message.append(contentsOf: String(body.count).utf8)
    message.append(contentsOf: "\r\n\r\n".utf8)
    message.append(contentsOf: body)
  }
}
