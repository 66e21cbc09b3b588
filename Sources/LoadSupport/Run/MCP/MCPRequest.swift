import EventIO

/// A JSON-RPC request without its id, encoded once and sent many times.
struct MCPRequest: Sendable, Equatable {
  /// What it is called in the recording.
  let operation: String

  /// Whether an answer is to be expected; a notification has none and no id.
  let isNotification: Bool

  /// What its answer must show.
  let demand: AnswerDemand

  private let beforeID: [UInt8]
  private let afterID: [UInt8]

  /// Encodes a request or notification of a method.
  init(
    _ method: String,
    parameters: JSONValue? = nil,
    operation: String? = nil,
    isNotification: Bool = false,
    demanding demand: AnswerDemand = .result
  ) {
    self.demand = demand
    self.operation = operation ?? method
    self.isNotification = isNotification
    beforeID = Array((isNotification ? #"{"jsonrpc":"2.0""# : #"{"jsonrpc":"2.0","id":"#).utf8)
    var rest = Array(#","method":"#.utf8)
    rest.appendJSONString(method)
    if let parameters {
      rest += Array(#","params":"#.utf8)
      parameters.encode(into: &rest)
    }
    rest.append(UInt8(ascii: "}"))
    afterID = rest
  }

  /// Encodes a call of a tool.
  init(
    tool: String,
    arguments: [JSONValue.Member],
    operation: String,
    demanding demand: AnswerDemand = .result
  ) {
    self.init(
      "tools/call",
      parameters: ["name": .string(tool), "arguments": .object(arguments)],
      operation: operation,
      demanding: demand
    )
  }

  /// Appends the whole HTTP message: the given head up to the length, the length, the body.
  func append(id: Int64, head: [UInt8], to message: inout [UInt8]) {
    var digits = 0
    if !isNotification {
      var rest = id
      repeat {
        digits += 1
        rest /= 10
      } while rest > 0
    }
    message.append(contentsOf: head)
    message.append(contentsOf: String(beforeID.count + digits + afterID.count).utf8)
    message.append(contentsOf: [0x0D, 0x0A, 0x0D, 0x0A])
    message.append(contentsOf: beforeID)
    if !isNotification { message.append(contentsOf: String(id).utf8) }
    message.append(contentsOf: afterID)
  }
}
