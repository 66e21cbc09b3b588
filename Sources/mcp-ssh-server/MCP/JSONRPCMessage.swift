import EventIO

/// A message of JSON-RPC 2.0 as a server gets it.
enum JSONRPCMessage: Equatable, Sendable {
  /// Wants an answer under its id.
  case request(JSONRPCRequest)

  /// Wants none.
  case notification(method: String, parameters: JSONValue?)

  /// Answers something that the server asked; this server asks nothing.
  case response

  /// Reads one message.
  init(_ value: JSONValue) throws(JSONRPCError) {
    guard case .object = value else { throw .invalidRequest("a message must be an object") }
    guard value["jsonrpc"]?.string == "2.0" else {
      throw .invalidRequest("jsonrpc must be \"2.0\"")
    }
    guard let method = value["method"] else {
      guard value["result"] != nil || value["error"] != nil else {
        throw .invalidRequest("a message must have a method, a result or an error")
      }
      self = .response
      return
    }
    guard let method = method.string else { throw .invalidRequest("method must be a string") }
    let parameters = value["params"]
    switch parameters {
    case nil, .object, .array: break
    default: throw .invalidRequest("params must be an object or an array")
    }
    switch value["id"] {
    case nil:
      self = .notification(method: method, parameters: parameters)
    case .some(let id) where id.isRequestID:
      self = .request(JSONRPCRequest(id: id, method: method, parameters: parameters))
    default:
      throw .invalidRequest("id must be a string or a number")
    }
  }
}

/// A call that wants an answer.
struct JSONRPCRequest: Equatable, Sendable {
  /// What the answer must carry, as it was written.
  let id: JSONValue

  /// The method's name.
  let method: String

  /// The parameters, if any.
  let parameters: JSONValue?
}

/// An error of the protocol, as opposed to the failure of a tool.
struct JSONRPCError: Error, Equatable, Sendable {
  /// The number that tells the kind.
  let code: Int

  /// What was wrong.
  let message: String

  /// Particulars for programs.
  var data: JSONValue?

  static func invalidRequest(_ message: String) -> JSONRPCError {
    JSONRPCError(code: -32600, message: message)
  }

  static func unknownMethod(_ message: String) -> JSONRPCError {
    JSONRPCError(code: -32601, message: message)
  }

  static func invalidParameters(_ message: String) -> JSONRPCError {
    JSONRPCError(code: -32602, message: message)
  }

  /// The error as an answer to a request; null stands for an id that could not be read.
  func response(to id: JSONValue?) -> JSONValue {
    var error: [JSONValue.Member] = [
      .init("code", .number(String(code))), .init("message", .string(message)),
    ]
    if let data { error.append(.init("data", data)) }
    return ["jsonrpc": "2.0", "id": id ?? .null, "error": .object(error)]
  }
}

extension JSONValue {
  /// Whether this may be a request's id; the protocol forbids null.
  var isRequestID: Bool {
    switch self {
    case .string, .number: true
    default: false
    }
  }

  /// A successful answer with this result.
  func asResult(of id: JSONValue) -> JSONValue {
    ["jsonrpc": "2.0", "id": id, "result": self]
  }
}
